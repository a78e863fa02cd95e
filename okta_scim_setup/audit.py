"""Drift as findings: what isn't as declared, what that means, and what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup import registry
from okta_scim_setup.live import Pending
from okta_scim_setup.plan import Action, Change, Difference, Plan
from okta_scim_setup.resource import Mutability
from okta_scim_setup.results import Drift, Finding, Severity
from okta_scim_setup.wording import said

UNNAMED = Drift("AUD900", Severity.MEDIUM, "it isn't as declared")
"""For a kind that says nothing of one of its attributes."""


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


def _expected_and_found(difference: Difference) -> tuple[str, str]:
    before = difference.before
    found = before.why if isinstance(before, Pending) else said(before)
    return said(difference.after), found


def _finding(plan: Plan, change: Change, attribute: str, expected: str, found: str) -> Finding:
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
    )
