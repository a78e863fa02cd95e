"""Reads what is there, applies a plan, and verifies: the part that touches the world.

The order of work follows from references and ``depends_on``. What is independent is read side by
side; what is written is written one after the other, each write read back by its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from okta_scim_setup.address import Address, Ref
from okta_scim_setup.basis import basis
from okta_scim_setup.errors import ConfigError, Place, Problem, SetupError, Unexpected, Unreachable
from okta_scim_setup.facts import APP
from okta_scim_setup.journal import Journal
from okta_scim_setup.live import Live, ShownOnce, Unreadable
from okta_scim_setup.people import Census, Person, census
from okta_scim_setup.plan import Action, Change, Desired, Plan, plan
from okta_scim_setup.playbook import Declaration, Declared
from okta_scim_setup.resource import Mutability, Resource
from okta_scim_setup.results import Reading, Source
from okta_scim_setup.traffic import readings
from okta_scim_setup.traffic.side_by_side import side_by_side

LOOK_UP = 0.5
"""Seconds between two moments in which a thread that waits for others heeds a signal."""

Apis = Mapping[str, Any]
"""One connection for each provider's name."""


@dataclass
class Snapshot:
    """What was declared for a tenant and what was found; apply keeps it current."""

    declared: Declared
    apis: Apis
    live: dict[Address, Live | None] = field(default_factory=dict)
    readings: dict[Address, tuple[Reading, ...]] = field(default_factory=dict)
    """The requests by which each resource was read."""
    journal: Journal = field(default_factory=Journal)
    """What earlier runs meant to do for the tenant, and this one does."""

    def api(self, address: Address) -> Any:
        """The connection that a resource's kind works with."""
        return self.apis[address.provider]

    def declaration(self, address: Address) -> Declaration:
        """What was declared under *address*."""
        return next(d for d in self.declared.resources if d.resource.address == address)

    def desired(self, declaration: Declaration) -> Desired:
        """The declaration with the references filled in that are known by now."""
        refs = dict(declaration.resource.refs())
        known = {
            attribute: value
            for attribute, ref in refs.items()
            if (value := self._output(ref)) is not None
        }
        try:
            resource = declaration.resource.resolved(known)
        except ValidationError as error:
            raise _unfit(self, declaration, error) from None
        return Desired(
            resource,
            refs,
            declaration.depends_on,
            declaration.absent,
            declaration.owner,
            declaration.protected,
        )

    def all_desired(self) -> tuple[Desired, ...]:
        """Every resource, in the order of work."""
        return tuple(self.desired(declaration) for declaration in self.declared.resources)

    def _output(self, ref: Ref) -> Any:
        live = self.live.get(ref.address)
        return None if live is None else live.outputs.get(ref.output)


def _unfit(snapshot: Snapshot, declaration: Declaration, error: ValidationError) -> ConfigError:
    """A reference leads to something that the attribute can't take."""
    attribute = str(error.errors(include_input=False)[0]["loc"][0])
    ref = dict(declaration.resource.refs()).get(attribute)
    return ConfigError(
        f"{declaration.resource.address}: {attribute} can't be {ref}",
        ("from", snapshot.declared.where(declaration)),
        ("do", f"okta-scim-setup kinds {declaration.resource.kind} says what it takes"),
        tenant=snapshot.declared.tenant.name,
    )


def read(declared: Declared, apis: Apis, journal: Journal | None = None) -> Snapshot:
    """Read every declared resource, what is independent side by side.

    Args:
        declared: what is wanted.
        apis: what to read from.
        journal: the tenant's; by default nothing is known.

    Raises:
        SetupError: something couldn't be read; all problems at once.
    """
    snapshot = Snapshot(declared, apis, journal=journal or Journal())
    for declaration in declared.resources:
        _expect(snapshot, declaration)
    _read_in_order(snapshot, declared.resources)
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
        for _, ref in declaration.resource.refs():
            if ref.address == address:
                yield ref.output


def _read_in_order(snapshot: Snapshot, declarations: Sequence[Declaration]) -> None:
    """Read as soon as everything referred to was read; who refers to a failure isn't read."""
    by_address = {d.resource.address: d for d in declarations}
    sorter: TopologicalSorter[Address] = TopologicalSorter(
        {a: _references(d) & set(by_address) for a, d in by_address.items()}
    )
    sorter.prepare()
    problems: list[Problem] = []
    under_way: dict[Future[Live | None], Address] = {}
    ready: list[Address] = []
    known: set[str] = set()
    with side_by_side() as begin:
        while sorter.is_active():
            ready += sorter.get_ready()
            for address in _begun_now(ready, known, {a.kind for a in under_way.values()}):
                ready.remove(address)
                under_way[begin(_read, snapshot, by_address[address])] = address
            if not under_way:
                break
            for future in wait(under_way, LOOK_UP, FIRST_COMPLETED).done:
                address = under_way.pop(future)
                known.add(address.kind)
                try:
                    snapshot.live[address] = future.result()
                except SetupError as error:
                    problems += _located(snapshot, by_address[address], error).problems
                else:
                    sorter.done(address)
    if problems:
        raise SetupError.of(_each_once(problems))


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
    return {ref.address for _, ref in declaration.resource.refs()}


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
    with readings.noted() as noted:
        found = wanted.resource.left_over(api) if declaration.absent else wanted.resource.read(api)
    snapshot.readings[wanted.address] = tuple(dict.fromkeys(noted))
    return found


def _located(snapshot: Snapshot, declaration: Declaration, error: SetupError) -> SetupError:
    """The error with where the resource, and the tenant's variable in it, were written."""
    tenant = snapshot.declared.tenant
    provider = declaration.resource.address.provider
    if isinstance(error, Unreachable):  # the service, whichever resource asked first
        where = f"{tenant.places.place_of((provider,))} {provider}"
    elif isinstance(error, Unexpected) and error.status == HTTPStatus.UNAUTHORIZED:
        where = f"{tenant.places.place_of((provider, 'token'))} {provider}"
    else:
        where = snapshot.declared.where(declaration)
    return error.within(tenant.name, ("from", where))


def make_plan(snapshot: Snapshot) -> Plan:
    """What would change; people and seats are read only when the plan touches them."""
    desired = snapshot.all_desired()
    changes = plan(desired, snapshot.live)
    kinds = _touching_people(desired, changes)
    stay = not any(kind.TOUCHES_LICENCES for kind in kinds)
    touched = bool(kinds)
    counted = count_people(snapshot, desired, licences_stay=stay) if touched else None
    made = plan_of(snapshot, arranged(desired, changes, counted))
    return replace(
        made,
        census=counted,
        uncounted=touched and counted is None,
        apart=tuple(_apart(snapshot, desired)) if touched else (),
    )


def _apart(snapshot: Snapshot, desired: Sequence[Desired]) -> Iterator[str]:
    """What the two ends should have in common and haven't; each said once."""
    first: dict[str, tuple[Address, str]] = {}
    told: set[str] = set()
    for wanted in desired:
        live = snapshot.live.get(wanted.address)
        if wanted.absent:
            continue
        for what, value in wanted.resource.mates(snapshot.api(wanted.address), live).items():
            other, theirs = first.setdefault(what, (wanted.address, value))
            if value != theirs and what not in told:
                told.add(what)
                yield f'{other} has the {what} "{theirs}", {wanted.address} has "{value}"'


def arranged(
    desired: Sequence[Desired], changes: Sequence[Change], counted: Census | None
) -> list[Change]:
    """*changes* in order; what changes nobody's licence goes before people arrive with theirs."""
    order = list(changes)
    if counted is None or counted.licences:
        return order
    kinds = {d.address: type(d.resource) for d in desired}
    for change in changes:
        later = frozenset(kinds[change.address].YIELDS_TO)
        if not later or change.action is not Action.UPDATE:
            continue
        needed = frozenset(a for a in change.depends_on if a.kind not in later)
        order.remove(change)
        place = max((n + 1 for n, c in enumerate(order) if c.address in needed), default=0)
        order.insert(place, replace(change, depends_on=needed))
    return order


def plan_of(snapshot: Snapshot, changes: Iterable[Change]) -> Plan:
    """The plan to make *changes*, which touch nobody, with what it was made from."""
    desired = snapshot.all_desired()
    there = [(d, live) for d in desired if (live := snapshot.live.get(d.address))]
    notes = [note for _, live in there for note in live.notes]
    return Plan(
        tenant=snapshot.declared.tenant.name,
        changes=tuple(changes),
        basis=basis(desired, snapshot.live),
        headline=headline(snapshot),
        notes=(*notes, *_visits(snapshot, desired)),
        entails=tuple(e for d, live in there if not (d.absent or d.owner) for e in live.entails),
        unseen=tuple(attribute for d, live in there for attribute in _unseen(d, live)),
        token_used=max((t for _, live in there for t in _uses(live)), default=None),
        sources={d.resource.address: _source(d, snapshot) for d in snapshot.declared.resources},
        seen=datetime.now(UTC),
        readings=dict(snapshot.readings),
        unread=frozenset(d.address for d in desired) - snapshot.readings.keys(),
        log_targets={d.address: _log_targets(d, snapshot) for d in desired},
        declared={wanted.address: wanted.declared for wanted in desired},
    )


def _log_targets(wanted: Desired, snapshot: Snapshot) -> frozenset[str]:
    """What the services' logs call a resource: as it says, else the app that it is."""
    live = snapshot.live.get(wanted.address)
    own = str(live.outputs.get("id", "")) if live else ""
    return wanted.resource.log_targets() or frozenset({own} if own.startswith(APP) else ())


def _source(declaration: Declaration, snapshot: Snapshot) -> Source:
    """Where a resource, its attributes and the variables in it were written."""
    origins = (Place.leading(origin) for origin in declaration.origins)
    return Source(
        declaration.place,
        {name: declaration.places.place_of((name,)) for name in declaration.places.children},
        tuple(place for place in origins if place),
        snapshot.declared.tenant.place,
    )


def _visits(snapshot: Snapshot, desired: Iterable[Desired]) -> Iterator[str]:
    """How often a year a person is asked to come because something falls due by its age."""
    for wanted in desired:
        a_year = wanted.resource.renewals()
        by_hand = any(channel == "manual" for _, channel in handed_to(snapshot, wanted.address))
        if a_year and by_hand:
            yield f"{wanted.address}: max_age means {a_year:.1f} visits a year by a person"


def _unseen(wanted: Desired, live: Live) -> Iterator[str]:
    """What no API shows and a person entered."""
    for attribute, value in live.values.items():
        by_hand = wanted.resource.channel(attribute, live) == "manual"
        if by_hand and isinstance(value, Unreadable):
            yield attribute


def _uses(live: Live) -> Iterator[datetime]:
    for value in live.outputs.values():
        if isinstance(value, ShownOnce) and value.used:
            yield value.used


def headline(snapshot: Snapshot) -> tuple[str, ...]:
    """Which org, app and account it is about, as far as they are there."""
    there = ((d, live) for d in snapshot.all_desired() if (live := snapshot.live.get(d.address)))
    apps = [told for wanted, live in there if (told := wanted.resource.headline(live))]
    okta_first = sorted(snapshot.apis, reverse=True)
    lines = [snapshot.apis[name].headline for name in okta_first]
    return (", ".join([lines[0], *apps]), *lines[1:]) if lines else ()


def _touching_people(
    desired: Sequence[Desired], changes: Iterable[Change]
) -> frozenset[type[Resource]]:
    """The kinds of those changes by which people may come, go, or be able to do less."""
    actions = {c.address: c.action for c in changes if c.action not in _TOUCHING_NOBODY}
    return frozenset(
        type(d.resource)
        for d in desired
        if d.resource.TOUCHES_PEOPLE
        and d.address in actions
        and (d.resource.MAKING_TOUCHES_PEOPLE or actions[d.address] is not Action.CREATE)
    )


_TOUCHING_NOBODY = (Action.NO_OP, Action.RETIRE, Action.ELSEWHERE)


def count_people(
    snapshot: Snapshot, desired: Sequence[Desired], *, licences_stay: bool = False
) -> Census | None:
    """Who is assigned, who is in the account, and how they match; None if nothing can tell.

    *licences_stay*: nothing that is done can change the licence of who is there.
    """
    population = next(
        (p for d in desired if (p := d.resource.population(snapshot.api(d.address)))), None
    )
    if population is None:
        return None
    assigned: list[Person] = []
    for wanted in desired:
        api, live = snapshot.api(wanted.address), snapshot.live.get(wanted.address)
        stays = live is not None if wanted.owner else not wanted.absent
        assigned += wanted.resource.people(api, live) if stays else ()
    arriving = {p.login for p in _arriving(snapshot, desired)}
    losing = {
        address: [p for p in some if p.login not in arriving]
        for address, some in _leaving(snapshot, desired)
    }
    leaving = [person for some in losing.values() for person in some]
    gone = {person.login for person in leaving}
    said = [d.resource.licences_by_scim() for d in desired if not d.absent and not d.owner]
    by_scim = next((each for each in said if each is not None), population.licences_by_scim)
    staying = [p for p in assigned if p.login not in gone]
    shut = [d.resource.only_by_sso() for d in desired if not d.absent and not d.owner]
    counted = census(
        staying,
        leaving,
        population,
        licences_by_scim=by_scim,
        disarmed=_disarmed(snapshot, desired),
        only_by_sso=any(shut),
        licences_stay=licences_stay,
    )
    numbers = {
        str(address): len({p.login for p in some} & set(counted.deactivated))
        for address, some in losing.items()
    }
    return replace(counted, through={address: n for address, n in numbers.items() if n})


def _disarmed(snapshot: Snapshot, desired: Sequence[Desired]) -> frozenset[str]:
    """Groups of the account whose people administer it no more after the plan."""
    found = ((d, snapshot.live.get(d.address)) for d in desired if not d.owner)
    return frozenset(
        group
        for wanted, live in found
        if live is not None
        for group in wanted.resource.disarms(live, absent=wanted.absent)
    )


def _arriving(snapshot: Snapshot, desired: Sequence[Desired]) -> Iterator[Person]:
    """Who gets a way in by what is made; removals wait until it is."""
    for wanted in desired:
        if snapshot.live.get(wanted.address) is None and not (wanted.absent or wanted.owner):
            yield from wanted.resource.people(snapshot.api(wanted.address), None)


def _leaving(
    snapshot: Snapshot, desired: Sequence[Desired]
) -> Iterator[tuple[Address, list[Person]]]:
    """Who loses the last way in by each of what is removed."""
    ours = [d for d in desired if d.absent and not d.owner]
    removed = [(d, live) for d in ours if (live := snapshot.live.get(d.address))]
    gone = frozenset(str(live.outputs.get("id")) for _, live in removed)
    for wanted, live in removed:
        api = snapshot.api(wanted.address)
        yield wanted.address, list(wanted.resource.losing(api, live, gone))


Remaining = Callable[[], Mapping[Address, frozenset[str]]]
"""Looks again: the attributes that are still not as declared, by resource."""


def remaining(snapshot: Snapshot, addresses: Iterable[Address]) -> dict[Address, frozenset[str]]:
    """Read *addresses* and what they refer to afresh; which attributes are left to a person."""
    return {change.address: change.by_hand for change in look_again(snapshot, addresses)}


def look_again(snapshot: Snapshot, addresses: Iterable[Address]) -> tuple[Change, ...]:
    """Read *addresses* and what they refer to afresh; what is still to be done with them.

    Raises:
        SetupError: something couldn't be read.
    """
    for api in snapshot.apis.values():
        api.forget()
    asked = set(addresses)
    wanted = [snapshot.declaration(address) for address in asked]
    again = asked | {ref.address for d in wanted for _, ref in d.resource.refs()}
    _read_in_order(
        snapshot, [d for d in snapshot.declared.resources if d.resource.address in again]
    )
    changes = plan(snapshot.all_desired(), snapshot.live)
    return tuple(c for c in changes if c.address in asked and c.action is not Action.RETIRE)


def handed_to(snapshot: Snapshot, address: Address) -> Iterator[tuple[Desired, str]]:
    """Whoever is handed a value of *address* that is shown once, and through which channel."""
    if not type(snapshot.declaration(address).resource).SUPERSEDES:
        return
    for wanted in snapshot.all_desired():
        for attribute, handed in wanted.handed.items():
            if handed == address and not wanted.absent:
                live = snapshot.live.get(wanted.address)
                yield wanted, wanted.resource.channel(attribute, live)
