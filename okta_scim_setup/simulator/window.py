"""A window of time in which calls are counted."""

from dataclasses import dataclass


@dataclass(slots=True)
class Window:
    """Calls so far in a window of time, which ends at a time in seconds since the epoch."""

    ends: float
    used: int = 0
