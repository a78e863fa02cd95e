"""Whom a plan touches: people and seats, before and after. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

DEFAULT_LICENCE = "developer"
"""dbt gives a new user a Developer seat (facts: dbt 1.8)."""

READ_ONLY = "read_only"
"""The licence that lets nobody administer (facts: dbt 2.4)."""

LICENCE = "licenseType"
"""The attribute that dbt takes the licence from (facts: dbt 1.8)."""

SIZES: Mapping[str, int] = {"developer": 3, "analyst": 2, "it": 2, "read_only": 1}
"""What a licence allows, roughly; one that isn't known is the least."""


@dataclass(frozen=True, order=True)
class Person:
    """Somebody who signs in through the identity provider."""

    login: str
    """What the application is told as user name; dbt wants the e-mail, exactly (facts: dbt 1.6)."""
    linked: bool = True
    """Whether the identity provider knows this person's id in the application."""
    licence: str | None = field(default=None, compare=False)
    """What the identity provider says of the licence; None: nothing."""
    rank: float = field(default=inf, compare=False)
    """Whose word counts where several speak of one person: the lowest number's."""


@dataclass(frozen=True)
class Seat:
    """One kind of licence: seats in use, and seats bought (None: no limit is told)."""

    used: int
    bought: int | None


@dataclass(frozen=True)
class Population:
    """Who is in the account already."""

    members: Mapping[str, str]
    """E-mail -> licence type, active people only."""
    seats: Mapping[str, Seat] = field(default_factory=dict)
    licences_by_scim: bool = False
    """Whether the identity provider decides on licences."""
    administrators: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """E-mail -> the groups by which somebody may administer the account."""
    break_glass: tuple[str, ...] = ()
    """The declared addresses of last resort."""


@dataclass(frozen=True)
class Licence:
    """Somebody's licence that would change."""

    email: str
    before: str
    after: str

    @property
    def smaller(self) -> bool:
        """Whether it allows less than before."""
        return SIZES.get(self.after, 0) < SIZES.get(self.before, 0)

    def __str__(self) -> str:
        return f"{self.email}: {self.before} -> {self.after}"


@dataclass(frozen=True)
class Census:
    """The people line and the seats line of a plan."""

    assigned: int
    matching: int
    new: tuple[str, ...]
    by_case: tuple[tuple[str, str], ...]
    """Pairs that match but for case: what Okta says, what dbt has. dbt tells them apart."""
    deactivated: tuple[str, ...] = ()
    through: Mapping[str, int] = field(default_factory=dict)
    """Address of what is removed -> how many of them have no other way into the application."""
    seats: Mapping[str, tuple[Seat, int]] = field(default_factory=dict)
    """Licence type -> the seats now, and how many are in use afterwards."""

    licences: tuple[Licence, ...] = ()
    """Whose licence changes, where the identity provider decides on licences."""
    untold: int = 0
    """Present people who are assigned and of whose licence nothing is said: they keep theirs."""
    strangers: int = 0
    """People whom the identity provider knows in some account, if nobody of them is in this one."""
    administrators: tuple[str, ...] = ()
    """Who may administer the account now."""
    administering: tuple[str, ...] = ()
    """Who of them will still be able to."""
    break_glass: tuple[str, ...] = ()
    """The declared addresses of last resort."""
    only_by_sso: bool = False
    """Whether people get in by the identity provider alone afterwards."""

    @property
    def downgrades(self) -> tuple[Licence, ...]:
        """Those whose licence allows less than before."""
        return tuple(licence for licence in self.licences if licence.smaller)

    @property
    def new_seats(self) -> int:
        """Seats that are taken in addition, whatever the account tells of its seats."""
        told = sum(max(0, after - now.used) for now, after in self.seats.values())
        return max(told, len(self.new))


def census(
    assigned: Iterable[Person],
    leaving: Iterable[Person],
    population: Population,
    *,
    licences_by_scim: bool = False,
    disarmed: frozenset[str] = frozenset(),
    only_by_sso: bool = False,
    licences_stay: bool = False,
) -> Census:
    """Compare who will be assigned with who is in the account.

    Args:
        assigned: everybody who has a way into the application after the plan.
        leaving: people who lose their last way into it by the plan.
        population: who is in the account now.
        licences_by_scim: whether the identity provider decides on licences after the plan.
        disarmed: groups of the account that let nobody administer it any more.
        only_by_sso: whether people get in by the identity provider alone after the plan.
        licences_stay: whether nothing in the plan can change the licence of who is there.
    """
    everybody = list(assigned)
    told = _heard(everybody)
    linked = {p.login for p in everybody if p.linked}
    logins = sorted(told)
    folded = {email.casefold(): email for email in population.members}
    new = tuple(x for x in logins if x.casefold() not in folded)
    by_case = tuple(
        (x, folded[x.casefold()])
        for x in logins
        if x not in population.members and x.casefold() in folded
    )
    gone = tuple(sorted({p.login for p in leaving if p.login in population.members}))
    counts = licences_by_scim and not licences_stay
    present = [x for x in logins if x in population.members] if counts else []
    changed = tuple(
        Licence(x, population.members[x], after)
        for x in present
        if (after := told[x].licence) and after != population.members[x]
    )
    coming = [(told[x].licence if licences_by_scim else None) or DEFAULT_LICENCE for x in new]
    return Census(
        assigned=len(logins),
        matching=len(logins) - len(new) - len(by_case),
        new=new,
        by_case=by_case,
        deactivated=gone,
        seats=_seats(population, Counter(coming), changed),
        licences=changed,
        untold=sum(not told[x].licence for x in present),
        strangers=0 if linked & population.members.keys() else len(linked),
        administrators=tuple(sorted(population.administrators)),
        administering=tuple(
            email
            for email, groups in sorted(population.administrators.items())
            if groups - disarmed
            and email not in gone
            and (email in told or not only_by_sso)
            and not any(each.email == email and each.after == READ_ONLY for each in changed)
        ),
        break_glass=population.break_glass,
        only_by_sso=only_by_sso,
    )


def _heard(assigned: Iterable[Person]) -> dict[str, Person]:
    """Each person once, by the word that counts."""
    found: dict[str, Person] = {}
    for person in assigned:
        other = found.setdefault(person.login, person)
        if person.rank < other.rank:
            found[person.login] = person
    return found


def _seats(
    population: Population, coming: Mapping[str, int], changed: Iterable[Licence]
) -> dict[str, tuple[Seat, int]]:
    moves = Counter(coming)
    for licence in changed:
        moves[licence.after] += 1
        moves[licence.before] -= 1
    return {
        name: (seat, seat.used + moves[name])
        for name, seat in population.seats.items()
        if seat.used or moves[name] or name == DEFAULT_LICENCE
    }
