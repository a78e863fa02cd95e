"""What was set here again and again and differs again: two owners fight, so both are named.

Once is a difference like any other, and who made it is told with it; twice the same is a habit.
What was declared anew is none, and a token is made and handed over anew in the course of things.
That it was set is in the tenant's journal; who did what meanwhile is in Okta's System Log and in
dbt's audit log. Terraform is the usual second owner: a write of the app as a whole once reset its
provisioning (reported; facts: okta 1.8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from okta_scim_setup import facts, registry
from okta_scim_setup.basis import mark
from okta_scim_setup.engine import Snapshot
from okta_scim_setup.journal import time
from okta_scim_setup.resource import Mutability
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
    "application.provision.group_push.",
    "schema.",
    "mapping.",
)
"""How Okta's events of a change of an app begin; what Okta does by itself is none."""

EVENTS: Mapping[str, str] = {
    "dbt_cloud.license_map": "license_map.",
    "dbt_cloud.group_permissions": "user_group.",
    "dbt_cloud.auth_provider": "auth_provider.",
}
"""How dbt's events about a kind begin; of the SCIM switches it logs nothing (facts: dbt 2.3)."""

RENEWED = frozenset({"dbt_cloud.scim_token"})
"""Kinds of which another is made now and then."""


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
    """How often the same was set so far, one after the other."""
    declared: str = ""
    """By what the value is known again; empty where nothing tells."""


Writes = Mapping[tuple[str, str], Write]
"""By address and attribute."""


def writes(entries: Iterable[Mapping[str, Any]]) -> Writes:
    """When each attribute of each resource was last set, by what a journal holds.

    The attribute "" stands for a resource as a whole, which was made; what was removed by us isn't
    among them.
    """
    found: dict[tuple[str, str], Write] = {}
    for entry in entries:
        at = time(entry.get("at"))
        if entry["event"] not in {"done", "seen done"} or at is None:
            continue
        address, action = str(entry.get("address")), entry.get("action")
        if action == "delete":
            found = {key: write for key, write in found.items() if key[0] != address}
            continue
        by_hand = entry["event"] == "seen done"
        for attribute, declared in _set(entry):
            before = found.get((address, attribute))
            again = before is not None and before.declared == declared
            times = before.times + 1 if before and again else 1
            found[address, attribute] = Write(at, by_hand, times, declared)
    return found


def _set(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each attribute that was set, and by what its value is known again."""
    names, marks = (str(entry.get(key) or "").split(",") for key in ("attributes", "declared"))
    yield from ((name, mark) for name, mark in zip_longest(names, marks, fillvalue="") if name)
    if entry.get("action") == "create":
        yield "", ""


def habits(entries: Iterable[Mapping[str, Any]]) -> Writes:
    """What was set here again and again to the same, by what a journal holds."""
    return {key: write for key, write in writes(entries).items() if write.times >= HABIT}


def back_to(known: Writes, drifted: Iterable[Finding]) -> datetime | None:
    """How far back the logs have to be read to tell who undid *drifted*; None: nobody did."""
    return min((write.at - SKEW for _, write in _undone(known, drifted)), default=None)


def found(
    taken: Snapshot, known: Writes, drifted: Iterable[Finding], logs: Sequence[facts.Log]
) -> Iterator[Finding]:
    """A finding for each of *drifted* that is about an attribute which had been set repeatedly.

    Args:
        taken: what was declared and read.
        known: the tenant's `habits`.
        drifted: what differs.
        logs: what the services' logs tell since `back_to`.
    """
    apps = _app_ids(taken)
    for finding, write in _undone(known, drifted):
        kind = finding.address.partition("/")[0]
        log = next((each for each in logs if each.provider == kind.partition(".")[0]), None)
        if kind.startswith("dbt_cloud.") and kind not in EVENTS:
            yield _told(finding, write, "", "unknown: dbt's audit log has no event for it")
        elif log is None:
            yield _told(finding, write, "", "unknown: no log was read that tells of it")
        elif log.unread:
            yield _told(finding, write, "", f"unknown: the log couldn't be read: {log.unread}")
        else:
            first, last = actors(_about(log, kind, apps), write)
            yield _told(finding, write, first, last or "unknown: the log has no event of it")


def _undone(known: Writes, drifted: Iterable[Finding]) -> Iterator[tuple[Finding, Write]]:
    for finding in drifted:
        write = known.get((finding.address, finding.attribute))
        if write and _is_that(finding, write) and not _renewed(finding):
            yield finding, write


def _is_that(finding: Finding, write: Write) -> bool:
    """Whether what is expected is what was set."""
    if not finding.attribute:
        return bool(finding.expected == "present")
    return write.declared in {"", mark(finding.expected)}


def _renewed(finding: Finding) -> bool:
    """Whether it is set anew in the course of things, as by a rotation: that puts nothing right."""
    name, attribute = finding.address.partition("/")[0], finding.attribute
    kind = registry.kind(name)
    known = attribute in kind.model_fields
    return name in RENEWED or (known and kind.mutability(attribute) is Mutability.WRITE_ONLY)


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


def _app_ids(taken: Snapshot) -> frozenset[str]:
    resources = (wanted.resource for wanted in taken.all_desired())
    found = (getattr(resource, "app", None) for resource in resources)
    return frozenset(app for app in found if isinstance(app, str))


def _about(log: facts.Log, kind: str, apps: frozenset[str]) -> list[Event]:
    """The log's events about a kind, what Okta does by itself aside."""
    done = (event for event in log.events if not (event.by_itself or event.failure))
    if log.provider == "okta":
        return [_event(e) for e in done if e.type.startswith(CHANGES) and e.targets & apps]
    return [_event(event) for event in done if EVENTS[kind] in event.type]


def _event(event: facts.Event) -> Event:
    who = event.who
    who += f" from {event.address}" if event.address else ""
    who += f" with {event.agent.split(' ', maxsplit=1)[0]}" if event.agent else ""
    ours = event.agent.startswith(AGENT) if event.agent else None
    return Event(event.when, event.type, who, ours)
