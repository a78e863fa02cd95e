"""Makes the plan of what was read, and looks again at parts of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from okta_scim_setup.address import Address
from okta_scim_setup.basis import basis
from okta_scim_setup.comparison import compare
from okta_scim_setup.engine.counting import count_people, touching_people
from okta_scim_setup.engine.reading import read_in_order
from okta_scim_setup.engine.snapshot import Snapshot, handed_to
from okta_scim_setup.errors import Place
from okta_scim_setup.facts import APP
from okta_scim_setup.live import Live, ShownOnce, Unreadable
from okta_scim_setup.people import Census
from okta_scim_setup.plan import Action, Change, Desired, Plan
from okta_scim_setup.playbook import Declaration
from okta_scim_setup.results import Source

Remaining = Callable[[], Mapping[Address, frozenset[str]]]
"""Looks again: the attributes that are still not as declared, by resource."""


def make_plan(snapshot: Snapshot) -> Plan:
    """What would change; people and seats are read only when the plan touches them."""
    desired = snapshot.all_desired()
    changes = compare(desired, snapshot.live)
    kinds = touching_people(desired, changes)
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
        sources={d.address: _source(d, snapshot) for d in snapshot.declared.resources},
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
    again = asked | {ref.address for d in wanted for ref in d.refs.values()}
    read_in_order(snapshot, [d for d in snapshot.declared.resources if d.address in again])
    changes = compare(snapshot.all_desired(), snapshot.live)
    return tuple(c for c in changes if c.address in asked and c.action is not Action.RETIRE)
