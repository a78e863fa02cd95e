"""``plan``: what would change, for how many people and seats; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from okta_scim_setup import saved_plan
from okta_scim_setup.cli import _files as files
from okta_scim_setup.cli._crew import distributed
from okta_scim_setup.cli._options import options, paint, running
from okta_scim_setup.cli._part import one_of_several
from okta_scim_setup.cli._remote import spread
from okta_scim_setup.cli._reports import exit_code, report
from okta_scim_setup.cli._session import Session, start
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
        results = [planned.result for planned in session.plans(advise=True)]
        differs = any(result.plan and result.plan.pending for result in results)
        if file:
            files.write(file, saved_plan.text([r.plan for r in results if r.plan]))
        code = exit_code(results, differs=differs and detailed_exitcode)
        lines = [*plans(results), *findings(results)]
        lines += [] if one_of_several() else [_last_lines(session, results)]
        told = "\n".join(filter(None, lines))
        return report(session, "plan", results, code, told)


def plans(results: Sequence[TenantResult]) -> list[str]:
    """One tenant at full length; of many, a line for each that isn't in sync."""
    if len(results) == 1 and not one_of_several():
        return [_alone(results[0])]
    lines = []
    width = max((len(r.tenant) for r in results), default=0)
    for result in results:
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
    """How much would change, or that nothing would; *differing* says it of many tenants."""
    if len(results) == 1 and results[0].plan:
        only, its = results[0], results[0].plan
        if only.in_sync:
            return f"{only.tenant}   {text_plan.nothing_to_do(its)}"
        return text_plan.plan_summary(its) + "."
    untried = sum(r.untried for r in results)
    unreadable = sum(r.plan is None for r in results) - untried
    in_sync = sum(r.in_sync and not _left(r) for r in results)
    left = sum(r.in_sync and _left(r) for r in results)
    to_change = len(results) - unreadable - untried - in_sync - left
    many = "tenant" if len(results) == 1 else "tenants"
    said = f"{len(results)} {many}: {in_sync} in sync"
    said += f", {to_change} {differing}" if to_change else ""
    said += f", {left} to be mended by another tool" if left else ""
    said += f", {untried} not tried" if untried else ""
    return f"{said}, {unreadable} unreadable."


def _left(result: TenantResult) -> bool:
    """Whether something of it is another tool's to mend."""
    return bool(result.plan and result.plan.elsewhere)
