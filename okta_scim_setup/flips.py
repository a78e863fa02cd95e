"""What was set here again and again and differs again: two owners fight, so both are named.

Once is a difference like any other, and who made it is told with it; twice is a habit. That it was
set is in the tenant's journal; who did what meanwhile is in Okta's System Log and in dbt's audit
log. Terraform is the usual second owner: a write of the app as a whole once reset its provisioning
(reported; facts: okta 1.8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from okta_scim_setup.engine import Snapshot
from okta_scim_setup.errors import SetupError
from okta_scim_setup.results import Drift, Finding, Severity
from okta_scim_setup.wording import said

FLIPS = Drift(
    "AUD920",
    Severity.MEDIUM,
    "it was put right before: somebody, or another tool, undoes what is set here",
)
"""An attribute that was set and differs again; in a report as severe as the difference itself."""

DO = (
    "let one of the two own it: owner: terraform in the playbook, or take it out of Terraform "
    "(docs/coming-from-terraform.md)"
)

HABIT = 2
"""How often something has to have been set here."""

AGENT = "okta-scim-setup/"
"""How this tool's user agent begins, by which its own events are known in Okta's log."""

SKEW = timedelta(minutes=2)
"""How far apart our clock and a service's may be, and a write and its event."""

CHANGES = (
    "application.lifecycle.",
    "application.user_membership.",
    "group.application_assignment.",
)
"""How Okta's events of a change of an app begin; what Okta does by itself is none."""

MORE_CHANGES = ("application.provision.group_push.", "schema.", "mapping.")

EVENTS: Mapping[str, str] = {
    "dbt_cloud.license_map": "license_map.",
    "dbt_cloud.group_permissions": "user_group.",
    "dbt_cloud.auth_provider": "auth_provider.",
    "dbt_cloud.scim_token": "service_token.",
}
"""How dbt's events about a kind begin; of the SCIM switches it logs nothing (facts: dbt 2.3)."""


@dataclass(frozen=True)
class Event:
    """One line of a service's log."""

    when: datetime
    type: str
    who: str
    ours: bool | None = None
    """Whether this tool did it; None where the log doesn't tell."""

    def __str__(self) -> str:
        return f"{self.who}, {self.when:%Y-%m-%d %H:%M} UTC ({self.type})"


@dataclass(frozen=True)
class Write:
    """An attribute that was set."""

    at: datetime
    by_hand: bool
    """Whether a person did it in a console, as asked, and it was seen done."""
    times: int = 1
    """How often it was set so far."""


def writes(entries: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Write]:
    """When each attribute of each resource was last set, by what a journal holds.

    The attribute "" stands for a resource as a whole, which was made; what was removed by us isn't
    among them.
    """
    found: dict[tuple[str, str], Write] = {}
    for entry in entries:
        if entry["event"] not in {"done", "seen done"}:
            continue
        address, action = str(entry.get("address")), entry.get("action")
        if action == "delete":
            found = {key: write for key, write in found.items() if key[0] != address}
            continue
        at, by_hand = datetime.fromisoformat(str(entry["at"])), entry["event"] == "seen done"
        set_ = [name for name in str(entry.get("attributes") or "").split(",") if name]
        for attribute in (*set_, *([""] if action == "create" else [])):
            before = found.get((address, attribute))
            times = before.times + 1 if before else 1
            found[address, attribute] = Write(at, by_hand, times)
    return found


def found(taken: Snapshot, drifted: Sequence[Finding]) -> Iterator[Finding]:
    """A finding for each of *drifted* that is about an attribute which had been set repeatedly.

    The logs are read only if there is one: one GET of each service that it is about.
    """
    known = writes(taken.journal.entries)
    undone = [(f, known[_key(f)]) for f in drifted if _key(f) in known]
    undone = [(f, write) for f, write in undone if write.times >= HABIT]
    if not undone:
        return
    logs = _Logs(taken, min(write.at for _, write in undone) - SKEW)
    for finding, write in undone:
        try:
            events = logs.of(finding.address.partition("/")[0])
        except SetupError as error:
            yield _told(finding, write, "", f"unknown: the log couldn't be read: {error}")
            continue
        if events is None:
            yield _told(finding, write, "", "unknown: dbt's audit log has no event for it")
        else:
            first, last = actors(events, write)
            yield _told(finding, write, first, last or "unknown: the log has no event of it")


def actors(events: Sequence[Event], write: Write) -> tuple[Event | None, Event | None]:
    """Which event is that write, and which is the last by somebody else after it."""
    near = [e for e in events if abs(e.when - write.at) <= SKEW]
    if not write.by_hand:
        near = [e for e in near if e.ours is not False]
    else:
        near = [e for e in near if e.ours is not True and e.when <= write.at]
    first = max(near, key=lambda e: (bool(e.ours), -abs(e.when - write.at)), default=None)
    start = first.when if first else write.at - SKEW
    after = [e for e in events if e is not first and e.ours is not True and e.when >= start]
    return first, max(after, key=lambda e: e.when, default=None)


def _key(finding: Finding) -> tuple[str, str]:
    return finding.address, finding.attribute


def _told(finding: Finding, write: Write, first: Event | str | None, last: Event | str) -> Finding:
    how = "a person, as asked" if write.by_hand else "okta-scim-setup"
    setter = f"{how}: {first}" if first else how
    was_set = f"{said(finding.expected)} was set {write.at:%Y-%m-%d %H:%M} UTC by {setter}"
    return replace(
        finding,
        id=FLIPS.id,
        means=FLIPS.means,
        found=f"{said(finding.found)} again: {was_set}; undone by {last}",
        do=DO,
        fixable=False,
    )


@dataclass
class _Logs:
    """The services' logs, each read once, when it is asked for."""

    taken: Snapshot
    since: datetime
    _read: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def of(self, kind: str) -> list[Event] | None:
        """The events about a kind; None where its service logs none.

        Raises:
            SetupError: the log can't be read.
        """
        if kind.startswith("okta."):
            rows = self._rows("okta", lambda api: api.changes_of(_app_ids(self.taken), self.since))
            return [event for row in rows if (event := _of_okta(row))]
        if kind not in EVENTS:
            return None
        rows = self._rows("dbt_cloud", lambda api: api.audit_log_since(self.since))
        return [_of_dbt(row) for row in rows if EVENTS[kind] in str(row.get("event_type"))]

    def _rows(self, provider: str, ask: Callable[[Any], Any]) -> list[Mapping[str, Any]]:
        if provider not in self._read:
            self._read[provider] = ask(self.taken.apis[provider])
        return self._read[provider]


def _app_ids(taken: Snapshot) -> list[str]:
    resources = (wanted.resource for wanted in taken.all_desired())
    found = {getattr(resource, "app", None) for resource in resources}
    return sorted(app for app in found if isinstance(app, str))


def _of_okta(row: Mapping[str, Any]) -> Event | None:
    kind = str(row.get("eventType"))
    actor, client = row.get("actor") or {}, row.get("client") or {}
    agent = str((client.get("userAgent") or {}).get("rawUserAgent") or "")
    by_itself = actor.get("type") == "SystemPrincipal"
    if by_itself or not kind.startswith((*CHANGES, *MORE_CHANGES)):
        return None
    who = str(actor.get("alternateId") or actor.get("displayName") or actor.get("id"))
    who += f" from {client['ipAddress']}" if client.get("ipAddress") else ""
    who += f" with {agent.split(' ', maxsplit=1)[0]}" if agent else ""
    return Event(datetime.fromisoformat(row["published"]), kind, who, agent.startswith(AGENT))


def _of_dbt(row: Mapping[str, Any]) -> Event:
    actor = row.get("actor")
    about = actor if isinstance(actor, Mapping) else {}
    names = ("actor_name", "name", "email", "actor_id", "actor_type")
    who = next((str(about[name]) for name in names if about.get(name)), "somebody")
    when = datetime.fromisoformat(str(row["created_at"]))
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    kind = str(row.get("event_type")).removeprefix("v1.events.")
    return Event(when, kind, who)
