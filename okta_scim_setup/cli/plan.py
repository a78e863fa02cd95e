"""``plan``: what would change, for how many people and seats; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from okta_scim_setup import saved_plan
from okta_scim_setup.cli import INTERRUPTED
from okta_scim_setup.cli import _files as files
from okta_scim_setup.cli._executor import distributed, spread
from okta_scim_setup.cli._options import options, paint, running
from okta_scim_setup.cli._part import one_of_several
from okta_scim_setup.cli._reports import exit_code, report
from okta_scim_setup.cli._session import Session, start
from okta_scim_setup.cli._totals import came_out
from okta_scim_setup.cli._untried import stopped_before
from okta_scim_setup.errors import UsageError
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report import text, text_plan


@click.command("plan")
@running
@distributed
@click.option("--detailed-exitcode", is_flag=True, help="Answer 2 where something would change.")
@click.option("--out", metavar="FILE", help="Save the plan for apply FILE.")
def command(*, detailed_exitcode: bool, out: str | None, **given: Any) -> int:
    """Show what would change, in attributes, people and seats. Nothing is written to a service."""
    file = files.writable(out) if out else None
    chosen = options(given)
    if chosen.executor:
        if out:
            raise UsageError("--executor and --out don't go together", ("do", "use --shard I/N"))
        return spread(chosen, "plan", ["--detailed-exitcode"] if detailed_exitcode else [])
    with start(chosen, read_only=True) as session:
        results = [planned.result for planned in session.plans(look="lint")]
        differs = any(result.plan and result.plan.pending for result in results)
        code = exit_code(results, differs=differs and detailed_exitcode)
        lines = [*plans(results), *findings(results)]
        lines += [] if one_of_several() else [_last_lines(session, results)]
        if file and code == INTERRUPTED:  # apply FILE would take what is missing for in sync
            lines.append(f"{file} wasn't written: not every tenant was read.")
        elif file:
            files.write(file, saved_plan.text([r.plan for r in results if r.plan]))
        told = "\n".join(filter(None, lines))
        return report(session, "plan", results, code, told)


def plans(results: Sequence[TenantResult]) -> list[str]:
    """One tenant at full length; of many, a line for each that isn't in sync."""
    if len(results) == 1 and not one_of_several():
        return [_alone(results[0])]
    lines = list(stopped_before(results))
    width = max((len(r.tenant) for r in results), default=0)
    for result in (r for r in results if not r.interrupted):
        lines += [
            text.problem(p, "refused" if result.refused else "error", paint)
            for p in result.problems
        ]
        differs = result.plan and (result.plan.pending or result.plan.elsewhere)
        if result.plan and differs and not result.refused:
            lines.append(text_plan.plan_line(result.plan, width))
    return lines


def _alone(result: TenantResult) -> str:
    plan = result.plan
    shown = plan is not None and (plan.pending or plan.elsewhere or plan.notes)
    lines = [text_plan.plan(plan, paint)] if plan is not None and shown else []
    lines += [
        text.problem(p, "refused" if result.refused else "error", paint) for p in result.problems
    ]
    return "\n".join(lines)


def findings(results: Sequence[TenantResult]) -> Iterator[str]:
    """What was found, and which rules couldn't look."""
    for result in results:
        yield from (text.finding(found, paint) for found in result.findings)
        for check in result.checks:
            yield f"{result.tenant}{text.check(check, paint)}"


def _last_lines(session: Session, results: Sequence[TenantResult]) -> str:
    return "\n".join((summary(results), session.cost() + ". Nothing was written."))


def summary(results: Sequence[TenantResult], differing: str = "to change") -> str:
    """How many tenants came out how, each counted once; of one, how much would change.

    Args:
        results: the tenants'.
        differing: what is said of those with changes, which are to be made or were.
    """
    if len(results) == 1 and results[0].plan:
        only, its = results[0], results[0].plan
        if only.in_sync:
            return f"{only.tenant}   {text_plan.nothing_to_do(its)}"
        return text_plan.plan_summary(its) + "."
    return came_out((_came_out(result, differing) for result in results), differing)


def _came_out(result: TenantResult, differing: str) -> str:
    """The first word that applies to a tenant."""
    words = {
        "not tried": result.untried,
        "interrupted": result.interrupted,
        "refused": result.refused,
        "unreadable": result.plan is None,
        "failed": result.failed,
        "waiting": result.waiting,
        "to be mended by another tool": result.in_sync
        and bool(result.plan and result.plan.elsewhere),
        "in sync": result.in_sync,
    }
    return next((word for word, applies in words.items() if applies), differing)
