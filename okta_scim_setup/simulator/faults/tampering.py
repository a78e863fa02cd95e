"""Answers of work that was done, spoiled: lost, cut, slow, with other items, never ending."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from okta_scim_setup.simulator.faults.menu import WIRE
from okta_scim_setup.simulator.message import Request, Response

_PLACES = {"offset": ("0",), "startIndex": ("0", "1")}


def as_asked(do: str, request: Request) -> Request:
    """The request that the service gets: of endless pages, always the first."""
    if do != "page_loop":
        return request
    query = {name: value for name, value in request.query.items() if name not in _PLACES}
    return replace(request, query=query)


def spoil_after(do: str, request: Request, response: Response) -> Response:
    """Spoil the answer of work that was done."""
    response.wire = WIRE.get(do, response.wire)
    if request.method != "GET":
        return response
    match do:
        case "omit_newest":
            response.body = _changed(response.body, lambda items: items[:-1])
        case "repeat_item":
            response.body = _changed(response.body, lambda items: [*items[:1], *items])
        case "page_drift" if _goes_on(request):
            response.body = _changed(response.body, lambda items: items[1:])
        case "page_loop":
            _never_end(response)
    return response


def _goes_on(request: Request) -> bool:
    """Whether a page isn't the first."""
    query = request.query
    return bool(query.get("after")) or any(
        query.get(name, "0") not in firsts for name, firsts in _PLACES.items()
    )


def _changed(body: Any, change: Callable[[list[Any]], list[Any]]) -> Any:
    """A list with other items, and with counts that agree with it; anything else as it is."""
    if isinstance(body, list):
        return change(body)
    if not isinstance(body, dict):
        return body
    if body.get("Resources"):
        items = change(body["Resources"])
        more = len(items) - len(body["Resources"])
        counts = {name: body[name] + more for name in ("totalResults", "itemsPerPage")}
        return body | counts | {"Resources": items}
    pagination = body.get("extra", {}).get("pagination")
    if isinstance(body.get("data"), list) and body["data"] and pagination:
        items = change(body["data"])
        more = len(items) - len(body["data"])
        counts = {name: number + more for name, number in pagination.items()}
        return body | {"data": items, "extra": body["extra"] | {"pagination": counts}}
    return body


def _never_end(response: Response) -> None:
    """Let the next page be this one again, or promise more than ever comes."""
    body, link = response.body, response.headers.get("Link", "")
    own = re.search(r'<([^>]*)>; rel="self"', link)
    if own:
        response.headers["Link"] = f'{own[0]}, <{own[1]}>; rel="next"'
    elif isinstance(body, dict) and "totalResults" in body:
        response.body = body | {"totalResults": body["totalResults"] + body["itemsPerPage"]}
    elif isinstance(body, dict) and body.get("extra", {}).get("pagination"):
        pagination = body["extra"]["pagination"]
        more = pagination | {"total_count": pagination["total_count"] + pagination["count"]}
        response.body = body | {"extra": body["extra"] | {"pagination": more}}
