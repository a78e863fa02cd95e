"""Reads what is there, applies a plan, and verifies: the part that touches the world.

The order of work follows from references and ``depends_on``. What is independent is read side by
side; what is written is written one after the other, each write read back by its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from okta_scim_setup.address import Address, Ref
from okta_scim_setup.basis import basis
from okta_scim_setup.errors import ConfigError, Place, Problem, SetupError, Unexpected, Unreachable
from okta_scim_setup.journal import Journal
from okta_scim_setup.live import Live, ShownOnce, Unreadable
from okta_scim_setup.people import Census, Person, census
from okta_scim_setup.plan import Action, Change, Desired, Plan, plan
from okta_scim_setup.playbook import Declaration, Declared
from okta_scim_setup.resource import Mutability
from okta_scim_setup.results import Source

SIDE_BY_SIDE = 4
"""Reads of one tenant under way at once; Okta's concurrency limit is per org (facts: okta 4)."""

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
    return snapshot


def _expect(snapshot: Snapshot, declaration: Declaration) -> None:
    wanted = snapshot.desired(declaration)
    wanted.resource.expect(snapshot.api(wanted.address))


def _read_in_order(snapshot: Snapshot, declarations: Sequence[Declaration]) -> None:
    """Read as soon as everything referred to was read; who refers to a failure isn't read."""
    by_address = {d.resource.address: d for d in declarations}
    sorter: TopologicalSorter[Address] = TopologicalSorter(
        {a: _references(d) & set(by_address) for a, d in by_address.items()}
    )
    sorter.prepare()
    problems: list[Problem] = []
    under_way: dict[Future[Live | None], Address] = {}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        while sorter.is_active():
            for address in sorter.get_ready():
                under_way[pool.submit(copy_context().run, _read, snapshot, by_address[address])] = (
                    address
                )
            if not under_way:
                break
            for future in wait(under_way, LOOK_UP, FIRST_COMPLETED).done:
                address = under_way.pop(future)
                try:
                    snapshot.live[address] = future.result()
                except SetupError as error:
                    problems += _located(snapshot, by_address[address], error).problems
                else:
                    sorter.done(address)
    if problems:
        raise SetupError.of(_each_once(problems))


def _each_once(problems: Iterable[Problem]) -> list[Problem]:
    """What several resources ran into is said once."""
    return list({problem.title: problem for problem in reversed(list(problems))}.values())[::-1]


def _references(declaration: Declaration) -> set[Address]:
    return {ref.address for _, ref in declaration.resource.refs()}


def _read(snapshot: Snapshot, declaration: Declaration) -> Live | None:
    wanted = snapshot.desired(declaration)
    for attribute, _ in wanted.resource.refs():
        if type(wanted.resource).mutability(attribute) is not Mutability.WRITE_ONLY:
            return None  # what it belongs to does not exist, so neither does it
    return wanted.resource.read(snapshot.api(wanted.address))


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
    touched = _touches_people(desired, changes)
    counted = count_people(snapshot, desired) if touched else None
    made = plan_of(snapshot, changes)
    return replace(made, census=counted, uncounted=touched and counted is None)


def plan_of(snapshot: Snapshot, changes: Iterable[Change]) -> Plan:
    """The plan to make *changes*, which touch nobody, with what it was made from."""
    desired = snapshot.all_desired()
    there = [(d, live) for d in desired if (live := snapshot.live.get(d.address))]
    notes = [note for _, live in there for note in live.notes]
    return Plan(
        tenant=snapshot.declared.tenant.name,
        changes=tuple(changes),
        basis=basis(desired, snapshot.live),
        headline=_headline(snapshot, [t for d, live in there if (t := d.resource.headline(live))]),
        notes=(*notes, *_visits(snapshot, desired)),
        unseen=tuple(attribute for d, live in there for attribute in _unseen(d, live)),
        token_used=max((t for _, live in there for t in _uses(live)), default=None),
        sources={d.resource.address: _source(d, snapshot) for d in snapshot.declared.resources},
        seen=datetime.now(UTC),
    )


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


def _headline(snapshot: Snapshot, apps: Sequence[str]) -> tuple[str, ...]:
    okta_first = sorted(snapshot.apis, reverse=True)
    lines = [snapshot.apis[name].headline for name in okta_first]
    return (", ".join([lines[0], *apps]), *lines[1:]) if lines else ()


def _touches_people(desired: Sequence[Desired], changes: Iterable[Change]) -> bool:
    touched = {c.address for c in changes if c.action not in _TOUCHING_NOBODY}
    return any(d.resource.TOUCHES_PEOPLE and d.address in touched for d in desired)


_TOUCHING_NOBODY = (Action.NO_OP, Action.RETIRE, Action.ELSEWHERE)


def count_people(snapshot: Snapshot, desired: Sequence[Desired]) -> Census | None:
    """Who is assigned, who is in the account, and how they match; None if nothing can tell."""
    population = next(
        (p for d in desired if (p := d.resource.population(snapshot.api(d.address)))), None
    )
    if population is None:
        return None
    assigned: list[Person] = []
    for wanted in desired:
        if not wanted.absent:
            api, live = snapshot.api(wanted.address), snapshot.live.get(wanted.address)
            assigned += wanted.resource.people(api, live)
    leaving = _leaving(snapshot, desired)
    gone = {person.login for person in leaving}
    said = [d.resource.licences_by_scim() for d in desired if not d.absent]
    by_scim = next((each for each in said if each is not None), population.licences_by_scim)
    staying = [p for p in assigned if p.login not in gone]
    return census(staying, leaving, population, licences_by_scim=by_scim)


def _leaving(snapshot: Snapshot, desired: Sequence[Desired]) -> list[Person]:
    removed = [(d, live) for d in desired if d.absent and (live := snapshot.live.get(d.address))]
    gone = frozenset(str(live.outputs.get("id")) for _, live in removed)
    return [
        person
        for wanted, live in removed
        for person in wanted.resource.losing(snapshot.api(wanted.address), live, gone)
    ]


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
    for wanted in snapshot.all_desired():
        for attribute, ref in wanted.refs.items():
            write_only = type(wanted.resource).mutability(attribute) is Mutability.WRITE_ONLY
            if ref.address == address and write_only and not wanted.absent:
                live = snapshot.live.get(wanted.address)
                yield wanted, wanted.resource.channel(attribute, live)
