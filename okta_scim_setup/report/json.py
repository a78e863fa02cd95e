"""Results as JSON with stable keys; ``version`` changes when a key changes its meaning."""

from __future__ import annotations

import json
from typing import Any

from okta_scim_setup import __version__
from okta_scim_setup.errors import Problem
from okta_scim_setup.live import Holding
from okta_scim_setup.outcome import Outcome, TenantResult, Visit
from okta_scim_setup.report.content import Content
from okta_scim_setup.report.json_finding import finding_of, past_of
from okta_scim_setup.report.json_plan import declared_of, plan_of
from okta_scim_setup.results import Check

VERSION = 2
"""2: before, after, expected and found are JSON values; their words stand beside them."""

MADE_BY = f"okta-scim-setup {__version__}"


def document(content: Content) -> str:
    """Everything that came out of a run; ``schemas/report.schema.json`` says what is where."""
    body = {**run_of(content), "tenants": [result_of(result) for result in content.results]}
    return json.dumps(body, indent=2, ensure_ascii=False)


def run_of(content: Content) -> dict[str, Any]:
    """The run, its tenants aside."""
    return {
        "version": VERSION,
        "verb": content.verb,
        "made_by": MADE_BY,
        "made": content.made.isoformat(),
        "exit_code": content.exit_code,
        "fail_on": content.fail_on.value,
        "baseline": content.baseline.isoformat() if content.baseline else None,
        "fleet": content.fleet,
        "shard": _shard(*content.shard) if content.shard else None,
        "counts": dict(content.counts),
    }


def _shard(number: int, of: int) -> dict[str, int]:
    return {"number": number, "of": of}


def result_of(result: TenantResult) -> dict[str, Any]:
    """One tenant."""
    return {
        "tenant": result.tenant,
        "state": _state(result),
        "plan": plan_of(result.plan) if result.plan else None,
        "declared": declared_of(result.plan) if result.plan else None,
        "outcomes": [_outcome(o) for o in result.outcomes],
        "checks": [_check(c) for c in result.checks],
        "findings": [finding_of(f) for f in result.findings],
        "resolved": [past_of(each) for each in result.resolved],
        "last_read": result.last_read,
        "problems": [_problem(p) for p in result.problems],
        "steps_for_a_person": _visit(result.visit) if result.visit else None,
        "tokens": [_holding(each) for each in result.holdings],
    }


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
        "accepted": result.accepted,
        "in-sync": result.in_sync,
        "to-change": result.plan is not None and not result.outcomes,
    }
    return next((name for name, applies in states.items() if applies), "done")


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
                "seen_by": click.seen,
            }
            for address, click in visit.clicks
        ],
    }
