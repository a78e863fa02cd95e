"""Reads every declared resource in the order of references; what is independent, side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from graphlib import TopologicalSorter
from http import HTTPStatus

from okta_scim_setup.address import Address
from okta_scim_setup.engine.snapshot import Apis, Snapshot, handed_to
from okta_scim_setup.errors import Problem, SetupError, Unexpected, Unreachable
from okta_scim_setup.journal import Journal
from okta_scim_setup.live import Live
from okta_scim_setup.playbook import Declaration, Declared
from okta_scim_setup.resource import Mutability
from okta_scim_setup.traffic import readings
from okta_scim_setup.traffic.side_by_side import AT_ONCE, in_hands, side_by_side

LOOK_UP = 0.5
"""Seconds between two moments in which a thread that waits for others heeds a signal."""


def read(
    declared: Declared,
    apis: Apis,
    journal: Journal | None = None,
    ahead: Sequence[Callable[[], object]] = (),
) -> Snapshot:
    """Read every declared resource, what is independent side by side.

    Args:
        declared: what is wanted.
        apis: what to read from.
        journal: the tenant's; by default nothing is known.
        ahead: what will be read after this; begun meanwhile.

    Raises:
        SetupError: something couldn't be read; all problems at once.
    """
    snapshot = Snapshot(declared, apis, journal=journal or Journal())
    for declaration in declared.resources:
        _expect(snapshot, declaration)
    read_in_order(snapshot, declared.resources, ahead)
    _ask_receivers(snapshot)
    return snapshot


def _ask_receivers(snapshot: Snapshot) -> None:
    """Where only the receiver's own log can show that a value is in use, let it tell.

    A log that can't be read tells nothing: then the old value stays. Nor does one of what isn't
    there yet.
    """
    for wanted in snapshot.all_desired():
        api = snapshot.api(wanted.address)
        if wanted.absent or snapshot.live.get(wanted.address) is None:
            continue
        asked = tuple(wanted.resource.questions(api))
        for receiver, _ in handed_to(snapshot, wanted.address) if asked else ():
            here = snapshot.live.get(receiver.address)
            if here is None or here.foreseen:
                continue
            with suppress(SetupError):
                theirs = snapshot.api(receiver.address)
                calls = (receiver.resource.called(theirs, here, at) for at in asked)
                for called in filter(None, calls):
                    wanted.resource.witness(api, called)
                snapshot.live[wanted.address] = wanted.resource.read(api)
                # What was heard may cast doubt on what the receiver holds.
                told = _read(snapshot, snapshot.declaration(receiver.address))
                snapshot.live[receiver.address] = told


def _expect(snapshot: Snapshot, declaration: Declaration) -> None:
    wanted = snapshot.desired(declaration)
    api = snapshot.api(wanted.address)
    wanted.resource.expect(api)
    wanted.resource.asked_for(api, frozenset(_outputs_asked_for(snapshot, wanted.address)))


def _outputs_asked_for(snapshot: Snapshot, address: Address) -> Iterator[str]:
    """The outputs of *address* that others refer to."""
    for declaration in snapshot.declared.resources:
        for ref in declaration.refs.values():
            if ref.address == address:
                yield ref.output


def read_in_order(
    snapshot: Snapshot,
    declarations: Sequence[Declaration],
    ahead: Sequence[Callable[[], object]] = (),
) -> None:
    """Read as soon as everything referred to was read; who refers to a failure isn't read."""
    by_address = {d.address: d for d in declarations}
    sorter: TopologicalSorter[Address] = TopologicalSorter(
        {
            a: (_references(d) | _of_receivers(snapshot, d)) & by_address.keys()
            for a, d in by_address.items()
        }
    )
    sorter.prepare()
    problems: list[Problem] = []
    under_way: dict[Future[Live | None], Address] = {}
    ready: list[Address] = []
    known: set[str] = set()
    # Half of a tenant's threads; the others read what is declared meanwhile.
    hands, enough = in_hands(ahead, max(1, AT_ONCE.get() // 2)), threading.Event()
    with side_by_side() as begin:
        while sorter.is_active():
            ready += sorter.get_ready()
            for address in _begun_now(ready, known, {a.kind for a in under_way.values()}):
                ready.remove(address)
                under_way[begin(_read, snapshot, by_address[address])] = address
            while hands:
                begin(_read_ahead, hands.pop(), enough)
            if not under_way:
                break
            for future in wait(under_way, LOOK_UP, FIRST_COMPLETED).done:
                address = under_way.pop(future)
                known.add(address.kind)
                try:
                    snapshot.live[address] = future.result()
                except SetupError as error:
                    problems += _located(snapshot, by_address[address], error).problems
                    enough.set()
                else:
                    sorter.done(address)
    if problems:
        raise SetupError.of(_each_once(problems))


def _read_ahead(calls: Iterable[Callable[[], object]], enough: threading.Event) -> None:
    """One after the other, until one fails: whoever needs it asks for it again, and tells why.

    Args:
        calls: what is read.
        enough: set where the tenant can't be read anyhow.
    """
    with suppress(SetupError):
        for call in calls:
            if enough.is_set():
                return
            call()


def _begun_now(ready: Iterable[Address], known: set[str], begun: set[str]) -> list[Address]:
    """One of each kind first: those of a kind are read from one list, and would all wait for it.

    Args:
        ready: what could be read.
        known: kinds of which one was read.
        begun: kinds of which one is being read.
    """
    found = []
    for address in ready:
        if address.kind in known or address.kind not in begun:
            found.append(address)
            begun = begun | {address.kind}
    return found


def _each_once(problems: Iterable[Problem]) -> list[Problem]:
    """What several resources ran into is said once."""
    return list({problem.title: problem for problem in reversed(list(problems))}.values())[::-1]


def _references(declaration: Declaration) -> set[Address]:
    return {ref.address for ref in declaration.refs.values()}


def _of_receivers(snapshot: Snapshot, declaration: Declaration) -> set[Address]:
    """What tells whose it is that *declaration* makes: what its receivers belong to."""
    address = declaration.address
    found: set[Address] = set()
    for receiver in _receivers(snapshot, declaration):
        found |= _references(receiver) - {address}
    return {each for each in found if not _leads_to(snapshot, each, address)}


def _leads_to(snapshot: Snapshot, begin: Address, end: Address) -> bool:
    """Whether *begin* refers to *end*, by whatever way; references go round nowhere."""
    found = _references(snapshot.declaration(begin))
    return end in found or any(_leads_to(snapshot, each, end) for each in found)


def _receivers(snapshot: Snapshot, declaration: Declaration) -> list[Declaration]:
    """Who is handed a value of it that is shown once, absent or not, and refers to nothing else."""
    address = declaration.address
    if not type(declaration.resource).SUPERSEDES:
        return []
    asking = [
        (each, {name for name, ref in each.refs.items() if ref.address == address})
        for each in snapshot.declared.resources
    ]
    return [d for d, names in asking if names and names <= snapshot.desired(d).handed.keys()]


def _read(snapshot: Snapshot, declaration: Declaration) -> Live | None:
    wanted = snapshot.desired(declaration)
    api = snapshot.api(wanted.address)
    kind = type(wanted.resource)
    for attribute, _ in wanted.resource.refs():
        if not kind.STANDS_ALONE and kind.mutability(attribute) is not Mutability.WRITE_ONLY:
            # What it belongs to does not exist, so neither does it.
            if declaration.absent:
                return None
            wanted.resource.check_named(api)
            return wanted.resource.foreseen()
    receivers = _receivers(snapshot, declaration)
    if receivers:
        marks = (snapshot.desired(each).resource.fingerprint() for each in receivers)
        wanted.resource.held_by(api, frozenset(marks))
    with readings.noted() as noted:
        found = wanted.resource.left_over(api) if declaration.absent else wanted.resource.read(api)
    snapshot.readings[wanted.address] = tuple(dict.fromkeys(noted))
    return found


def _located(snapshot: Snapshot, declaration: Declaration, error: SetupError) -> SetupError:
    """The error with where the resource, and the tenant's variable in it, were written."""
    tenant = snapshot.declared.tenant
    provider = declaration.address.provider
    if isinstance(error, Unreachable):  # the service, whichever resource asked first
        where = f"{tenant.places.place_of((provider,))} {provider}"
    elif isinstance(error, Unexpected) and error.status == HTTPStatus.UNAUTHORIZED:
        where = f"{tenant.places.place_of((provider, 'token'))} {provider}"
    else:
        where = snapshot.declared.where(declaration)
    return error.within(tenant.name, ("from", where))
