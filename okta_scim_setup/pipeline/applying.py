"""One tenant's plan carried out and verified; and how far it came, where it was cut off."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from okta_scim_setup import guards
from okta_scim_setup.apply import Attendant, Run, apply, verify
from okta_scim_setup.errors import Label, Problem, Refused, SetupError
from okta_scim_setup.outcome import Outcome, TenantResult
from okta_scim_setup.pipeline.planning import Planned, bug
from okta_scim_setup.results import Check
from okta_scim_setup.sink import Sink

log = logging.getLogger(__name__)


def guarded(planned: Planned, allowed: Mapping[str, int]) -> Planned:
    """The same, refused where a guard says no."""
    plan = planned.result.plan
    found = tuple(guards.refusals(plan, allowed)) if plan else ()
    if not found:
        return planned
    said = tuple(replace(p, tenant=planned.result.tenant) for p in found)
    return replace(planned, result=replace(planned.result, problems=said, refused=True))


def apply_tenant(
    planned: Planned,
    *,
    attendant: Attendant,
    sink: Sink | None,
    tell: Callable[[Outcome | Check], None],
    begun: Callable[[Run], object] = lambda _: None,
    whole: bool = True,
) -> TenantResult:
    """Execute a plan, verify, and say what came of it.

    Args:
        planned: the plan, and what it was made from.
        attendant: brings steps to a person.
        sink: where a new token may go.
        tell: is told each outcome and check as it comes.
        begun: is told before anything is written, for `cut_off`.
        whole: whether all that changed is verified, or only the hand-over of tokens.
    """
    result, taken = planned.result, planned.snapshot
    if result.plan is None or taken is None or result.in_sync:
        return result
    run = Run(result.plan, taken, attendant, sink)
    begun(run)
    try:
        for outcome in apply(run):
            tell(outcome)
        verify(run, tell, whole=whole)
    except Refused as error:
        return replace(result, problems=error.problems, refused=True)
    except SetupError as error:
        error.within(result.tenant)
        return replace(_so_far(result, run), problems=error.problems)
    except KeyboardInterrupt:
        return cut_off(result, [run])
    except Exception:
        log.exception("%s: this is a bug of okta-scim-setup", result.tenant)
        return replace(
            result, outcomes=tuple(run.outcomes), problems=(bug(result.tenant),), bug=True
        )
    return replace(_so_far(result, run), visit=run.visit)


def _so_far(result: TenantResult, run: Run) -> TenantResult:
    return replace(result, outcomes=tuple(run.outcomes), checks=tuple(run.checks))


def cut_off(result: TenantResult, runs: Sequence[Run]) -> TenantResult:
    """The result of a tenant whose apply was interrupted: how far it came.

    Args:
        result: what was planned.
        runs: what `apply_tenant` told of, one at least; the last may be going on still, on a
            thread that doesn't end.
    """
    outcomes = tuple(outcome for run in runs for outcome in run.outcomes)
    checks = tuple(check for run in runs for check in run.checks)
    told = replace(result, outcomes=outcomes, checks=checks, visit=runs[-1].visit)
    return replace(told, problems=(_interrupted(runs, outcomes),), interrupted=True)


def _interrupted(runs: Sequence[Run], outcomes: Sequence[Outcome]) -> Problem:
    run = runs[-1]
    planned = sum(len(each.plan.pending) for each in runs)
    done = [outcome for outcome in outcomes if outcome.status == "done"]
    doubted, notes = run.under_way, list[tuple[Label, str]]()
    if done:
        notes.append(("but", f"done: {', '.join(str(outcome.address) for outcome in done)}"))
    do = "run the same command again, it goes on from there"
    if doubted is not None:
        notes.append(("but", f"{doubted.address} was under way and may have been done"))
        do = "run again: what is there is read first"
    return Problem(
        f"interrupted after {len(done)} of {planned} changes",
        (*notes, ("do", do)),
        tenant=run.plan.tenant,
    )
