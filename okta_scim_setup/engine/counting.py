"""Who is assigned, who is in the account, and who would come, go, or be able to do less."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from okta_scim_setup.address import Address
from okta_scim_setup.engine.snapshot import Snapshot
from okta_scim_setup.people import Census, Person, census
from okta_scim_setup.plan import Action, Change, Desired
from okta_scim_setup.resource import Resource


def touching_people(
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
