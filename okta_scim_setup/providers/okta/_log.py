"""Okta's System Log: the newest events that fit, in a bounded number of requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from okta_scim_setup.facts import Event, Log
from okta_scim_setup.providers.okta._paths import escaped, path, query

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._calls import Calls

MOST_PAGES = 3
"""Pages of a thousand events that are read for one question."""

KEPT = timedelta(days=90)
"""How long Okta keeps events (its documentation)."""

IDS = ("00u", "00g")
"""How the ids of people and groups begin."""

SOURCE = "Okta System Log"

TOGETHER = 12
"""People and groups that one question asks for: an address has to stay short."""

MOST_QUESTIONS = 3
"""Questions about people and groups for one tenant."""

CHANGES = (
    "application.lifecycle",
    "application.provision.group_push",
    "application.user_membership",
    "group.application_assignment",
    "schema.",
    "mapping.",
)
"""How the types of events begin that tell of a change of an app; pushes of people don't."""

FAILED = 'eventType sw "application.provision" and outcome.result eq "FAILURE"'
"""Pushes that failed, of every app of the org: asked once a run, for all tenants of it."""


def events(calls: Calls, expression: str, since: datetime) -> Log:
    """The events that fit *expression*, the newest first; read once a run.

    Raises:
        Unexpected: Okta doesn't show its log to us.
    """
    asked = query(
        path("logs"),
        since=since.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        filter=expression,
        sortOrder="DESCENDING",
        limit=1000,
    )

    def read() -> tuple[tuple[Event, ...], bool]:
        rows, whole = calls.newest(asked, MOST_PAGES)
        return tuple(map(_event, rows)), whole  # no more is kept than is used

    found, whole = calls.memo.get(asked, read)
    kept = calls.transport.now(calls.org) - KEPT
    back_to = found[-1].when if not whole else kept if since < kept else None
    return Log(found, back_to, SOURCE)


def of_app(calls: Calls, app_id: str, others: Iterable[str], since: datetime) -> Log:
    """What was done to an app, and to the people and groups of these ids.

    Raises:
        Unexpected: Okta doesn't show its log to us.
    """
    ids = sorted(others)[: TOGETHER * MOST_QUESTIONS]
    asked = [" or ".join(f'eventType sw "{t}" and target.id eq "{app_id}"' for t in CHANGES)]
    for at in range(0, len(ids), TOGETHER):
        some = ids[at : at + TOGETHER]
        asked.append(" or ".join(f'target.id eq "{escaped(each)}"' for each in some))
    logs = [events(calls, expression, since) for expression in asked]
    found = {event for log in logs for event in log.events}
    back_to = max((log.back_to for log in logs if log.back_to), default=None)
    newest = sorted(found, key=lambda event: event.when, reverse=True)
    return Log(tuple(newest), back_to, SOURCE)


def _event(row: Mapping[str, Any]) -> Event:
    actor, outcome = row.get("actor") or {}, row.get("outcome") or {}
    failed = outcome.get("result") == "FAILURE"
    client = row.get("client") or {}
    targets = row.get("target") or ()
    return Event(
        type=str(row.get("eventType")),
        when=datetime.fromisoformat(row["published"]),
        who=str(actor.get("alternateId") or actor.get("displayName") or actor.get("id")),
        address=str(client.get("ipAddress") or ""),
        failure=str(outcome.get("reason") or "no reason is given") if failed else "",
        targets=frozenset(
            str(each[key]) for each in targets for key in ("id", "displayName") if each.get(key)
        ),
        agent=str((client.get("userAgent") or {}).get("rawUserAgent") or ""),
        by_itself=actor.get("type") == "SystemPrincipal",
    )
