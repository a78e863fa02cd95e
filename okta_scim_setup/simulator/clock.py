"""The simulator's time: the real one, moved and sped up at will."""

import time
from datetime import UTC, datetime


class Clock:
    """Time as the simulated services see it, in seconds since the epoch."""

    def __init__(self, shift: float = 0.0, speed: float = 1.0) -> None:
        self._shift = shift
        self._speed = speed
        self._since = time.time()

    def now(self) -> float:
        """The time now, in seconds since the epoch."""
        real = time.time()
        return self._since + (real - self._since) * self._speed + self._shift

    def advance(self, seconds: float) -> None:
        """Move the services' clock by so many seconds (a skew against the client's clock)."""
        self._shift += seconds

    def speed_up(self, factor: float) -> None:
        """Let the services' time pass `factor` times as fast from now on."""
        now = self.now()
        self._since = time.time()
        self._shift = now - self._since
        self._speed = factor

    def state(self) -> dict[str, float]:
        """The time now, how far it is ahead of the real one, and how fast it passes."""
        now = self.now()
        return {"now": now, "ahead": now - time.time(), "speed": self._speed}

    def sleep(self, seconds: float) -> None:
        """Wait for so many of the services' seconds; none while time stands still."""
        if self._speed > 0:
            time.sleep(seconds / self._speed)


def okta_time(seconds: float) -> str:
    """A time as Okta writes it on apps, users and groups: milliseconds and Z (recorded)."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def okta_second(seconds: float) -> str:
    """A time as Okta writes it on group push mappings: whole seconds and Z (recorded)."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def dbt_time(seconds: float) -> str:
    """A time as dbt writes it: microseconds and +00:00 (specified: date-time)."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
