"""A plan as JSON has it: what would change, and what was declared."""

from __future__ import annotations

from typing import Any

from okta_scim_setup.people import Census
from okta_scim_setup.plan import Action, Change, Plan
from okta_scim_setup.report.json_values import place_of, value_of
from okta_scim_setup.wording import said


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


def _change(plan: Plan, change: Change) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "address": str(change.address),
        "reason": change.reason,
        "places": [place_of(place) for place in plan.places(change.address)],
        "differences": [
            {
                "attribute": d.attribute,
                "before": value_of(d.before),
                "after": value_of(d.after),
                "before_said": said(d.before),
                "after_said": said(d.after),
                "channel": d.channel,
                "places": [place_of(place) for place in plan.places(change.address, d.attribute)],
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
