"""``audit``: drift of all tenants, read-only by construction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from okta_scim_setup.cli._options import options, paint, running
from okta_scim_setup.cli._session import Session, exit_code, report, start
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report import text


@click.command("audit")
@running
def command(**given: Any) -> int:
    """Report what isn't as declared; only GET is sent, after at most one sign-in per org."""
    session = start(options(given), read_only=True)
    results = session.audits()
    drifted = any(result.findings for result in results)
    code = exit_code(results, differs=drifted)
    return report(session, "audit", results, code, "\n".join(_lines(session, results)))


def _lines(session: Session, results: Sequence[TenantResult]) -> list[str]:
    lines = [text.finding(f, paint) for result in results for f in result.findings]
    lines += [text.problem(p, paint=paint) for result in results for p in result.problems]
    unreadable = sum(bool(r.problems) for r in results)
    drifted = sum(bool(r.findings) for r in results)
    many = "tenant" if len(results) == 1 else "tenants"
    lines.append(
        f"{len(results)} {many}: {len(results) - unreadable - drifted} in sync, "
        f"{drifted} drifted, {unreadable} unreadable. Only GET was sent, signing in aside."
    )
    lines.append(session.cost() + ".")
    return lines
