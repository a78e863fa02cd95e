"""A run that does a part of another's work: what stops it, and what it leaves to that one to say.

Whoever gave the order shows how far all are, sums up, and heeds signals; this one heeds the order.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

EVERY = 0.5
"""Seconds between two looks at how far a part is."""


@dataclass(frozen=True)
class Sight:
    """How far a part is."""

    done: int
    failed: int
    running: tuple[str, ...]
    waits: Mapping[tuple[str, str], float]
    """For each limit that is waited for, by host and bucket, how many seconds still."""


@dataclass
class Part:
    """What the run in this thread is to the one that gave the order."""

    whole: bool
    """Whether there is no other part, so that its own text says it all."""
    stages: int = 1
    """How often its tenants are worked through: once to plan them, once to apply."""
    tell: Callable[[Sight], object] | None = None
    """Is told how far it is; None: nobody can be told."""
    _halt: Callable[[], object] | None = None
    _stopped: bool = False
    _stage: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stop(self) -> None:
        """End the run as its own first signal would; one that hasn't begun doesn't."""
        with self._lock:
            self._stopped, halt = True, self._halt
        if halt:
            halt()

    def stopped_by(self, halt: Callable[[], object]) -> None:
        """Learn how the run is stopped; at once, if it was to be stopped before."""
        with self._lock:
            self._halt, stopped = halt, self._stopped
        if stopped:
            halt()

    @contextmanager
    def telling(self, look: Callable[[], Sight]) -> Iterator[None]:
        """Tell how far the run is meanwhile, whenever that changed.

        Args:
            look: sees it; what is done counts in the last stage alone.
        """
        self._stage += 1
        counts, over, tell = self._stage >= self.stages, threading.Event(), self.tell
        if tell is None:
            yield
            return

        def go_on() -> None:
            told = None
            while not over.wait(EVERY):
                seen = look()
                seen = seen if counts else Sight(0, seen.failed, seen.running, seen.waits)
                if seen != told:
                    told = seen
                    tell(seen)

        teller = threading.Thread(target=go_on, name="teller", daemon=True)
        teller.start()
        try:
            yield
        finally:
            over.set()
            teller.join()


PART: ContextVar[Part | None] = ContextVar("part", default=None)
"""Of which the run in this thread is one; None: it is one of its own."""


def one_of_several() -> bool:
    """Whether others do the rest, so that this run's text is about its tenants alone."""
    part = PART.get()
    return part is not None and not part.whole
