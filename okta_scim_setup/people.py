"""Whom a plan touches: people and seats, before and after. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

DEFAULT_LICENCE = "developer"
"""dbt gives a new user a Developer seat (facts: dbt 1.8)."""


@dataclass(frozen=True, order=True)
class Person:
    """Somebody who signs in through the identity provider."""

    login: str
    """What the application is told as user name; dbt wants the e-mail, exactly (facts: dbt 1.6)."""
    linked: bool = True
    """Whether the identity provider knows this person's id in the application."""


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


@dataclass(frozen=True)
class Census:
    """The people line and the seats line of a plan."""

    assigned: int
    matching: int
    new: tuple[str, ...]
    by_case: tuple[tuple[str, str], ...]
    """Pairs that match but for case: what Okta says, what dbt has. dbt tells them apart."""
    deactivated: tuple[str, ...] = ()
    seats: Mapping[str, tuple[Seat, int]] = field(default_factory=dict)
    """Licence type -> the seats now, and how many are in use afterwards."""

    @property
    def new_seats(self) -> int:
        """Seats that are taken in addition, whatever the account tells of its seats."""
        told = sum(max(0, after - now.used) for now, after in self.seats.values())
        return max(told, len(self.new))


def census(assigned: Iterable[Person], leaving: Iterable[Person], population: Population) -> Census:
    """Compare who will be assigned with who is in the account.

    Args:
        assigned: everybody who has a way into the application after the plan.
        leaving: people who lose their last way into it by the plan.
        population: who is in the account now.
    """
    logins = sorted({person.login for person in assigned})
    folded = {email.casefold(): email for email in population.members}
    new = tuple(x for x in logins if x.casefold() not in folded)
    by_case = tuple(
        (x, folded[x.casefold()])
        for x in logins
        if x not in population.members and x.casefold() in folded
    )
    gone = tuple(sorted({p.login for p in leaving if p.login in population.members}))
    return Census(
        assigned=len(logins),
        matching=len(logins) - len(new) - len(by_case),
        new=new,
        by_case=by_case,
        deactivated=gone,
        seats=_seats(population, new),
    )


def _seats(population: Population, new: tuple[str, ...]) -> dict[str, tuple[Seat, int]]:
    return {
        licence: (seat, seat.used + (len(new) if licence == DEFAULT_LICENCE else 0))
        for licence, seat in population.seats.items()
        if seat.used or licence == DEFAULT_LICENCE
    }
