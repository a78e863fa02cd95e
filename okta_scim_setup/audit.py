"""Drift as findings: what isn't as declared, what that means, and what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from okta_scim_setup import registry
from okta_scim_setup.errors import Place, Problem
from okta_scim_setup.live import Pending
from okta_scim_setup.plan import Action, Change, Difference, Plan
from okta_scim_setup.resource import Mutability
from okta_scim_setup.results import Acceptance, Drift, Evidence, Finding, Severity

UNNAMED = Drift("AUD900", Severity.MEDIUM, "it isn't as declared")
"""For a kind that says nothing of one of its attributes."""


UNREADABLE = Drift(
    "AUD910", Severity.HIGH, "nothing is known of the tenant: it may have drifted unseen"
)
"""For a tenant that couldn't be read."""

UNTRIED = Drift(
    "AUD911", Severity.MEDIUM, "the tenant wasn't looked at: it may have drifted unseen"
)
"""For a tenant that wasn't looked at because enough others failed."""


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


def findings(plan: Plan) -> Iterator[Finding]:
    """What an audit says of a plan that isn't empty: a finding for each attribute."""
    for change in (*plan.pending, *plan.elsewhere):
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
    match change.action:
        case Action.CREATE if not change.reason:
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
    return next(causes, "") if change.reason else ""


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
        places=plan.places(change.address, attribute),
        evidence=Evidence(plan.seen),
    )
