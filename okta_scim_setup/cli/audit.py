"""``audit``: drift of all tenants, read-only by construction."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import click

from okta_scim_setup import baseline as former
from okta_scim_setup.baseline import Baseline
from okta_scim_setup.cli._executor import distributed, spread
from okta_scim_setup.cli._options import options, paint, running
from okta_scim_setup.cli._part import one_of_several
from okta_scim_setup.cli._reports import exit_code, report
from okta_scim_setup.cli._session import Session, start
from okta_scim_setup.cli._totals import lesser, unseen
from okta_scim_setup.cli._untried import stopped_before
from okta_scim_setup.cli._webhook import webhook as webhook_of
from okta_scim_setup.cli._webhook import webhook_options
from okta_scim_setup.cli.plan import findings
from okta_scim_setup.errors import UsageError
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.paths import path_of
from okta_scim_setup.pipeline.auditing import audit_tenant, not_audited
from okta_scim_setup.report import text
from okta_scim_setup.results import Severity
from okta_scim_setup.wording import moment


@click.command("audit")
@running
@distributed
@click.option(
    "--baseline",
    metavar="FILE",
    help="A former audit's JSON report: says what is new, still open and resolved.",
)
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.LOW.value,
    show_default=True,
    help="The least severity that answers 2; a tenant that can't be read answers 1 anyhow.",
)
@click.option(
    "--since",
    metavar="TIME",
    help="How far back the services' logs are asked who did it: 7d, 12h, or an ISO 8601 time; "
    "by default to the baseline, or a week.",
)
@webhook_options
def command(
    *,
    baseline: str | None,
    since: str | None,
    fail_on: str,
    webhook: str | None,
    webhook_host: str | None,
    webhook_template: str | None,
    **given: Any,
) -> int:
    """Report what isn't as declared; only GET is sent, after at most one sign-in per org."""
    least, chosen = Severity(fail_on), options(given)
    back_to = time_of(since or "7d", datetime.now(UTC))
    if chosen.executor:
        if baseline or webhook:
            raise UsageError(
                "--executor doesn't go together with --baseline and --webhook",
                ("do", "use --shard I/N for parts, each with a baseline of its own"),
            )
        past = ["--since", since] if since else []
        return spread(chosen, "audit", ["--fail-on", fail_on, *past], least)
    known = former.load(path_of(baseline)) if baseline else None
    hook = webhook_of(chosen, webhook, webhook_host, webhook_template)
    with start(chosen, read_only=True) as session:
        results = _audits(session, partial(_start_of_logs, back_to, None if since else known))
        if known:
            results = [former.compared(result, known) for result in results]
        found = [finding for result in results for finding in result.findings if finding.counts]
        below = sum(not finding.fails_at(least) for finding in found)
        code = exit_code(results, differs=len(found) > below)
        lines = [*_lines(results)]
        last = (
            [] if one_of_several() else [*_last(session, results, known), *lesser(below, fail_on)]
        )
        return report(
            session,
            "audit",
            results,
            code,
            "\n".join([*lines, *last]),
            fail_on=least,
            baseline=known.made if known else None,
            tell=hook.tell if hook else None,
        )


def _audits(session: Session, since: Callable[[str], datetime]) -> list[TenantResult]:
    """Findings for each tenant, side by side; logs are read back to its *since*."""
    return session.results(
        lambda tenant: audit_tenant(tenant, session.connections, since(tenant.name)),
        lambda result: not_audited(session.by_name[result.tenant], result),
    )


def _start_of_logs(back_to: datetime, known: Baseline | None, tenant: str) -> datetime:
    """How far back the logs are asked: to when the tenant was last read, or as was said."""
    return (known.since(tenant) if known else None) or back_to


def time_of(text: str, now: datetime) -> datetime:
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


def _lines(results: Sequence[TenantResult]) -> Iterator[str]:
    """What is said of each tenant."""
    read = [result for result in results if not result.interrupted]
    yield from findings(read)
    yield from (text.problem(p, paint=paint) for result in read for p in result.problems)
    yield from stopped_before(results)
    yield from (f"{r.tenant}: {c.title}: {c.detail}" for r in results for c in r.checks)
    yield from (text.resolved(r.tenant, past) for r in results for past in r.resolved)


def _last(
    session: Session, results: Sequence[TenantResult], known: Baseline | None
) -> Iterator[str]:
    """What is said of all together."""
    yield from _since(results, known) if known else ()
    yield _summary(results)
    yield from _unseen(results)
    yield session.cost() + "."


def _summary(results: Sequence[TenantResult]) -> str:
    given_up = [r.untried or r.interrupted for r in results]
    wrong = sum(bool(r.problems) and r.plan is None for r in results) - sum(given_up)
    partly = sum(bool(r.problems) and r.plan is not None for r in results)
    untried = sum(r.untried for r in results)
    interrupted = sum(r.interrupted for r in results)
    drifted = sum(r.drifted for r in results)
    accepted = sum(r.accepted for r in results)
    many = "tenant" if len(results) == 1 else "tenants"
    clean = sum(not r.problems and not r.drifted and not r.accepted for r in results)
    parts = [f"{clean} in sync", f"{drifted} drifted"]
    parts += [f"{accepted} with accepted findings alone"] if accepted else []
    parts += [f"{interrupted} interrupted"] if interrupted else []
    parts += [f"{untried} not tried"] if untried else []
    parts += [f"{partly} read in part"] if partly else []
    return (
        f"{len(results)} {many}: {', '.join(parts)}, {wrong} unreadable. "
        "Only GET was sent, signing in aside."
    )


def _since(results: Sequence[TenantResult], known: Baseline) -> Iterator[str]:
    """How this audit stands against the former one."""
    standings = [f.history.standing for result in results for f in result.findings]
    resolved = sum(len(result.resolved) for result in results)
    yield (
        f"Since the audit of {moment(known.made)}: {standings.count('new')} new, "
        f"{standings.count('open')} still open, {resolved} resolved."
    )
    left_out = sum(result.tenant not in known.tenants for result in results)
    if left_out:
        many = "tenant isn't" if left_out == 1 else "tenants aren't"
        yield f"{left_out} {many} in it: all of theirs is new."


def _unseen(results: Sequence[TenantResult]) -> Iterator[str]:
    plans = [r.plan for r in results if r.plan and r.plan.unseen]
    uses = [plan.token_used for plan in plans if plan.token_used]
    return unseen([plan.unseen for plan in plans], uses)
