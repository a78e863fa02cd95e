"""Okta's System Log API: /api/v1/logs."""

import json
from datetime import UTC, datetime
from typing import Any

from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.errors import invalid
from okta_scim_setup.simulator.okta.search import matches
from okta_scim_setup.simulator.routes import Route

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


def list_events(call: Call) -> Response:
    """GET: since, until, filter, `q` (words), sortOrder, limit, after; 100 a page.

    Without `until`, oldest first, one polls: the next page is linked even while there is none
    (specified).
    """
    query = call.request.query
    since, until = _moment(call, "since", _BEGINNING), _moment(call, "until", _END)
    words = query.get("q", "").lower().split()
    order = query.get("sortOrder", "ASCENDING")
    if order not in ("ASCENDING", "DESCENDING"):
        raise invalid("sortOrder", "sortOrder: must be ASCENDING or DESCENDING")
    chosen = [
        event
        for event in call.org.log
        if since <= datetime.fromisoformat(event["published"]) <= until
        and _has(event, words)
        and _fits(event, query.get("filter", ""))
    ]
    if order == "DESCENDING":
        chosen.reverse()
    polls = order == "ASCENDING" and "until" not in query
    return call.page([(event["uuid"], event) for event in chosen], 100, 1000, endless=polls)


def _moment(call: Call, name: str, default: datetime) -> datetime:
    given = call.request.query.get(name)
    if not given:
        return default
    try:
        found = datetime.fromisoformat(given.replace(" ", "+"))
    except ValueError:
        raise invalid(name, f"{name}: must be an ISO 8601 time") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _has(event: dict[str, Any], words: list[str]) -> bool:
    text = json.dumps(event).lower() if words else ""
    return all(word in text for word in words)


def _fits(event: dict[str, Any], expression: str) -> bool:
    if not expression:
        return True
    values = {
        "eventType": event["eventType"],
        "uuid": event["uuid"],
        "severity": event["severity"],
        "published": event["published"],
        "actor.id": event["actor"]["id"],
        "actor.type": event["actor"]["type"],
        "actor.alternateId": event["actor"]["alternateId"],
        "client.ipAddress": event["client"]["ipAddress"] or "",
        "outcome.result": event["outcome"]["result"],
        "outcome.reason": event["outcome"]["reason"] or "",
        "transaction.id": event["transaction"]["id"],
    }
    # `target.id eq` holds if any of an event's targets fits.
    return any(
        matches(expression, (values | _of_target(target)).get)
        for target in event["target"] or [{"id": "", "type": "", "alternateId": ""}]
    )


def _of_target(target: dict[str, Any]) -> dict[str, str]:
    return {f"target.{name}": str(target[name]) for name in ("id", "type", "alternateId")}


ROUTES = (Route("GET", "/api/v1/logs", list_events),)
