"""``test``: outside evidence that the connection works."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import click

from okta_scim_setup import proof
from okta_scim_setup.cli._options import options, paint, running
from okta_scim_setup.cli._reports import report, stopped
from okta_scim_setup.cli._session import Session, start
from okta_scim_setup.config import Tenant
from okta_scim_setup.engine import Snapshot
from okta_scim_setup.errors import SetupError, UsageError
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.pipeline import planning
from okta_scim_setup.report import text
from okta_scim_setup.results import Check


@click.command("test")
@running
@click.option("--mint", is_flag=True, help="Make, use and revoke a token of its own.")
@click.option("--roundtrip", is_flag=True, help="Follow one person in and out again.")
@click.option("--user", metavar="LOGIN", help="Who is followed: somebody without the app.")
def command(*, mint: bool, roundtrip: bool, user: str | None, **given: Any) -> int:
    """Gather evidence from outside; read-only without --mint and --roundtrip."""
    if roundtrip != bool(user):
        raise UsageError(
            "--roundtrip and --user LOGIN go together",
            ("do", "name somebody who hasn't the app: it is given and taken away again"),
        )
    with start(options(given), read_only=not (mint or roundtrip)) as session:
        results = session.results(lambda tenant: _tested(session, tenant, user, mint=mint))
        # What couldn't be shown to work isn't evidence, so a warning fails as well.
        code = stopped(results) or int(any(r.failed or r.waiting for r in results))
        return report(session, "test", results, code, "\n".join(_lines(results)))


def _tested(session: Session, tenant: Tenant, user: str | None, *, mint: bool) -> TenantResult:
    checks: list[Check] = []
    try:
        snapshot = planning.snapshot(tenant, session.connections)
        for check in _asked(snapshot, user, mint=mint):
            checks.append(check)  # noqa: PERF402 -- what was seen before a failure is kept
    except SetupError as error:
        error.within(tenant.name)
        return TenantResult(tenant.name, checks=tuple(checks), problems=error.problems)
    return replace(TenantResult(tenant.name), checks=tuple(checks))


def _asked(snapshot: Snapshot, user: str | None, *, mint: bool) -> Iterator[Check]:
    yield from proof.evidence(snapshot)
    if mint:
        yield from proof.trial(snapshot)
    if user:
        yield from proof.roundtrip(snapshot, user)


def _lines(results: Sequence[TenantResult]) -> list[str]:
    lines = []
    for result in results:
        lines.append(paint(result.tenant, "bold"))
        lines += [text.check(check, paint) for check in result.checks]
        lines += [text.problem(problem, paint=paint) for problem in result.problems]
    checks = [check for result in results for check in result.checks]
    passed = sum(check.status == "passed" for check in checks)
    lines.append(f"{passed} of {len(checks)} checks passed.")
    return lines
