"""Executes a plan for one tenant: writes, reads back, leaves to a person what only a person can do.

Additions first, removals last. A failure stops what depends on it and nothing else. A token is made
only when its way to Okta is open: through the API, or through a sink that the operator named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from okta_scim_setup.address import Address
from okta_scim_setup.basis import mark
from okta_scim_setup.engine import (
    Remaining,
    Snapshot,
    count_people,
    handed_to,
    headline,
    look_again,
    remaining,
)
from okta_scim_setup.errors import NotTaken, NotYet, OutcomeUnknown, SetupError, Unexpected
from okta_scim_setup.live import Live, ShownOnce
from okta_scim_setup.outcome import Outcome, Visit
from okta_scim_setup.plan import STATE, Action, Change, Difference, Plan
from okta_scim_setup.resource import Mutability
from okta_scim_setup.results import Check, Click
from okta_scim_setup.secret import Secret
from okta_scim_setup.sink import Sink
from okta_scim_setup.transport import Transport


class Attendant(Protocol):
    """Brings a visit to a person: waits for the clicks, or only says what they are."""

    def attend(self, visit: Visit, look: Remaining) -> bool:
        """Whether everything was seen done; a look that fails is no reason to end the visit."""


class Nobody:
    """Nobody is there to do clicks: they are reported at the end, and the next run picks up."""

    def attend(self, visit: Visit, look: Remaining) -> bool:
        """Nothing was seen done."""
        return False


NOBODY = Nobody()


@dataclass
class Run:
    """One tenant's apply, as far as it has come."""

    plan: Plan
    snapshot: Snapshot
    attendant: Attendant
    sink: Sink | None
    made: dict[Address, Live] = field(default_factory=dict)
    """What was just made, with the values that are shown once; reading again loses them."""
    placed: dict[Address, str] = field(default_factory=dict)
    """Where a token was put for the person."""
    unshown: set[Address] = field(default_factory=set)
    """What was put there for the visit that is next, and may not be looked at."""
    held_back: dict[Address, str] = field(default_factory=dict)
    """What others have to wait for, and why."""
    checks: list[Check] = field(default_factory=list)
    owed: set[Address] = field(default_factory=set)
    """What was made and is on its way to its receiver: it isn't left half way."""
    visit: Visit | None = None
    """What is left to a person."""

    @property
    def transport(self) -> Transport:
        """The run's way out."""
        found: Transport = next(iter(self.snapshot.apis.values())).transport
        return found


def apply(run: Run) -> Iterator[Outcome]:
    """Execute the plan in order, then what a visit made possible; yield each outcome at once."""
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
        yield from _conduct(run, visit)
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
        outcome = _execute(run, change)
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


def _execute(run: Run, change: Change) -> Outcome:
    """Execute *change*; what is intended is in the journal before, and what came of it after.

    Raises:
        KeyboardInterrupt: the run was stopped; not between a token's making and its hand-over.
    """
    if not run.owed:
        run.transport.heed()
    with run.transport.unbroken():
        return _noted(run, change)


def _noted(run: Run, change: Change) -> Outcome:
    about = {
        "address": str(change.address),
        "action": change.action.value,
        **_set(change, change.attributes),
    }
    run.snapshot.journal.note("intending", **about)
    outcome = _tried(run, change)
    run.snapshot.journal.note(outcome.status, **about)
    if outcome.status != "done":
        run.owed.clear()  # whoever was to receive it hasn't, and says so
    return outcome


def _set(change: Change, attributes: frozenset[str]) -> dict[str, str]:
    """What the journal keeps of attributes: names, and by what the same value is known again."""
    told = sorted((d for d in change.differences if d.attribute in attributes), key=_name)
    marks = ("" if d.mutability is Mutability.WRITE_ONLY else mark(d.after) for d in told)
    return {"attributes": ",".join(map(_name, told)), "declared": ",".join(marks)}


def _name(difference: Difference) -> str:
    return difference.attribute


def _tried(run: Run, change: Change) -> Outcome:
    try:
        _check_licences(run, change)
        _check_made(run, change)
        return _written(run, change)
    except OutcomeUnknown as error:
        return _looked_at(run, change) or _handed_over_again(run, change, error)
    except NotTaken as error:
        _take_back(run, change.address)
        return _failed(run, change, error)
    except NotYet as error:
        return Outcome(change.address, change.action, "waiting", str(error))
    except SetupError as error:
        return _failed(run, change, error)


def _failed(run: Run, change: Change, error: SetupError) -> Outcome:
    error.within(run.plan.tenant)
    return Outcome(change.address, change.action, "failed", str(error), problems=error.problems)


def _looked_at(run: Run, change: Change) -> Outcome | None:
    """A write without a usable answer: whether reading shows that it was done.

    What can't be read tells nothing, so whoever sends a write-only value looks for itself.
    """
    sent = {d.mutability for d in change.differences}
    if change.superfluous or Mutability.WRITE_ONLY in sent or change.address in run.made:
        return None
    try:
        left = look_again(run.snapshot, [change.address])
    except SetupError:
        return None
    if any(c.action not in (Action.NO_OP, Action.BY_HAND) for c in left):
        return None
    return Outcome(change.address, change.action, "done", "no answer came; read back, it is done")


def _handed_over_again(run: Run, change: Change, lost: OutcomeUnknown) -> Outcome:
    """What is handed over once more, the same value, where no answer came to the first time.

    Okta can be read, and time has passed: so what was made is looked at again. Whatever comes, the
    first time may have succeeded, so nothing is taken back.
    """
    try:
        if not _made_for(run, change.address):
            raise lost
        look_again(run.snapshot, [change.address])
        _check_made(run, change)
        return _written(run, change)
    except SetupError:
        return _failed(run, change, lost)


def _take_back(run: Run, receiver: Address) -> None:
    """Remove what was just made for *receiver*, which definitely didn't get it."""
    for address in _made_for(run, receiver):
        resource = run.snapshot.desired(run.snapshot.declaration(address)).resource
        made = run.made.pop(address)
        run.snapshot.live[address] = None
        resource.discard(run.snapshot.api(address), made)


def _check_made(run: Run, change: Change) -> None:
    """See that what was just made for it can still be handed over: time may have passed.

    Raises:
        NotTaken: it can't, and nobody got it.
    """
    if change.action is not Action.UPDATE:
        return
    for address in _made_for(run, change.address):
        resource = run.snapshot.desired(run.snapshot.declaration(address)).resource
        resource.check_made(run.snapshot.api(address), run.made[address])


def _received(run: Run, receiver: Address) -> None:
    """Note that *receiver* has what was just made for it."""
    for address in _made_for(run, receiver):
        run.owed.discard(address)
        resource = run.snapshot.desired(run.snapshot.declaration(address)).resource
        resource.received(run.snapshot.api(address), run.made[address])


def _made_for(run: Run, receiver: Address) -> frozenset[Address]:
    """What was just made and is shown once, that *receiver* refers to."""
    handed = run.snapshot.desired(run.snapshot.declaration(receiver)).handed.values()
    return frozenset(a for a in run.made.keys() & handed if _is_shown_once(run, a))


def _is_shown_once(run: Run, address: Address) -> bool:
    return type(run.snapshot.declaration(address).resource).SUPERSEDES


def _written(run: Run, change: Change) -> Outcome:
    snapshot, address = run.snapshot, change.address
    resource = snapshot.desired(snapshot.declaration(address)).resource
    api, live = snapshot.api(address), snapshot.live.get(address)
    match change.action:
        case Action.CREATE:
            return _create(run, change)
        case Action.REPLACE:
            if live is not None:
                resource.delete(api, live)
            return _create(run, change)
        case Action.UPDATE:
            if live is None:
                raise AssertionError("unreachable: what isn't there is created")
            now = snapshot.live[address] = resource.update(api, live, change.attributes)
            _received(run, address)
            said = ", ".join(d.attribute for d in change.differences if d.channel == "api")
            return Outcome(address, change.action, "done", _and_told(f"{said}; read back", now))
        case Action.DELETE:
            _check_released(run, address)
            if live is not None:
                resource.delete(api, live)
            snapshot.live[address] = None
            return Outcome(address, change.action, "done", "removed")
        case Action.RETIRE:
            if change.superfluous is None:
                raise AssertionError("unreachable: a retirement says what is superfluous")
            gone = change.superfluous.id
            resource.retire(api, change.superfluous)
            return Outcome(address, change.action, "done", f"{gone} retired", retired=gone)
        case _:
            raise AssertionError("unreachable: no-ops and steps for a person aren't executed")


def _check_released(run: Run, address: Address) -> None:
    """Look once more whether whoever was handed a value of *address* is seen to be off.

    Raises:
        Unexpected: somebody holds it still, so it isn't revoked.
    """
    holders = [d.address for d in run.snapshot.all_desired() if address in d.handed.values()]
    still = [c for c in look_again(run.snapshot, holders) if c.action is not Action.NO_OP]
    if still:
        raise Unexpected(
            f"{still[0].address} is on again, and may hold a value of {address}",
            ("do", "look at it in the console, then run again. Nothing was revoked."),
        )


def _check_licences(run: Run, change: Change) -> None:
    """Count once more whose licence would get smaller: what came before may have moved people.

    Raises:
        Unexpected: somebody's would who isn't in the plan.
    """
    resource = run.snapshot.declaration(change.address).resource
    if change.action is not Action.UPDATE or not resource.licences_by_scim():
        return
    for api in run.snapshot.apis.values():
        api.forget()
    counted = count_people(run.snapshot, run.snapshot.all_desired())
    planned = run.plan.census
    new = planned.new if planned else ()  # dbt gave them a Developer seat for the moment
    more = [
        str(each)
        for each in (counted.downgrades if counted else ())
        if each.email not in new and each not in (planned.downgrades if planned else ())
    ]
    if more:
        raise Unexpected(
            f"{len(more)} more would get a smaller licence in dbt Cloud than the plan says",
            *(("by", line) for line in more),
            ("do", "look at a new plan, then apply it. SCIM doesn't decide on licences yet."),
        )


def _create(run: Run, change: Change) -> Outcome:
    snapshot, address = run.snapshot, change.address
    resource = snapshot.desired(snapshot.declaration(address)).resource
    receivers = list(handed_to(snapshot, address))
    for_a_person = any(channel == "manual" for _, channel in receivers)
    if for_a_person and run.sink is None:
        return Outcome(address, change.action, "waiting", NO_SINK)
    fingerprint = next((w.resource.fingerprint() for w, _ in receivers), "0" * 8)
    api = snapshot.api(address)
    make = resource.make_for_a_person if for_a_person else resource.make
    live = make(api, fingerprint)
    # From here on it exists: recorded before anything else can fail.
    snapshot.live[address] = run.made[address] = live
    if for_a_person and run.sink:
        token = next((v for v in live.outputs.values() if isinstance(v, Secret)), None)
        if token is not None:
            resource.entrust(api, live)
            try:
                run.placed[address] = run.sink.put(run.plan.tenant, token)
                run.unshown.add(address)
            except SetupError:
                run.snapshot.live[address] = None
                resource.discard(api, run.made.pop(address))
                raise
    elif receivers:
        live = snapshot.live[address] = run.made[address] = resource.probe(api, live)
        run.owed.add(address)
    made = live.outputs.get("id") if receivers else None
    said = _and_told(resource.done(live), live)
    return Outcome(address, change.action, "done", said, made=made)


def _and_told(said: str, live: Live) -> str:
    return f"{said}; {live.told}" if live.told else said


FOR_A_PERSON = "the step for a person"

FOR_ITS_OWNER = "what another tool is to make first"

NO_SINK = "not made: say where its value may go, with --token-to terminal, file:PATH or cmd:COMMAND"


def _conduct(run: Run, changes: list[Change]) -> Iterator[Outcome]:
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
            about = _set(change, change.by_hand)
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
        resource = run.snapshot.desired(run.snapshot.declaration(address)).resource
        resource.discard(run.snapshot.api(address), run.made.pop(address))
        run.snapshot.live[address] = None
        run.placed.pop(address)


_NONE: frozenset[str] = frozenset()


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


def _skipped(run: Run, change: Change) -> Outcome:
    blockers = sorted(_blockers(run, change))
    why = {run.held_back[b] for b in blockers}
    waits = FOR_A_PERSON if why & {FOR_A_PERSON, NO_SINK} else ""
    waits = FOR_ITS_OWNER if FOR_ITS_OWNER in why and not waits else waits
    said = f"waits for {waits}" if waits else f"because of {blockers[0]}"
    return Outcome(change.address, change.action, "waiting" if waits else "skipped", said)


def verify(run: Run, tell: Callable[[Check], None], *, whole: bool = True) -> None:
    """Evidence from outside, once everything is set, with what apply was told.

    Args:
        run: what was done.
        tell: is told each answer.
        whole: of all that changed; or only of what is handed over, since people who come and go
            meanwhile say nothing about that.
    """
    changed = {
        change.address
        for change in run.plan.pending
        if change.action is not Action.RETIRE
        and (whole or any(handed_to(run.snapshot, change.address)))
    }
    touched = changed - run.held_back.keys()
    for declaration in run.snapshot.declared.resources:
        address = declaration.resource.address
        live = run.made.get(address) or run.snapshot.live.get(address)
        if address not in touched or live is None or declaration.absent:
            continue
        if any(
            receiver.address in run.held_back for receiver, _ in handed_to(run.snapshot, address)
        ):
            continue  # it wasn't handed over, so it can't have been used
        resource = run.snapshot.desired(declaration).resource
        for check in resource.verify(run.snapshot.api(address), live):
            _say(run, tell, check)
            if check.proves is not None:
                _keep_copy(run, tell, address)


def _say(run: Run, tell: Callable[[Check], None], check: Check) -> None:
    run.checks.append(check)
    tell(check)


def _keep_copy(run: Run, tell: Callable[[Check], None], address: Address) -> None:
    """Give a token that is proven to the sink as well; a sink that fails takes nothing back."""
    made = run.made.get(address)
    token = (
        next((v for v in made.outputs.values() if isinstance(v, Secret)), None) if made else None
    )
    if token is None or run.sink is None or not run.sink.keeps or address in run.placed:
        return
    title = "a copy is where --token-to says"
    try:
        _say(run, tell, Check(title, "passed", run.sink.put(run.plan.tenant, token)))
    except SetupError as error:
        _say(run, tell, Check(title, "skipped", f"{error}; Okta holds the token all the same"))
