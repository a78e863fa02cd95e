"""Results as JSON with stable keys; ``version`` changes when a key changes its meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from okta_scim_setup import __version__
from okta_scim_setup.address import Ref
from okta_scim_setup.errors import Place, Problem
from okta_scim_setup.live import Holding, Pending, ShownOnce, Unreadable
from okta_scim_setup.outcome import Outcome, TenantResult, Visit
from okta_scim_setup.people import Census
from okta_scim_setup.plan import Action, Change, Plan
from okta_scim_setup.report.content import Content
from okta_scim_setup.results import Check, Finding, Past, Rule, Trail
from okta_scim_setup.wording import said

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
        "counts": dict(content.counts),
    }


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
        "resolved": [_past(each) for each in result.resolved],
        "last_read": result.last_read,
        "problems": [_problem(p) for p in result.problems],
        "steps_for_a_person": _visit(result.visit) if result.visit else None,
        "tokens": [_holding(each) for each in result.holdings],
    }


def plan_of(plan: Plan) -> dict[str, Any]:
    """One tenant's plan."""
    return {
        "basis": plan.basis,
        "changes": [_change(plan, change) for change in plan.pending],
        "elsewhere": [_change(plan, change) for change in plan.elsewhere],
        "in_sync": [str(c.address) for c in plan.changes if c.action is Action.NO_OP],
        "read": plan.seen.isoformat() if plan.seen else None,
        "people": _census(plan.census) if plan.census else None,
        "entails": list(plan.entails),
        "notes": list(plan.notes),
        "unseen": list(plan.unseen),
        "token_last_used": plan.token_used.isoformat() if plan.token_used else None,
    }


def declared_of(plan: Plan) -> dict[str, dict[str, Any]]:
    """What each resource of a plan was declared to be."""
    return {
        str(address): {name: value_of(value) for name, value in attributes.items()}
        for address, attributes in plan.declared.items()
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
        "accepted": result.accepted,
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


def finding_of(finding: Finding) -> dict[str, Any]:
    """One finding."""
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
        "rule": _rule(finding.rule) if finding.rule else None,
        "standing": finding.history.standing or None,
        "cause": finding.history.cause,
        "since": _time(finding.history.since),
        "first_seen": _time(finding.history.first),
        "acceptance": _acceptance(finding),
        "places": [_place(place) for place in finding.places],
        "evidence": {
            "read": _time(finding.evidence.seen),
            "request": finding.evidence.request or None,
        },
        "trail": _trail(finding.trail) if finding.trail else None,
    }


def _trail(trail: Trail) -> dict[str, Any]:
    return {
        "who": trail.who or None,
        "when": trail.when.isoformat() if trail.when else None,
        "address": trail.address or None,
        "event": trail.event or None,
        "source": trail.source or None,
        "others": trail.others,
        "unknown": trail.unknown or None,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {"name": rule.name, "reason": rule.reason, "remedy": rule.remedy}


def _acceptance(finding: Finding) -> dict[str, Any] | None:
    entry = finding.acceptance
    if entry is None:
        return None
    return {
        "holds": finding.accepted,
        "reason": entry.reason,
        "owner": entry.owner,
        "expires": entry.expires.isoformat(),
        "place": _place(entry.place),
    }


def _past(past: Past) -> dict[str, Any]:
    return {
        "id": past.id,
        "severity": past.severity.value,
        "address": past.address,
        "attribute": past.attribute,
        "expected_said": past.expected,
        "found_said": past.found,
        "means": past.means,
        "cause": past.history.cause,
        "since": _time(past.history.since),
        "first_seen": _time(past.history.first),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


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
