"""dbt's audit log: the newest events, in a bounded number of requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from okta_scim_setup.facts import Event, Log
from okta_scim_setup.times import utc

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api

SOURCE = "dbt audit log"

MOST_PAGES = 5
"""Pages of a hundred events that are read at most."""


def events(api: Api, since: datetime) -> Log:
    """The events since then, the newest first.

    Raises:
        Unexpected: dbt doesn't show its log to us.
    """
    rows, whole = api.audit_log(MOST_PAGES)  # no filter by time is specified
    found = tuple(map(_event, rows))
    reached = whole or found[-1].when <= since
    recent = tuple(event for event in found if event.when >= since)
    return Log(recent, None if reached else found[-1].when, SOURCE)


def _event(row: Mapping[str, Any]) -> Event:
    actor = row.get("actor") if isinstance(row.get("actor"), Mapping) else {}
    return Event(
        type=str(row.get("event_type")).removeprefix("v1.events."),
        when=utc(row["created_at"]),
        who=_who(actor or {}),
        address=str((actor or {}).get("actor_ip") or ""),
        targets=frozenset(_texts([row.get("event_label"), row.get("event_context")])),
    )


def _who(actor: Mapping[str, Any]) -> str:
    """As dbt names whoever did it; which of these it has isn't specified."""
    names = ("actor_name", "name", "email", "actor_id", "actor_type")
    return next((str(actor[name]) for name in names if actor.get(name)), "somebody")


def _texts(value: Any) -> Iterator[str]:
    """Every text and number in a context whose shape isn't specified."""
    match value:
        case str() | int():
            yield str(value)
        case Mapping():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
