"""Results as JSON with stable keys; ``version`` changes when a key changes its meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from okta_scim_setup import __version__
from okta_scim_setup.address import Ref
from okta_scim_setup.errors import Place, Problem
from okta_scim_setup.live import Holding, Pending, ShownOnce, Unreadable
from okta_scim_setup.outcome import Outcome, TenantResult, Visit
from okta_scim_setup.people import Census
from okta_scim_setup.plan import Action, Change, Plan
from okta_scim_setup.report.content import Content
from okta_scim_setup.results import Check, Finding
from okta_scim_setup.wording import said

VERSION = 2
"""2: before, after, expected and found are JSON values; their words stand beside them."""


def document(content: Content) -> str:
    """Everything that came out of a run; ``schemas/report.schema.json`` says what is where."""
    body = {**run_of(content), "tenants": [result_of(result) for result in content.results]}
    return json.dumps(body, indent=2, ensure_ascii=False)


def run_of(content: Content) -> dict[str, Any]:
    """The run, its tenants aside."""
    return {
        "version": VERSION,
        "verb": content.verb,
        "made_by": f"okta-scim-setup {__version__}",
        "made": content.made.isoformat(),
        "exit_code": content.exit_code,
        "fail_on": content.fail_on.value,
        "counts": dict(content.counts),
    }


def result_of(result: TenantResult) -> dict[str, Any]:
    """One tenant."""
    return {
        "tenant": result.tenant,
        "state": _state(result),
        "plan": plan_of(result.plan) if result.plan else None,
        "outcomes": [_outcome(o) for o in result.outcomes],
        "checks": [_check(c) for c in result.checks],
        "findings": [_finding(f) for f in result.findings],
        "problems": [_problem(p) for p in result.problems],
        "steps_for_a_person": _visit(result.visit) if result.visit else None,
        "tokens": [_holding(each) for each in result.holdings],
    }


def plan_of(plan: Plan) -> dict[str, Any]:
    """One tenant's plan."""
    return {
        "basis": plan.basis,
        "changes": [_change(plan, change) for change in plan.pending],
        "in_sync": [str(c.address) for c in plan.changes if c.action is Action.NO_OP],
        "read": plan.seen.isoformat() if plan.seen else None,
        "people": _census(plan.census) if plan.census else None,
        "notes": list(plan.notes),
        "unseen": list(plan.unseen),
        "token_last_used": plan.token_used.isoformat() if plan.token_used else None,
    }


def value_of(value: Any) -> Any:
    """A value as JSON has it; what stands for one that isn't known is an object with one key."""
    match value:
        case Ref():
            return {"ref": str(value)}
        case Unreadable():
            return {"unreadable": value.why}
        case Pending():
            return {"pending": value.why}
        case ShownOnce():
            return {"token": value.id}
        case bool() | int() | float() | str() | None:
            return value
        case Mapping():
            return {str(key): value_of(each) for key, each in value.items()}
        case list() | tuple():
            return [value_of(each) for each in value]
        case _:
            return str(value)


def _state(result: TenantResult) -> str:
    """How a tenant came out, in one word: the first that applies."""
    states = {
        "not-tried": result.untried,
        "bug": result.bug,
        "interrupted": result.interrupted,
        "refused": result.refused,
        "unreadable": result.unreadable,
        "failed": result.failed,
        "waiting": result.waiting,
        "drifted": result.drifted,
        "in-sync": result.in_sync,
        "to-change": result.plan is not None and not result.outcomes,
    }
    return next((name for name, applies in states.items() if applies), "done")


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line}


def _change(plan: Plan, change: Change) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "address": str(change.address),
        "reason": change.reason,
        "places": [_place(place) for place in plan.places(change.address)],
        "differences": [
            {
                "attribute": d.attribute,
                "before": value_of(d.before),
                "after": value_of(d.after),
                "before_said": said(d.before),
                "after_said": said(d.after),
                "channel": d.channel,
                "places": [_place(place) for place in plan.places(change.address, d.attribute)],
            }
            for d in change.differences
        ],
    }


def _census(census: Census) -> dict[str, Any]:
    return {
        "assigned": census.assigned,
        "matching": census.matching,
        "new": list(census.new),
        "match_but_for_case": [list(pair) for pair in census.by_case],
        "deactivated": list(census.deactivated),
        "licences": [
            {"email": each.email, "before": each.before, "after": each.after}
            for each in census.licences
        ],
        "seats": {
            name: {"before": now.used, "after": after, "bought": now.bought}
            for name, (now, after) in census.seats.items()
        },
    }


def _holding(held: Holding) -> dict[str, Any]:
    return {
        "id": held.id,
        "name": held.name,
        "ours": held.ours,
        "current": held.current,
        "made": held.made.isoformat(),
        "last_used": held.used.isoformat() if held.used else None,
        "stays": held.stays,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "address": str(outcome.address),
        "action": outcome.action.value,
        "status": outcome.status,
        "detail": outcome.detail,
        "by_a_person": outcome.by_hand,
        "problems": [_problem(p) for p in outcome.problems],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "title": check.title,
        "status": check.status,
        "detail": check.detail,
        "reference": check.reference,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "address": finding.address,
        "attribute": finding.attribute,
        "expected": value_of(finding.expected),
        "found": value_of(finding.found),
        "expected_said": said(finding.expected),
        "found_said": said(finding.found),
        "means": finding.means,
        "do": finding.do,
        "by_a_person": finding.by_a_person,
        "fixable": finding.fixable,
        "drift": finding.drift,
        "places": [_place(place) for place in finding.places],
        "evidence": {
            "read": finding.evidence.seen.isoformat() if finding.evidence.seen else None,
            "request": finding.evidence.request or None,
        },
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "title": problem.title,
        "notes": [{"label": label, "text": told} for label, told in problem.notes],
    }


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "links": list(visit.links),
        "steps": [
            {
                "address": str(address),
                "page": click.page,
                "note": click.note,
                "ticks": dict(click.ticks),
                "fields": dict(click.fields),
                "press": click.press,
                "then": click.then,
            }
            for address, click in visit.clicks
        ],
    }
