"""``apply``: executes a fresh plan, verifies, and says what is left to a person."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from okta_scim_setup import pipeline, saved_plan, sink
from okta_scim_setup.apply import NO_SINK, Attendant, makes_for_a_person
from okta_scim_setup.cli import _options
from okta_scim_setup.cli._attendant import AtTerminal, Runbook
from okta_scim_setup.cli._options import options, paint, running
from okta_scim_setup.cli._session import (
    Session,
    enough_failed,
    exit_code,
    not_tried,
    report,
    start,
    to_stdout,
)
from okta_scim_setup.cli.plan import plans, summary
from okta_scim_setup.errors import Refused, UsageError
from okta_scim_setup.guards import LIMITS
from okta_scim_setup.outcome import Outcome, TenantResult
from okta_scim_setup.pipeline import Planned
from okta_scim_setup.report import text
from okta_scim_setup.results import Check
from okta_scim_setup.sink import Sink


@click.command("apply")
@running
@click.argument("plan_file", required=False, metavar="[FILE]")
@click.option("--yes", is_flag=True, help="Don't ask; needed where there is no terminal.")
@click.option("--no-wait", is_flag=True, help="Don't wait for a person, even on a terminal.")
@click.option(
    "--allow",
    multiple=True,
    metavar="NAME=N",
    help=f"Approve an exact figure of a guard: {', '.join(LIMITS)}.",
)
@click.option(
    "--token-to",
    metavar="WHERE",
    help=f"Where a person finds a new SCIM token: {', '.join(sink.FORMS)}.",
)
def command(
    *,
    plan_file: str | None,
    yes: bool,
    no_wait: bool,
    allow: Sequence[str],
    token_to: str | None,
    **given: Any,
) -> int:
    """Execute a fresh plan, read each write back, verify, report.

    With FILE, a plan that plan --out saved: goes on for tenants where nothing moved since, and
    refuses the others.
    """
    person = _options.terminal()
    if not person and not yes:
        raise Refused("apply writes, and there is no terminal to ask on", ("do", "add --yes"))
    if no_wait and token_to == "terminal":  # noqa: S105 -- where to, not what
        raise UsageError(
            "--no-wait and --token-to terminal don't go together",
            ("do", "nobody would see the token: use --token-to file:PATH"),
        )
    target = sink.parse(token_to, terminal=person, environment=os.environ) if token_to else None
    approved = saved_plan.load(Path(plan_file)) if plan_file else None
    if approved and not (given["tenant"] or given["tag"] or given["exclude"]):
        given["tenant"] = tuple(approved)
    wish = Wish(
        allowed=_allowed(allow),
        approved=approved,
        attendant=AtTerminal(target) if person and not no_wait else Runbook(),
        sink=target,
        ask=not yes,
    )
    return execute(start(options(given), read_only=False), wish)


@dataclass(frozen=True)
class Wish:
    """How a plan is to be executed."""

    attendant: Attendant
    sink: Sink | None = None
    allowed: Mapping[str, int] = field(default_factory=dict)
    approved: Mapping[str, str] | None = None
    ask: bool = False


def execute(session: Session, wish: Wish) -> int:
    """Plan, guard, ask, apply, report; the exit code."""
    planned = [
        pipeline.guarded(_as_approved(p, wish.approved), wish.allowed) for p in session.plans()
    ]
    due, loud = _due(planned), to_stdout(session)
    shown = plans([p.result for p in planned])
    if loud and any(shown):
        click.echo(session.options.keeper.masked("\n".join(shown)))
    if due and wish.ask and not _agreed(due):
        click.echo("Nothing was written.")
        return exit_code([p.result for p in planned])
    _check_sink(due, wish.sink)
    results: list[TenantResult] = []
    for one in planned:
        if one not in due:
            results.append(one.result)
            continue
        if enough_failed(session, results):
            results.append(not_tried(one.result.tenant))
            continue
        if loud and len(planned) > 1:
            _say(paint(one.result.tenant, "bold"))
        results.append(
            pipeline.apply_tenant(
                one,
                attendant=wish.attendant,
                sink=wish.sink,
                tell=partial(_tell, session.options.keeper.masked) if loud else _quiet,
            )
        )
    code = exit_code(results)
    tried = frozenset(one.result.tenant for one in due)
    return report(session, "apply", results, code, "\n".join(_last(session, results, tried)))


def _check_sink(due: Sequence[Planned], target: Sink | None) -> None:
    """One place is one tenant's: said before anything is written for any of them."""
    if not sink.shared(target):
        return
    names = [
        one.result.tenant
        for one in due
        if one.result.plan and one.snapshot and makes_for_a_person(one.result.plan, one.snapshot)
    ]
    if len(names) > 1:
        raise UsageError(
            f"--token-to names one place, and {', '.join(names)} need one each",
            ("do", "put {tenant} in it: --token-to file:tokens/{tenant}"),
        )


def _allowed(texts: Sequence[str]) -> dict[str, int]:
    allowed = {}
    for given in texts:
        name, _, number = given.partition("=")
        if name not in LIMITS or not (number.isascii() and number.isdigit()):
            raise UsageError(
                f'--allow takes NAME=N, not "{given}"',
                ("do", f"one of {', '.join(f'{limit}=N' for limit in LIMITS)}"),
            )
        allowed[name] = int(number)
    return allowed


def _as_approved(planned: Planned, approved: Mapping[str, str] | None) -> Planned:
    plan = planned.result.plan
    if approved is None or plan is None:
        return planned
    problem = saved_plan.moved(plan, approved)
    if problem is None:
        return planned
    return Planned(replace(planned.result, problems=(problem,), refused=True))


def _due(planned: Sequence[Planned]) -> list[Planned]:
    """Those with something to do that nothing speaks against."""
    return [p for p in planned if p.result.plan and p.result.plan.pending and not p.result.problems]


def _agreed(due: Sequence[Planned]) -> bool:
    whom = due[0].result.tenant if len(due) == 1 else f"{len(due)} tenants"
    return click.confirm(f"Make these changes to {whom}?", default=False)


def _tell(masked: Callable[[str], str], came: Outcome | Check) -> None:
    if isinstance(came, Check):
        _say(masked(text.check(came, paint)))
    elif not came.by_hand:
        _say(masked(text.outcome(came, paint)))
        for problem in came.problems:
            _say(masked(text.problem(problem, paint=paint)))


def _say(said: str) -> None:
    """Print, unless the reader went away: what was begun is finished all the same."""
    with suppress(BrokenPipeError):
        click.echo(said)


def _quiet(came: Outcome | Check) -> None:
    """The JSON report says it at the end."""


def _last(session: Session, results: Sequence[TenantResult], tried: AbstractSet[str]) -> list[str]:
    """What came up since the plans were shown, and what is left to do."""
    lines = []
    for result in results:
        if result.tenant in tried:
            lines += [
                text.problem(p, "refused" if result.refused else "error", paint)
                for p in result.problems
            ]
        if result.in_sync and len(results) == 1:
            lines.append(f"{result.tenant}   in sync. Nothing to do. ({session.cost()})")
        if result.visit is not None:
            lines.append(text.visit(result.visit, paint))
    done = [o for r in results for o in r.outcomes if o.status == "done"]
    by_hand = sum(o.by_hand for o in done)
    waiting = sum(r.waiting for r in results)
    if len(results) > 1:
        lines.append(summary(results))
    if any(r.problems for r in results) and not any(r.outcomes for r in results):
        lines.append("Nothing was written.")
    if done or waiting:
        lines.append(f"Done: {len(done) - by_hand} by API, {by_hand} by a person.")
    if waiting:
        many = "tenant isn't" if waiting == 1 else "tenants aren't"
        homeless = any(o.detail == NO_SINK for r in results for o in r.outcomes)
        then = "When the steps are, run the same command again."
        then = "Run it again with --token-to." if homeless else then
        lines.append(f"{waiting} {many} done yet. {then}")
    return lines
