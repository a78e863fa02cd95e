"""Okta's System Log API: /api/v1/logs."""

from typing import Any

from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.search import matches
from okta_scim_setup.simulator.routes import Route


def list_events(call: Call) -> Response:
    """GET: since, until, `filter` by eventType, actor.id or target.id, sortOrder; 100 a page."""
    query = call.request.query
    # ISO times of one form and zone sort as text; seconds without fraction sort before them.
    since, until = query.get("since", ""), query.get("until", "9999")
    chosen = [
        event
        for event in call.org.log
        if since <= event["published"] <= until and _fits(event, query.get("filter", ""))
    ]
    if query.get("sortOrder") == "DESCENDING":
        chosen.reverse()
    return call.page([(event["uuid"], event) for event in chosen], 100, 1000)


def _fits(event: dict[str, Any], expression: str) -> bool:
    if not expression:
        return True
    targets = " ".join(target["id"] for target in event["target"])
    values = {
        "eventType": event["eventType"],
        "actor.id": event["actor"]["id"],
        "outcome.result": event["outcome"]["result"],
    }
    # `target.id eq` holds if any of an event's targets fits.
    return any(
        matches(expression, (values | {"target.id": target}).get) for target in targets.split()
    )


ROUTES = (Route("GET", "/api/v1/logs", list_events),)
