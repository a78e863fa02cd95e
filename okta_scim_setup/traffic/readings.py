"""Which requests a value was read by: what a finding rests on. Kept for each thread's own task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from okta_scim_setup.results import Reading

_notes: ContextVar[list[Reading] | None] = ContextVar("readings", default=None)


@contextmanager
def noted() -> Iterator[list[Reading]]:
    """What is read within, first to last; what was read before by somebody else is in it as well.

    A note belongs to whoever is within outside of it too.
    """
    outer, mine = _notes.get(), list[Reading]()
    token = _notes.set(mine)
    try:
        yield mine
    finally:
        _notes.reset(token)
        if outer is not None:
            outer.extend(mine)


def note(readings: Iterable[Reading]) -> None:
    """Add *readings* to those of whoever is at work; without anybody they are forgotten."""
    mine = _notes.get()
    if mine is not None:
        mine.extend(readings)


def so_far() -> tuple[Reading, ...]:
    """What whoever is at work has read."""
    return tuple(_notes.get() or ())
