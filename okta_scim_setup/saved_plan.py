"""Plans in a file: what was approved, to be compared with a fresh plan; never executed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from okta_scim_setup import __version__
from okta_scim_setup.errors import Problem, SetupError
from okta_scim_setup.plan import Plan
from okta_scim_setup.report.json_plan import plan_of

VERSION = 1


def text(plans: Iterable[Plan]) -> str:
    """What *plans* would change and what they rest on, as the file holds it."""
    body = {
        "version": VERSION,
        "made_by": f"okta-scim-setup {__version__}",
        "tenants": {plan.tenant: plan_of(plan) for plan in plans},
    }
    return json.dumps(body, indent=2) + "\n"


def load(path: Path) -> dict[str, str]:
    """What each tenant's approved plan rests on.

    Raises:
        SetupError: the file isn't there, or isn't a plan of this version.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        if body["version"] != VERSION:
            raise SetupError(
                f"{path} was written by another version: {body.get('made_by', 'unknown')}",
                ("do", "make the plan again: okta-scim-setup plan --out FILE"),
            )
        return {name: plan["basis"] for name, plan in body["tenants"].items()}
    except OSError as error:
        raise SetupError(
            f"the plan {path} can't be read: {error.strerror}",
            ("do", "name a file that plan --out wrote. Nothing was written."),
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SetupError(
            f"{path} isn't a plan",
            ("do", "name a file that plan --out wrote. Nothing was written."),
        ) from None


def moved(plan: Plan, approved: Mapping[str, str]) -> Problem | None:
    """Why *plan* isn't the one that was approved; None if it is."""
    basis = approved.get(plan.tenant)
    if basis == plan.basis or not plan.pending:
        return None
    if basis is None:
        return Problem(
            "the saved plan has nothing for this tenant",
            (("do", "make the plan again, and have it read again. Nothing was written."),),
            tenant=plan.tenant,
        )
    return Problem(
        "something moved since the plan was saved",
        (
            ("but", "the rendered resources, ids or live values aren't those it was made from"),
            ("do", "make the plan again, and have it read again. Nothing was written."),
        ),
        tenant=plan.tenant,
    )
