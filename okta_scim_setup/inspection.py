"""Gathers what an audit looks at besides what is declared, and what the services' logs tell.

It reads and doesn't judge. A part that can't be read is a problem, and the others are read anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from okta_scim_setup.engine import Snapshot
from okta_scim_setup.errors import Problem, SetupError
from okta_scim_setup.facts import Facts, Log, Member
from okta_scim_setup.live import Live
from okta_scim_setup.plan import Desired
from okta_scim_setup.results import Reading
from okta_scim_setup.traffic import readings
from okta_scim_setup.traffic.side_by_side import AT_ONCE, in_hands, side_by_side

LOGS = frozenset({"failures"})
"""Parts that only tell more of what other parts show: without them nothing is overlooked."""

MOST_LOOKED_UP = 300
"""People of the account of whom Okta is asked, should it know them."""


@dataclass(frozen=True)
class Inspection:
    """What was read, and what couldn't be."""

    facts: Facts
    unread: Mapping[str, Problem]
    """By part: why nothing is known of it."""
    untold: str = ""
    """Why the log of failures is missing; empty if it isn't."""


def inspect(snapshot: Snapshot, since: datetime) -> Inspection:
    """Read all parts, side by side.

    Args:
        snapshot: what was declared and found.
        since: how far back logs are read.
    """
    unread: dict[str, Problem] = {}
    found: dict[str, Any] = {}
    read_by: dict[str, tuple[Reading, ...]] = {}
    parts = tuple(_parts(snapshot, since))
    with side_by_side() as begin:
        # Most parts were read before, so none is worth a thread of its own.
        hands = [begin(_read_each, hand) for hand in in_hands(parts, AT_ONCE.get())]
    told = dict(each for hand in hands for each in hand.result())
    for part, came in ((part, told[part]) for part, _ in parts):
        if isinstance(came, Problem):
            unread[part] = came
        else:
            found[part], read_by[part] = came
    untold = "; ".join(unread.pop(part).title for part in LOGS & unread.keys())
    facts = Facts(
        now=_now(snapshot),
        declared=_declared(snapshot),
        absent=frozenset(d.address for d in snapshot.all_desired() if d.absent),
        readings=read_by,
        **found,
    )
    return Inspection(_placed(snapshot, facts, unread), unread, untold)


def logs(snapshot: Snapshot, targets: frozenset[str], since: datetime) -> Iterator[Log]:
    """What each service's log tells of *targets*, and of what is declared."""
    for wanted, live in _there(snapshot):
        try:
            log = wanted.resource.log(snapshot.api(wanted.address), live, targets, since)
        except SetupError as error:
            provider = wanted.address.provider
            yield Log(source=provider, provider=provider, unread=error.problems[0].title)
        else:
            if log is not None:
                yield replace(log, provider=wanted.address.provider)


def _there(snapshot: Snapshot) -> Iterator[tuple[Desired, Live]]:
    for wanted in snapshot.all_desired():
        live = snapshot.live.get(wanted.address)
        if live is not None and not wanted.absent:
            yield wanted, live


def _parts(snapshot: Snapshot, since: datetime) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each part once, from the first resource that tells it."""
    asked: set[str] = set()
    for wanted, live in _there(snapshot):
        api = snapshot.api(wanted.address)
        for part, ask in wanted.resource.observations(api, live, since).items():
            if part not in asked:
                asked.add(part)
                yield part, ask


Came = tuple[Any, tuple[Reading, ...]] | Problem
"""What a part is, and by which requests it was read; or why it isn't known."""


def _read_each(parts: Iterable[tuple[str, Callable[[], Any]]]) -> list[tuple[str, Came]]:
    return [(part, _read(ask)) for part, ask in parts]


def _read(ask: Callable[[], Any]) -> Came:
    try:
        with readings.noted() as noted:
            found = ask()
    except SetupError as error:
        return error.problems[0]
    return found, tuple(dict.fromkeys(noted))


def _now(snapshot: Snapshot) -> datetime:
    """The time by the clock of a service that answered."""
    times: list[datetime] = [api.now() for api in snapshot.apis.values()]
    return max(times)


def _declared(snapshot: Snapshot) -> dict[Any, Mapping[str, Any]]:
    """What shall be there; what shall be absent isn't declared."""
    return {
        wanted.address: wanted.resource.attributes()
        for wanted in snapshot.all_desired()
        if not wanted.absent
    }


def _placed(snapshot: Snapshot, facts: Facts, unread: dict[str, Problem]) -> Facts:
    """With what Okta knows of people who are in the account and haven't the app."""
    strays: tuple[Member, ...] = facts.strays[:MOST_LOOKED_UP]
    if not strays:
        return facts
    emails = [member.email for member in strays]
    for wanted, _ in _there(snapshot):
        try:
            found = wanted.resource.whereabouts(snapshot.api(wanted.address), emails)
        except SetupError as error:
            unread["whereabouts"] = error.problems[0]
            return facts
        if found is not None:
            return replace(facts, whereabouts=found)
    return facts
