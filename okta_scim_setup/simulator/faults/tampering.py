"""Answers of work that was done, spoiled: lost, cut, slow, lacking the newest, never ending."""

import re
from dataclasses import replace
from typing import Any

from okta_scim_setup.simulator.faults.menu import WIRE
from okta_scim_setup.simulator.message import Request, Response

_PLACES = ("offset", "startIndex")


def as_asked(do: str, request: Request) -> Request:
    """The request that the service gets: of endless pages, always the first."""
    if do != "page_loop":
        return request
    query = {name: value for name, value in request.query.items() if name not in _PLACES}
    return replace(request, query=query)


def spoil_after(do: str, request: Request, response: Response) -> Response:
    """Spoil the answer of work that was done."""
    response.wire = WIRE.get(do, response.wire)
    if request.method == "GET" and do == "omit_newest":
        response.body = _without_newest(response.body)
    if request.method == "GET" and do == "page_loop":
        _never_end(response)
    return response


def _without_newest(body: Any) -> Any:
    """A list in whose index the newest item isn't yet; a page before the last is left alone."""
    if isinstance(body, list):
        return body[:-1]
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("Resources"), list) and body["Resources"]:
        return body | {
            "Resources": body["Resources"][:-1],
            "totalResults": body["totalResults"] - 1,
            "itemsPerPage": body["itemsPerPage"] - 1,
        }
    pagination = body.get("extra", {}).get("pagination")
    if isinstance(body.get("data"), list) and body["data"] and pagination:
        counts = {name: number - 1 for name, number in pagination.items()}
        extra = body["extra"] | {"pagination": counts}
        return body | {"data": body["data"][:-1], "extra": extra}
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
