"""What became of orders, as one report: those that came, and what we say of the others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from okta_scim_setup.cli._dispatch import Ended
from okta_scim_setup.cli._options import paint
from okta_scim_setup.cli._reports import exit_code
from okta_scim_setup.cli._totals import totals
from okta_scim_setup.cli._untried import not_begun, not_read, not_tried, stopped_before
from okta_scim_setup.config import Tenant
from okta_scim_setup.errors import Problem
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.pipeline import auditing
from okta_scim_setup.report import json as json_report
from okta_scim_setup.report import text
from okta_scim_setup.report.content import Content
from okta_scim_setup.report.merge import merged
from okta_scim_setup.report.parts import mark
from okta_scim_setup.results import Severity


@dataclass(frozen=True)
class Asked:
    """What a run was asked for."""

    verb: str
    tenants: Sequence[Tenant]
    selected: Sequence[str]
    """The names of all tenants that were selected, before --shard."""
    shard: tuple[int, int] | None
    fail_on: Severity
    trouble: str
    """Where to look for what workers say."""


def together(asked: Asked, ended: Sequence[Ended], cost: str) -> tuple[dict[str, Any], str]:
    """One JSON report of all tenants, in their order, and what a person is told.

    Args:
        asked: what for.
        ended: what became of each order.
        cost: what the run took.
    """
    reports = [each.came.report for each in ended if each.fate == "came" and each.came]
    found = [report for report in reports if report]
    own = _own(asked, ended)
    whole = merged([*found, _report(asked, own)], [""] * (len(found) + 1))
    place = {tenant.name: number for number, tenant in enumerate(asked.tenants)}
    whole["tenants"].sort(key=lambda each: place.get(each["tenant"], len(place)))
    if asked.shard:
        whole["fleet"] = mark(asked.selected)
        whole["shard"] = {"number": asked.shard[0], "of": asked.shard[1]}
    return whole, _text(whole, ended, own, cost)


def _text(
    whole: Mapping[str, Any], ended: Sequence[Ended], own: Sequence[TenantResult], cost: str
) -> str:
    said = [each.came.text.strip("\n") for each in ended if each.came]
    if not own and len(ended) == 1:
        return said[0]
    known = not any(each.fate in ("lost", "interrupted") for each in ended)
    said += [
        text.problem(problem, paint=paint)
        for result in own
        for problem in result.problems
        if not result.interrupted
    ]
    said += stopped_before(own)
    return "\n".join([*filter(None, said), *totals(whole, cost, known=known)])


def _report(asked: Asked, results: Sequence[TenantResult]) -> dict[str, Any]:
    made, code = datetime.now(UTC), exit_code(results)
    content = Content(asked.verb, results, code, made, fail_on=asked.fail_on)
    found: dict[str, Any] = json.loads(json_report.document(content))
    return found


def _own(asked: Asked, ended: Sequence[Ended]) -> list[TenantResult]:
    """What we say of the tenants of which no report came."""
    by_name = {tenant.name: tenant for tenant in asked.tenants}
    return [
        _unreported(asked, each, by_name[name])
        for each in ended
        if each.fate != "came"
        for name in each.order.tenants
    ]


def _unreported(asked: Asked, ended: Ended, tenant: Tenant) -> TenantResult:
    name, reads = tenant.name, asked.verb != "apply"
    if ended.fate == "not begun" or (ended.fate == "interrupted" and reads):
        return _stopped(asked, tenant)
    if ended.fate == "not tried":
        return auditing.not_audited(tenant, not_tried(name)) if _audits(asked) else not_tried(name)
    if ended.fate == "interrupted":
        problem = Problem(
            "interrupted; how far it came isn't known",
            (("do", "run the same command again, it goes on from there"),),
            tenant=name,
        )
        return TenantResult(name, problems=(problem,), interrupted=True)
    done = "nothing is known of it" if reads else "some of it may have been done"
    left_over = ended.fate == "left over"
    problem = Problem(
        "nobody was left to do it" if left_over else f"the worker was lost: {done}",
        (
            ("but", ended.why),
            ("do", f"look at {asked.trouble}, then run the same command again"),
        ),
        tenant=name,
    )
    lost = TenantResult(name, problems=(problem,))
    return auditing.not_read(tenant, lost) if _audits(asked) else lost


def _stopped(asked: Asked, tenant: Tenant) -> TenantResult:
    if asked.verb == "apply":
        return not_begun(tenant.name)
    result = not_read(tenant.name)
    return auditing.not_audited(tenant, result) if _audits(asked) else result


def _audits(asked: Asked) -> bool:
    return asked.verb == "audit"
