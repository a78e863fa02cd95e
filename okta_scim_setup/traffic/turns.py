"""Whose turn it is: of those who wait for one rate limit, the tenant that was served longest ago.

So a tenant with many requests doesn't keep one with few waiting.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field

WHOSE: ContextVar[str] = ContextVar("whose", default="")
"""The tenant that this thread is at work for."""


@dataclass(eq=False)
class Turn:
    """One request that waits, or will."""

    whose: str = ""
    asleep_until: float = 0.0
    """Epoch seconds of the server's clock: nobody waits for one who has been told to come later."""


@dataclass
class Queue:
    """Who waits for one limit; its owner's lock is held."""

    _waiting: dict[Turn, int] = field(default_factory=dict)
    _served: dict[str, int] = field(default_factory=dict)
    _count: int = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def join(self, turn: Turn) -> None:
        """Wait from now on; who waits already keeps the place."""
        self._count += 1
        self._waiting.setdefault(turn, self._count)

    def forgo(self, turn: Turn) -> None:
        """Wait no longer."""
        self._waiting.pop(turn, None)

    def served(self, turn: Turn) -> None:
        """It was this one's turn."""
        self.forgo(turn)
        self._count += 1
        self._served[turn.whose] = self._count

    def is_next(self, turn: Turn, now: float) -> bool:
        """Whether nobody who is awake goes first."""
        awake = (other for other in self._waiting if other.asleep_until <= now)
        first = min(awake, key=self._order, default=turn)
        return first is turn or self._order(turn) < self._order(first)

    def _order(self, turn: Turn) -> tuple[int, int]:
        arrived = self._waiting.get(turn, self._count + 1)
        return self._served.get(turn.whose, 0), arrived
