"""Many tenants side by side: whose turn it is, so that no org's limit keeps another org waiting."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from typing import TypeVar

from okta_scim_setup.engine import LOOK_UP

T = TypeVar("T")
R = TypeVar("R")

FOR_AN_ORG = 4
"""Tenants of one org at once: with four calls each they use what an org lets through at once."""

ENOUGH = 128
"""Tenants at once that keep a core busy."""

ENOUGH_READING = 192
"""The same for a run that only reads: who waits for an org's limit has read all else meanwhile."""

MOST = 256
"""Tenants at once, however many orgs there are."""

MANY = 64
"""Tenants at once from which on a tenant's own calls are no longer made four at a time."""


def workers(orgs: int, *, read_only: bool) -> int:
    """How many tenants to work on at once by default: one of each org at least, up to `MOST`.

    An org that waits for its limit would keep another waiting, if they had to take turns. A run
    that writes keeps what it read until it has written, so it gets by with fewer.
    """
    enough = ENOUGH_READING if read_only else ENOUGH
    return min(FOR_AN_ORG * max(orgs, 1), max(enough, orgs), MOST)


def calls(tenants: int) -> int:
    """How many calls of one tenant to make at once, where so many *tenants* are worked on at once.

    A tenant alone is done sooner with four. Many keep the core busy anyhow, and each thread takes
    20 to 60 KB: with two each 1,000 audits took a quarter less CPU (measured).
    """
    return 4 if tenants < MANY else 2


@dataclass(frozen=True)
class Shard:
    """One of several parts of all tenants; those of one org are in one part, with its limits."""

    number: int
    """From 1."""
    of: int

    def has(self, org: str) -> bool:
        """Whether an org is in it: by a hash that is the same everywhere and for ever."""
        digest = hashlib.sha256(org.encode()).digest()
        return int.from_bytes(digest[:8]) % self.of == self.number - 1


@dataclass
class Line:
    """Who is next: the org of which the fewest are under way, its tenants in the order given."""

    _waiting: dict[str, deque[int]] = field(default_factory=dict)
    _under_way: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, orgs: Sequence[str]) -> Line:
        """The line of tenants, by each one's org."""
        line = cls()
        for index, org in enumerate(orgs):
            line._waiting.setdefault(org, deque()).append(index)
        return line

    def next(self) -> tuple[int, str] | None:
        """The next tenant and its org; None if all were begun."""
        if not self._waiting:
            return None
        org = min(self._waiting, key=lambda each: self._under_way[each])
        index = self._waiting[org].popleft()
        if not self._waiting[org]:
            del self._waiting[org]
        self._under_way[org] += 1
        return index, org

    def done(self, org: str) -> None:
        """One of an org's tenants is done."""
        self._under_way[org] -= 1


def side_by_side(
    items: Sequence[T],
    work: Callable[[T], R],
    *,
    executor: Executor,
    at_once: int,
    org_of: Callable[[T], str],
    heed: Callable[[], object] = lambda: None,
) -> Iterator[tuple[int, R]]:
    """*work* for each item, *at_once* at a time; each result with its index, as it comes.

    Args:
        items: tenants, or what stands for them.
        work: what to do; an executor of other processes needs it and its results to be pickled.
        executor: does it; it isn't shut down.
        at_once: how many are under way at most.
        org_of: whose limits an item uses.
        heed: called now and then while others work; raises to end it.
    """
    line = Line.of([org_of(item) for item in items])
    under_way: dict[Future[R], tuple[int, str]] = {}
    try:
        while True:
            while len(under_way) < at_once and (following := line.next()):
                under_way[executor.submit(work, items[following[0]])] = following
            if not under_way:
                return
            # A signal may come to another thread; its handler runs here, once we look up.
            ended = wait(under_way, LOOK_UP, FIRST_COMPLETED).done
            heed()
            for future in ended:
                index, org = under_way.pop(future)
                line.done(org)
                yield index, future.result()
    finally:
        for future in under_way:
            future.cancel()
