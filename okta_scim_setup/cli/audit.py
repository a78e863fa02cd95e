"""``audit``: drift of all tenants, read-only by construction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from okta_scim_setup.cli._options import options, paint, running
from okta_scim_setup.cli._session import Session, exit_code, report, start
from okta_scim_setup.cli.plan import findings
from okta_scim_setup.errors import UsageError
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report import text
from okta_scim_setup.results import Severity


@click.command("audit")
@running
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.LOW.value,
    show_default=True,
    help="The least severity that answers 2; a tenant that can't be read answers 1 anyhow.",
)
@click.option(
    "--since",
    default="7d",
    show_default=True,
    metavar="TIME",
    help="How far back the services' logs are asked who did it: 7d, 12h, or an ISO 8601 time.",
)
def command(*, fail_on: str, since: str, **given: Any) -> int:
    """Report what isn't as declared; only GET is sent, after at most one sign-in per org."""
    least, start_of_logs = Severity(fail_on), moment(since, datetime.now(UTC))
    with start(options(given), read_only=True) as session:
        results = session.audits(start_of_logs)
        found = [f for result in results for f in result.findings if not f.unseen]
        lesser = sum(finding.severity.rank < least.rank for finding in found)
        code = exit_code(results, differs=any(f.fails_at(least) for f in found))
        lines = list(_lines(session, results))
        lines += [_lesser(lesser, least)] if lesser else []
        return report(session, "audit", results, code, "\n".join(lines), fail_on=least)


def moment(text: str, now: datetime) -> datetime:
    """The time that *text* means: so many days or hours before *now*, or a time in UTC by itself.

    Raises:
        UsageError: it is neither, or it is in the future.
    """
    span = re.fullmatch(r"(\d{1,4})([dh])", text)
    if span:
        return now - timedelta(**{"days" if span[2] == "d" else "hours": int(span[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f'"{text}" is no time', ("do", "such as 7d, 12h or 2026-11-22T02:00")
        ) from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if found > now:
        raise UsageError(f"{text} is in the future", ("do", "give the time of the last good audit"))
    return found.astimezone(UTC)


def _lines(session: Session, results: Sequence[TenantResult]) -> Iterator[str]:
    yield from findings(results)
    yield from (text.problem(p, paint=paint) for result in results for p in result.problems)
    yield from (f"{r.tenant}: {c.title}: {c.detail}" for r in results for c in r.checks)
    untried = sum(r.untried for r in results)
    wrong = sum(bool(r.problems) and not r.untried and r.plan is None for r in results)
    partly = sum(bool(r.problems) and r.plan is not None for r in results)
    drifted = sum(r.drifted for r in results)
    clean = sum(not r.problems and not r.drifted for r in results)
    many = "tenant" if len(results) == 1 else "tenants"
    parts = [f"{clean} in sync", f"{drifted} drifted"]
    parts += [f"{untried} not tried"] if untried else []
    parts += [f"{partly} read in part"] if partly else []
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
