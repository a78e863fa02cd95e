"""Drift as findings: what isn't as declared, what that means, and what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from okta_scim_setup import registry
from okta_scim_setup.address import Address
from okta_scim_setup.errors import Place, Problem
from okta_scim_setup.facts import APP, SETTLING, Facts, Log
from okta_scim_setup.findings import Control, Seen, controls
from okta_scim_setup.live import Pending
from okta_scim_setup.plan import STATE, Action, Change, Difference, Plan
from okta_scim_setup.resource import Mutability
from okta_scim_setup.results import Acceptance, Drift, Evidence, Finding, Severity, Trail

UNNAMED = Drift("AUD900", Severity.MEDIUM, "it isn't as declared")
"""For a kind that says nothing of one of its attributes."""


UNREADABLE = Drift(
    "AUD910", Severity.HIGH, "nothing is known of the tenant: it may have drifted unseen"
)
"""For a tenant that couldn't be read."""

UNTRIED = Drift(
    "AUD911", Severity.MEDIUM, "the tenant wasn't looked at: it may have drifted unseen"
)
"""For a tenant that wasn't looked at: enough others failed, or the run was stopped before."""


def unseen(
    drift: Drift, tenant: str, problems: Sequence[Problem], place: Place, seen: datetime
) -> Finding:
    """What an audit says of a tenant of which it saw nothing.

    Args:
        drift: `UNREADABLE` or `UNTRIED`.
        tenant: its name.
        problems: why.
        place: where the tenant was written, unless a problem says where from.
        seen: when it was given up.
    """
    notes = [note for problem in problems for note in problem.notes]
    said = (Place.leading(text) for label, text in notes if label == "from")
    return Finding(
        id=drift.id,
        severity=drift.severity,
        tenant=tenant,
        address="",
        attribute="",
        expected="read",
        found="; ".join(problem.title for problem in problems),
        means=drift.means,
        do=next((text for label, text in notes if label == "do"), "run the audit again"),
        fixable=False,
        places=tuple(dict.fromkeys((*filter(None, said), place))),
        evidence=Evidence(seen),
        drift=False,
    )


PART_UNREAD = Drift(
    "AUD912", Severity.HIGH, "nothing is known of this part: it may have drifted unseen"
)
"""For a part of a tenant that couldn't be read."""


APART = timedelta(minutes=1)
"""The clocks of two services may differ, and the one may tell whole seconds only."""


@dataclass(frozen=True)
class Lead:
    """A finding, and by what the services' logs may tell who brought it about."""

    finding: Finding
    events: tuple[str, ...] = ()
    targets: frozenset[str] = frozenset()
    settles: bool = False
    """Whether it passes by itself within minutes of the event that brought it about."""
    well: datetime | None = None
    """When all was well with it at last."""


def leads(plan: Plan, facts: Facts) -> Iterator[Lead]:
    """What differs from the plan, and what the controls find besides.

    Args:
        plan: the tenant's.
        facts: what was read besides.
    """
    for finding in findings(plan):
        address = Address.parse(finding.address)
        kind = registry.kind(address.kind)
        events = kind.events(finding.attribute)
        yield Lead(finding, events, plan.log_targets.get(address, frozenset()))
    for control in controls():
        for seen in control.seen(facts):
            found = _controlled(plan, facts, control, seen)
            yield Lead(found, control.events, seen.targets, control.settles, seen.well)


def traced(
    plan: Plan, found: Iterable[Lead], logs: Sequence[Log], since: datetime, now: datetime
) -> Iterator[Finding]:
    """Each finding with who brought it about, as far as the logs tell; what settles is left out.

    Args:
        plan: the tenant's, which says what is its own.
        found: what was found.
        logs: what the services' logs tell of it.
        since: what was before that brought nothing about; they may reach back further.
        now: by the services' clock.
    """
    apps = frozenset(t for own in plan.log_targets.values() for t in own if t.startswith(APP))
    for lead in found:
        trail = _trail(lead, logs, apps, since)
        if lead.settles and trail.when and now - trail.when < SETTLING:
            continue
        yield replace(lead.finding, trail=trail)


def unread_part(plan: Plan, part: str, problem: Problem) -> Finding:
    """What an audit says of a part that couldn't be read."""
    return Finding(
        id=PART_UNREAD.id,
        severity=PART_UNREAD.severity,
        tenant=plan.tenant,
        address="",
        attribute=part,
        expected="read",
        found=problem.title,
        means=PART_UNREAD.means,
        do=next((text for label, text in problem.notes if label == "do"), "run the audit again"),
        fixable=False,
        evidence=Evidence(plan.seen),
        drift=False,
    )


def _trail(lead: Lead, logs: Sequence[Log], apps: frozenset[str], since: datetime) -> Trail:
    if not lead.events:
        return Trail(unknown="no event of the logs tells of it")
    did = [
        (event, log.source)
        for log in logs
        for event in log.events
        if event.type in lead.events
        and not event.failure
        and event.when >= since
        and (lead.well is None or event.when > lead.well + APART)
        and (not lead.targets or event.is_about(lead.targets, apps))
    ]
    if not did:
        return Trail(unknown=_silence(logs, since))
    event, source = max(did, key=lambda each: each[0].when)
    return Trail(event.who, event.when, event.address, event.type, source, others=len(did) - 1)


def _silence(logs: Sequence[Log], since: datetime) -> str:
    """Why nobody can be named."""
    said = [f"the {log.source} has no event for it" for log in logs if not log.unread]
    said += [f"the log of {log.source} can't be read: {log.unread}" for log in logs if log.unread]
    short = [
        f"the {log.source} reaches back to {log.back_to:%Y-%m-%d %H:%M} UTC only"
        for log in logs
        if log.back_to and log.back_to > since
    ]
    return "; ".join((*said, f"looked at since {since:%Y-%m-%d %H:%M} UTC", *short))


def _controlled(plan: Plan, facts: Facts, control: Control, seen: Seen) -> Finding:
    """A control's observation as a finding."""
    named = (a for a in facts.declared if a.kind == control.kind and seen.name in ("", a.name))
    address = next(named, Address(control.kind, seen.name))
    told = {"tenant": plan.tenant, "attribute": seen.attribute, "name": seen.name}
    read_by = (each for part in control.needs for each in facts.readings.get(part, ()))
    return Finding(
        id=control.id,
        severity=control.drift.severity,
        tenant=plan.tenant,
        address=str(address),
        attribute=seen.attribute,
        expected=seen.expected,
        found=seen.found,
        means=control.drift.means,
        do=(seen.do or control.remedy).format(**told),
        by_a_person=control.by_a_person,
        fixable=control.fixable,
        places=plan.places(address, seen.attribute),
        evidence=Evidence.of(read_by, plan.seen),
    )


def findings(plan: Plan) -> Iterator[Finding]:
    """What an audit says of a plan that isn't empty: a finding for each attribute.

    What wasn't looked for is none: what it belongs to is missing, and that is a finding.
    """
    for change in (*plan.pending, *plan.elsewhere):
        if change.address in plan.unread:
            continue
        whole = _whole(change)
        if whole is not None:
            yield _finding(plan, change, _cause(change), *whole)
            continue
        for difference in change.differences:
            expected, found = _expected_and_found(difference)
            yield _finding(plan, change, difference.attribute, expected, found)


def answered(
    found: Iterable[Finding], accept: Sequence[Acceptance], now: datetime
) -> Iterator[Finding]:
    """*found*, each with the entry that accepts it: of several the one that holds the longest.

    Args:
        found: what the audit found.
        accept: the tenant's entries.
        now: by which an entry holds or has expired.
    """
    for finding in found:
        fitting = [entry for entry in accept if not finding.unseen and entry.covers(finding)]
        entry = max(fitting, key=lambda each: each.expires, default=None)
        yield replace(finding, acceptance=entry, accepted=bool(entry and entry.holds(now)))


def _whole(change: Change) -> tuple[str, str] | None:
    """What is expected and found where a resource differs as a whole."""
    if any(difference.attribute == STATE for difference in change.differences):
        return "absent", "present"  # and a person removes it
    match change.otherwise or change.action:
        case Action.CREATE if change.otherwise or not change.reason:
            return "present", "absent"
        case Action.CREATE:
            return "made anew", change.reason
        case Action.DELETE:
            return "absent", "present"
        case Action.RETIRE:
            return "retired", f"alive: {change.superfluous.id if change.superfluous else ''}"
        case _:
            return None


def _cause(change: Change) -> str:
    """The attribute for whose sake a resource is made anew; empty if it is none."""
    causes = (d.attribute for d in change.differences if d.mutability is Mutability.IMMUTABLE)
    return next(causes, "") if change.reason and change.otherwise is None else ""


def _expected_and_found(difference: Difference) -> tuple[Any, Any]:
    before = difference.before
    return difference.after, before.why if isinstance(before, Pending) else before


def _finding(plan: Plan, change: Change, attribute: str, expected: Any, found: Any) -> Finding:
    known = registry.kind(change.address.kind).FINDINGS
    drift = known.get("retire" if change.action is Action.RETIRE else attribute, UNNAMED)
    by_hand = change.action is Action.BY_HAND or attribute in change.by_hand
    return Finding(
        id=drift.id,
        severity=drift.severity,
        tenant=plan.tenant,
        address=str(change.address),
        attribute=attribute,
        expected=expected,
        found=found,
        means=drift.means,
        do=change.reason
        if change.action is Action.ELSEWHERE
        else f"okta-scim-setup apply --tenant {plan.tenant}",
        by_a_person=by_hand,
        fixable=change.action is not Action.ELSEWHERE,
        places=plan.places(change.address, attribute),
        evidence=Evidence.of(plan.readings.get(change.address, ()), plan.seen),
    )
