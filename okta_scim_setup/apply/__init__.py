"""Executes a plan for one tenant: writes, reads back, leaves to a person what only a person can do.

Additions first, removals last. A failure stops what depends on it and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.address import Address
from okta_scim_setup.apply.execution import execute
from okta_scim_setup.apply.run import NOBODY, Attendant, Run
from okta_scim_setup.apply.verification import verify
from okta_scim_setup.apply.visit import conduct
from okta_scim_setup.engine import Snapshot, handed_to, look_again
from okta_scim_setup.outcome import FOR_A_PERSON, FOR_ITS_OWNER, NO_SINK, Outcome
from okta_scim_setup.plan import STATE, Action, Change, Plan
from okta_scim_setup.sink import Sink

__all__ = ["NOBODY", "Attendant", "Run", "apply", "fills", "verify"]


def apply(run: Run) -> Iterator[Outcome]:
    """Execute the plan in order, then what a visit made possible; yield each outcome at once."""
    for outcome in _applied(run):
        run.outcomes.append(outcome)
        run.under_way = None
        yield outcome


def _applied(run: Run) -> Iterator[Outcome]:
    _check_sink(run)
    for change in run.plan.elsewhere:
        if run.snapshot.live.get(change.address) is None:
            run.held_back[change.address] = FOR_ITS_OWNER
    todo = [c for c in run.plan.pending if not _removes(c)]
    # What depends on something goes before it.
    todo += [c for c in reversed(run.plan.pending) if _removes(c) and c.action is not Action.RETIRE]
    todo += [c for c in run.plan.pending if c.action is Action.RETIRE]
    while todo:
        visit: list[Change] = []
        later: list[Change] = []
        for change in todo:
            yield from _take(run, change, visit, later)
        if not visit:
            yield from (_skipped(run, change) for change in later)
            return
        yield from conduct(run, visit)
        for change in later:
            run.held_back.pop(change.address, None)
        todo = later


def _removes(change: Change) -> bool:
    return change.action in (Action.DELETE, Action.RETIRE) or change.by_hand == {STATE}


def _check_sink(run: Run) -> None:
    """Refuse a sink that can't take the token before anything is written."""
    if run.sink and fills(run.sink, run.plan, run.snapshot):
        run.sink.check(run.plan.tenant)


def fills(sink: Sink, plan: Plan, snapshot: Snapshot) -> bool:
    """Whether *plan* makes something whose value goes to *sink*: for a person, or as a copy."""
    return any(
        change.action is Action.CREATE and (channel == "manual" or sink.keeps)
        for change in plan.pending
        for _, channel in handed_to(snapshot, change.address)
    )


def _take(run: Run, change: Change, visit: list[Change], later: list[Change]) -> Iterator[Outcome]:
    """Execute *change*, or put it where it belongs: to the visit, or after it."""
    blockers = _blockers(run, change)
    if not blockers:
        change = _as_it_is_now(run, change)
    alike = {c.address for c in visit if _removes(c) == _removes(change)}
    in_one_visit = change.action is Action.BY_HAND and blockers <= alike
    if blockers and not in_one_visit:
        later.append(change)
        run.held_back[change.address] = run.held_back[min(blockers)]
    elif change.action is Action.BY_HAND:
        visit.append(change)
        if any(click.blocks for click in change.clicks):
            run.held_back[change.address] = FOR_A_PERSON
    else:
        outcome = execute(run, change)
        if outcome.status != "done":
            run.held_back[change.address] = outcome.detail
        elif change.by_hand:
            visit.append(change)
        yield outcome


def _as_it_is_now(run: Run, change: Change) -> Change:
    """*change*, or what there is to do instead where it was only foreseen and is there by now."""
    live = run.snapshot.live.get(change.address)
    if live is None or not live.foreseen:
        return change
    (now,) = look_again(run.snapshot, [change.address])
    return now


def _blockers(run: Run, change: Change) -> frozenset[Address]:
    if change.action is Action.RETIRE or not _removes(change):
        return change.depends_on & run.held_back.keys()
    removed = {c.address: c.depends_on for c in run.plan.pending if _removes(c)}
    added = {c.address for c in run.plan.pending} - removed.keys()
    # Removals come last: who was to keep a way in by an addition must have it before.
    return frozenset(
        a for a in run.held_back if a in added or change.address in removed.get(a, frozenset())
    )


def _skipped(run: Run, change: Change) -> Outcome:
    blockers = sorted(_blockers(run, change))
    why = {run.held_back[b] for b in blockers}
    waits = FOR_A_PERSON if why & {FOR_A_PERSON, NO_SINK} else ""
    waits = FOR_ITS_OWNER if FOR_ITS_OWNER in why and not waits else waits
    said = f"waits for {waits}" if waits else f"because of {blockers[0]}"
    return Outcome(change.address, change.action, "waiting" if waits else "skipped", said)
