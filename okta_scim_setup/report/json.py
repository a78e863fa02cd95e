"""Results as JSON with stable keys; ``version`` changes when a key changes its meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from okta_scim_setup.errors import Problem
from okta_scim_setup.live import Holding
from okta_scim_setup.outcome import Outcome, TenantResult, Visit
from okta_scim_setup.people import Census
from okta_scim_setup.plan import Change, Plan
from okta_scim_setup.results import Check, Finding
from okta_scim_setup.wording import said

VERSION = 1


def document(verb: str, results: Sequence[TenantResult], exit_code: int, **more: Any) -> str:
    """Everything that came out of a run.

    Args:
        verb: the command.
        results: one for each tenant.
        exit_code: what the process will answer.
        more: what else the verb has to say.
    """
    body = {
        "version": VERSION,
        "verb": verb,
        "exit_code": exit_code,
        "counts": counts(results),
        "tenants": [result_of(result) for result in results],
        **more,
    }
    return json.dumps(body, indent=2, ensure_ascii=False)


def counts(results: Sequence[TenantResult]) -> Mapping[str, int]:
    """How many tenants came out how."""
    return {
        "tenants": len(results),
        "in_sync": sum(r.in_sync for r in results),
        "failed": sum(r.failed for r in results),
        "refused": sum(r.refused for r in results),
        "waiting": sum(r.waiting for r in results),
        "changes": sum(len(r.plan.pending) for r in results if r.plan),
        "findings": sum(len(r.findings) for r in results),
    }


def result_of(result: TenantResult) -> dict[str, Any]:
    """One tenant."""
    return {
        "tenant": result.tenant,
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
        "changes": [_change(change) for change in plan.pending],
        "people": _census(plan.census) if plan.census else None,
        "notes": list(plan.notes),
        "unseen": list(plan.unseen),
        "token_last_used": plan.token_used.isoformat() if plan.token_used else None,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "address": str(change.address),
        "reason": change.reason,
        "differences": [
            {
                "attribute": d.attribute,
                "before": said(d.before),
                "after": said(d.after),
                "channel": d.channel,
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
        "expected": finding.expected,
        "found": finding.found,
        "means": finding.means,
        "do": finding.do,
        "by_a_person": finding.by_a_person,
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
