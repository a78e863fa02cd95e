"""``doctor``: credentials, clocks, e-mails, and the channel of each setting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from okta_scim_setup import engine, examination, pipeline
from okta_scim_setup.cli._options import options, paint, running
from okta_scim_setup.cli._session import Session, report, start
from okta_scim_setup.config import Tenant
from okta_scim_setup.errors import SetupError
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report import text
from okta_scim_setup.results import Check


@click.command("doctor")
@running
def command(**given: Any) -> int:
    """Check what apply will rely on; read-only."""
    with start(options(given), read_only=True) as session:
        results = session.results(lambda tenant: _examined(session, tenant))
        # A warning is advice here, nobody waits for it.
        code = 1 if any(result.failed for result in results) else 0
        return report(session, "doctor", results, code, "\n".join(_lines(results)))


def _examined(session: Session, tenant: Tenant) -> TenantResult:
    checks: list[Check] = []
    try:
        declared = pipeline.declared(tenant)
        providers = {d.resource.address.provider for d in declared.resources}
        apis = session.connections.of(tenant, providers)
        checks += examination.credentials(apis)
        checks += examination.setting_up(engine.read(declared, apis))
    except SetupError as error:
        error.within(tenant.name)
        return TenantResult(tenant.name, checks=tuple(checks), problems=error.problems)
    return TenantResult(tenant.name, checks=tuple(checks))


def _lines(results: Sequence[TenantResult]) -> list[str]:
    lines = []
    for result in results:
        lines.append(paint(result.tenant, "bold"))
        lines += [text.check(check, paint) for check in result.checks]
        lines += [text.problem(problem, paint=paint) for problem in result.problems]
    healthy = sum(not r.failed for r in results)
    many = "tenant" if len(results) == 1 else "tenants"
    lines.append(f"{len(results)} {many}: {healthy} ready for plan. Nothing was written.")
    return lines
