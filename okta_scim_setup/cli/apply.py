"""``apply``: executes a fresh plan, verifies, and says what is left to a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from okta_scim_setup import saved_plan, sink
from okta_scim_setup.cli._execution import (
    Present,
    carry_out,
    ended,
    hand_on,
    present,
    to_do,
    writing,
)
from okta_scim_setup.cli._executor import distributed, spread
from okta_scim_setup.cli._options import options, paint, running
from okta_scim_setup.cli._part import one_of_several
from okta_scim_setup.cli._reports import exit_code, report, to_stdout
from okta_scim_setup.cli._session import Session, start
from okta_scim_setup.cli._totals import applied
from okta_scim_setup.cli._untried import stopped_before
from okta_scim_setup.cli._work import Telling
from okta_scim_setup.cli.plan import plans, summary
from okta_scim_setup.errors import UsageError
from okta_scim_setup.guards import LIMITS
from okta_scim_setup.outcome import Outcome, TenantResult
from okta_scim_setup.pipeline import applying
from okta_scim_setup.pipeline.planning import Planned
from okta_scim_setup.report import text, text_plan
from okta_scim_setup.results import Check
from okta_scim_setup.sink import Sink


@click.command("apply")
@running
@distributed
@click.argument("plan_file", required=False, metavar="[FILE]")
@click.option(
    "--allow",
    multiple=True,
    metavar="NAME=N",
    help=f"Approve an exact figure of a guard: {', '.join(LIMITS)}.",
)
@writing
def command(
    *,
    plan_file: str | None,
    yes: bool,
    no_wait: bool,
    wait: float,
    runbooks: Sequence[str],
    allow: Sequence[str],
    token_to: str | None,
    **given: Any,
) -> int:
    """Execute a fresh plan, read each write back, verify, report.

    With FILE, a plan that plan --out saved: goes on for tenants where nothing moved since, and
    refuses the others.
    """
    if given.get("executor"):
        if runbooks:
            raise UsageError(
                "apply --executor writes no runbooks",
                ("do", "the reports have the steps; or use --shard I/N"),
            )
        return _spread(plan_file, allow, token_to, given, yes=yes)
    who = present(
        "apply", yes=yes, no_wait=no_wait, wait=wait, token_to=token_to, runbooks=runbooks
    )
    approved = saved_plan.load(Path(plan_file)) if plan_file else None
    if approved and not (given["tenant"] or given["tag"] or given["exclude"]):
        given["tenant"] = tuple(approved)
    with start(options(given), read_only=False) as session:
        return execute(session, Wish(who, _allowed(allow), approved))


def _spread(
    plan_file: str | None,
    allow: Sequence[str],
    token_to: str | None,
    given: Mapping[str, Any],
    *,
    yes: bool,
) -> int:
    """Let a cluster do it, where nobody is there to be asked.

    Raises:
        UsageError: something would have to be asked, or be at hand there.
    """
    if plan_file or not yes:
        raise UsageError(
            "apply --executor takes a fresh plan and asks nobody", ("do", "add --yes, and no FILE")
        )
    _allowed(allow)
    who = present("apply", yes=True, no_wait=True, wait=0, token_to=token_to, runbooks=())
    chosen = options(given)
    if sink.shared(who.sink) and len(chosen.selected()) > 1:
        raise UsageError(
            "--token-to names one place, and with --executor each tenant needs one",
            ("do", "put {tenant} in it: --token-to file:tokens/{tenant}"),
        )
    words = ["--yes", "--no-wait", *(word for each in allow for word in ("--allow", each))]
    words += ["--token-to", token_to] if token_to else []
    return spread(chosen, "apply", words)


@dataclass(frozen=True)
class Wish:
    """How a plan is to be executed."""

    who: Present
    allowed: Mapping[str, int] = field(default_factory=dict)
    approved: Mapping[str, str] | None = None


def execute(session: Session, wish: Wish) -> int:
    """Plan, guard, ask, apply, report; the exit code."""
    planned = [
        applying.guarded(_as_approved(p, wish.approved), wish.allowed)
        for p in session.plans(keep=lambda result: bool(result.plan and result.plan.pending))
    ]
    loud = to_stdout(session)
    shown = plans([p.result for p in planned])
    if loud and any(shown):
        session.say("\n".join(shown))

    def work(one: Planned, target: Sink | None, telling: Telling) -> TenantResult:
        if loud and len(planned) > 1 and not one.result.in_sync:
            telling.say(paint(one.result.tenant, "bold"))
        tell = partial(_tell, telling.say) if loud else _quiet
        who = wish.who.attendant
        return applying.apply_tenant(
            one, attendant=who, sink=target, tell=tell, begun=telling.begun
        )

    question = "Make these changes to {whom}?"
    results = carry_out(session, planned, wish.who, question=question, work=work)
    if results is None:
        return exit_code([p.result for p in planned])
    with session.ending():
        hand_on(session, wish.who, results, verb="apply")
        code = exit_code(results)
        tried = frozenset(one.result.tenant for one in to_do(planned))
        last = "\n".join(_last(session, results, tried))
        report(session, "apply", results, code, last)
    return ended(code)


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
    return replace(planned, result=replace(planned.result, problems=(problem,), refused=True))


def _tell(say: Callable[[str], object], came: Outcome | Check) -> None:
    if isinstance(came, Check):
        say(text.check(came, paint))
    elif not came.by_hand:
        say(text.outcome(came, paint))
        for problem in came.problems:
            say(text.problem(problem, paint=paint))


def _quiet(came: Outcome | Check) -> None:
    """The JSON report says it at the end."""


def _last(session: Session, results: Sequence[TenantResult], tried: AbstractSet[str]) -> list[str]:
    """What came up since the plans were shown, and what is left to do."""
    lines = list(stopped_before(r for r in results if r.tenant in tried))
    for result in results:
        if result.tenant in tried and (result.outcomes or not result.interrupted):
            lines += [
                text.problem(p, "refused" if result.refused else "error", paint)
                for p in result.problems
            ]
        if result.in_sync and len(results) == 1 and not one_of_several():
            said = text_plan.nothing_to_do(result.plan) if result.plan else ""
            lines.append(f"{result.tenant}   {said} ({session.cost()})")
            lines += text_plan.notes(result.plan) if result.plan else ()
        if result.visit is not None:
            lines.append(text.visit(result.visit, paint))
    return lines if one_of_several() else [*lines, *_in_all(results)]


def _in_all(results: Sequence[TenantResult]) -> list[str]:
    """What is said of all together."""
    lines = []
    done = [o for r in results for o in r.outcomes if o.status == "done"]
    by_hand = sum(o.by_hand for o in done)
    waiting = sum(r.waiting for r in results)
    if len(results) > 1:
        lines.append(summary(results, "changed"))
    if any(r.problems for r in results) and not any(r.outcomes for r in results):
        lines.append("Nothing was written.")
    stopped = any(r.interrupted for r in results)
    left = [(outcome.status, outcome.detail) for r in results for outcome in r.outcomes]
    return [*lines, *applied(len(done), by_hand, waiting, left, stopped=stopped)]
