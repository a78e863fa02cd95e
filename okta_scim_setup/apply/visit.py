"""One visit of a person, for all that has no API: what is asked, and what was seen done of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from okta_scim_setup.address import Address
from okta_scim_setup.apply.execution import marks
from okta_scim_setup.apply.run import Run
from okta_scim_setup.engine import (
    headline,
    remaining,
)
from okta_scim_setup.errors import SetupError
from okta_scim_setup.live import ShownOnce
from okta_scim_setup.outcome import Outcome, Visit
from okta_scim_setup.plan import Action, Change
from okta_scim_setup.results import Click

_NONE: frozenset[str] = frozenset()


def conduct(run: Run, changes: list[Change]) -> Iterator[Outcome]:
    """One visit for all that only a person can do; what was seen done holds nobody back."""
    visit = Visit(
        run.plan.tenant,
        tuple(
            sorted(
                ((c.address, _with_token(run, c, click)) for c in changes for click in c.clicks),
                key=lambda pair: pair[1].order,
            )
        ),
        headline(run.snapshot),  # with an app that was just made
    )
    addresses = [change.address for change in changes]
    try:
        done = run.attendant.attend(visit, lambda: remaining(run.snapshot, addresses))
    finally:
        _discard_unshown(run)
    left, unseen = ({}, "") if done else _left(run, changes)
    for change in changes:
        undone = left.get(change.address)
        if undone:
            said = f"for a person{unseen}"
            yield Outcome(change.address, Action.BY_HAND, "waiting", said, by_hand=True)
        else:
            run.held_back.pop(change.address, None)
            about = marks(change, change.by_hand)
            run.snapshot.journal.note("seen done", address=str(change.address), **about)
            yield Outcome(change.address, Action.BY_HAND, "done", "seen done", by_hand=True)
    if left:
        run.visit = replace(
            visit, clicks=tuple(p for p in visit.clicks if p[1].attributes & left.get(p[0], _NONE))
        )


def _left(run: Run, changes: list[Change]) -> tuple[Mapping[Address, frozenset[str]], str]:
    """What is left to a person, and why that couldn't be looked at, in which case all of it is."""
    try:
        return remaining(run.snapshot, [change.address for change in changes]), ""
    except SetupError as error:
        return {c.address: c.by_hand for c in changes}, f"; couldn't look again: {error}"


def _discard_unshown(run: Run) -> None:
    """A token that was made for a person and never looked at is of no use to anybody."""
    unshown, run.unshown = run.unshown, set()
    if run.sink is None or not run.sink.forget(run.plan.tenant):
        return
    for address in unshown:
        resource = run.snapshot.resource(address)
        resource.discard(run.snapshot.api(address), run.made.pop(address))
        run.snapshot.live[address] = None
        run.placed.pop(address)


def _with_token(run: Run, change: Change, click: Click) -> Click:
    """*click* with where the person finds the token."""
    if not click.secret:
        return click
    where = _where(run, change)
    return replace(
        click,
        fields=tuple((k, where if k == click.secret else v) for k, v in click.fields),
    )


def _where(run: Run, change: Change) -> str:
    for _, ref in run.snapshot.declaration(change.address).resource.refs():
        if ref.address in run.placed:
            return run.placed[ref.address]
        live = run.snapshot.live.get(ref.address)
        token = live.outputs.get(ref.output) if live else None
        if isinstance(token, ShownOnce):
            made = f"{token.made:%Y-%m-%d %H:%M} UTC"
            lost = "lost? okta-scim-setup rotate --new-token --token-to makes another"
            return f"token {token.id}, made {made} and not used yet ({lost})"
    return "a token that isn't made yet: see --token-to"
