"""Tenants that a run didn't come to: what is said of each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from okta_scim_setup.cli._options import paint
from okta_scim_setup.errors import Problem
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report import text


def not_tried(name: str) -> TenantResult:
    """The result of a tenant that wasn't started."""
    problem = Problem(
        "not tried: enough others failed",
        (("do", "mend them, or raise --max-failures"),),
        tenant=name,
    )
    return TenantResult(name, problems=(problem,), untried=True)


def not_begun(name: str) -> TenantResult:
    """The result of a tenant that was to be written to, and that the run was stopped before."""
    return _stopped(name, "interrupted before anything was written")


def not_read(name: str) -> TenantResult:
    """The result of a tenant that the run was stopped before, or in the middle of reading."""
    return _stopped(name, "interrupted before all of it was read")


def stopped_before(results: Iterable[TenantResult]) -> Iterator[str]:
    """What is said of tenants that the run was stopped before; once for all who are alike."""
    names: dict[Problem, list[str]] = {}
    for result in results:
        if result.interrupted and not result.outcomes:
            for problem in result.problems:
                names.setdefault(replace(problem, tenant=""), []).append(result.tenant)
    for problem, whose in names.items():
        yield text.problem(replace(problem, tenant=", ".join(whose)), paint=paint)


def _stopped(name: str, how: str) -> TenantResult:
    problem = Problem(how, (("do", "run the same command again"),), tenant=name)
    return TenantResult(name, problems=(problem,), interrupted=True)
