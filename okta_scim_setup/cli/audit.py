"""``audit``: drift of all tenants, read-only by construction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
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
    with start(options(given), read_only=True) as session:
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
    lines += _unseen(results)
    lines.append(session.cost() + ".")
    return lines


def _unseen(results: Sequence[TenantResult]) -> Iterator[str]:
    """What a clean audit rests on where no API shows the settings."""
    plans = [r.plan for r in results if r.plan and r.plan.unseen]
    if not plans:
        return
    what = ", ".join(dict.fromkeys(name for plan in plans for name in plan.unseen))
    apps = "1 custom SAML app" if len(plans) == 1 else f"{len(plans)} custom SAML apps"
    yield f"No API shows {what} of {apps}."
    uses = [plan.token_used for plan in plans if plan.token_used]
    if uses:
        oldest = min(uses)
        age = max(datetime.now(UTC) - oldest, timedelta(0))
        yield (
            f"In their stead: each used its token, least recently at {oldest:%Y-%m-%d %H:%M} UTC, "
            f"{age.days} days and {age.seconds // 3600} hours ago."
        )
