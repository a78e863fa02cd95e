"""Executes one change: written, read back, and what becomes of a write without a usable answer.

A token is made only when its way to Okta is open: through the API, or through a sink that the
operator named.
"""

from __future__ import annotations

from okta_scim_setup.address import Address
from okta_scim_setup.apply.run import Run
from okta_scim_setup.basis import mark
from okta_scim_setup.engine import (
    count_people,
    handed_to,
    look_again,
)
from okta_scim_setup.errors import NotTaken, NotYet, OutcomeUnknown, SetupError, Unexpected
from okta_scim_setup.live import Live
from okta_scim_setup.outcome import NO_SINK, Outcome
from okta_scim_setup.plan import Action, Change, Difference
from okta_scim_setup.resource import Mutability
from okta_scim_setup.secret import Secret


def execute(run: Run, change: Change) -> Outcome:
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
        **marks(change, change.attributes),
    }
    run.snapshot.journal.note("intending", **about)
    run.under_way = change
    outcome = _tried(run, change)
    run.snapshot.journal.note(outcome.status, **about)
    if outcome.status != "done":
        run.owed.clear()  # whoever was to receive it hasn't, and says so
    return outcome


def marks(change: Change, attributes: frozenset[str]) -> dict[str, str]:
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
    shown_once = change.address in run.made or _is_shown_once(run, change.address)
    if change.superfluous or Mutability.WRITE_ONLY in sent or shown_once:
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
        resource = run.snapshot.resource(address)
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
        resource = run.snapshot.resource(address)
        resource.check_made(run.snapshot.api(address), run.made[address])


def _received(run: Run, receiver: Address) -> None:
    """Note that *receiver* has what was just made for it."""
    for address in _made_for(run, receiver):
        run.owed.discard(address)
        resource = run.snapshot.resource(address)
        resource.received(run.snapshot.api(address), run.made[address])


def _made_for(run: Run, receiver: Address) -> frozenset[Address]:
    """What was just made and is shown once, that *receiver* refers to."""
    handed = run.snapshot.desired(run.snapshot.declaration(receiver)).handed.values()
    return frozenset(a for a in run.made.keys() & handed if _is_shown_once(run, a))


def _is_shown_once(run: Run, address: Address) -> bool:
    return type(run.snapshot.declaration(address).resource).SUPERSEDES


def _written(run: Run, change: Change) -> Outcome:
    snapshot, address = run.snapshot, change.address
    resource = snapshot.resource(address)
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
            told = resource.delete(api, live) if live is not None else None
            snapshot.live[address] = None
            said = f"removed; {told}" if told else "removed"
            return Outcome(address, change.action, "done", said)
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
    resource = snapshot.resource(address)
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
