"""Tenants that a run didn't come to: what is said of each of them."""

from __future__ import annotations

from okta_scim_setup.errors import Problem
from okta_scim_setup.outcome import TenantResult


def not_tried(name: str) -> TenantResult:
    """The result of a tenant that wasn't started."""
    problem = Problem(
        "not tried: enough others failed",
        (("do", "mend them, or raise --max-failures"),),
        tenant=name,
    )
    return TenantResult(name, problems=(problem,), untried=True)


def not_begun(name: str) -> TenantResult:
    """The result of a tenant that the run was stopped before."""
    problem = Problem(
        "interrupted before anything was written",
        (("do", "run the same command again"),),
        tenant=name,
    )
    return TenantResult(name, problems=(problem,), interrupted=True)
