"""``audit``: drift of all tenants, read-only by construction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from okta_scim_setup.cli._options import options, paint, running
from okta_scim_setup.cli._remote import distributed, spread
from okta_scim_setup.cli._session import Session, exit_code, report, start
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report import text
from okta_scim_setup.results import Severity


@click.command("audit")
@running
@distributed
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.LOW.value,
    show_default=True,
    help="The least severity that answers 2; a tenant that can't be read answers 1 anyhow.",
)
def command(*, fail_on: str, **given: Any) -> int:
    """Report what isn't as declared; only GET is sent, after at most one sign-in per org."""
    least, chosen = Severity(fail_on), options(given)
    if chosen.executor:
        return spread(chosen, "audit", ["--fail-on", fail_on])
    with start(chosen, read_only=True) as session:
        results = session.audits()
        found = [finding for result in results for finding in result.findings if finding.drift]
        lesser = sum(finding.severity.rank < least.rank for finding in found)
        code = exit_code(results, differs=len(found) > lesser)
        lines = list(_lines(session, results))
        lines += [_lesser(lesser, least)] if lesser else []
        return report(session, "audit", results, code, "\n".join(lines), fail_on=least)


def _lines(session: Session, results: Sequence[TenantResult]) -> Iterator[str]:
    yield from (text.finding(f, paint) for result in results for f in result.findings)
    yield from (text.problem(p, paint=paint) for result in results for p in result.problems)
    wrong = sum(bool(r.problems) and not r.untried for r in results)
    untried = sum(r.untried for r in results)
    drifted = sum(r.drifted for r in results)
    many = "tenant" if len(results) == 1 else "tenants"
    parts = [f"{len(results) - wrong - untried - drifted} in sync", f"{drifted} drifted"]
    parts += [f"{untried} not tried"] if untried else []
    yield (
        f"{len(results)} {many}: {', '.join(parts)}, {wrong} unreadable. "
        "Only GET was sent, signing in aside."
    )
    yield from _unseen(results)
    yield session.cost() + "."


def _lesser(count: int, least: Severity) -> str:
    many = "finding is" if count == 1 else "findings are"
    return f"{count} {many} below --fail-on {least.value}."


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
