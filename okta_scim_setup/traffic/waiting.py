"""Time: the servers' clocks, and waits that are counted, told of, and ended with a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from okta_scim_setup.results import Check
from okta_scim_setup.traffic.exchange import http_date
from okta_scim_setup.traffic.pacing import Key

OnWait = Callable[[str, str, float], None]
"""Told of a wait before it begins: host, bucket, seconds."""

TOLERABLE = 60.0
"""Seconds between two clocks; a service app's assertions are dated by ours."""

WORTH_TELLING = 1.0
"""Seconds; shorter waits aren't told of."""


_COUNTS_SLEEP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""On macOS CLOCK_MONOTONIC goes on while the machine sleeps; on Linux it doesn't."""


def elapsed() -> float:
    """Seconds since some moment, those in which the machine slept included."""
    return time.clock_gettime(_COUNTS_SLEEP)


@dataclass
class ServerClocks:
    """What time it is where: ages and resets are the servers' matter, and our clock may be off."""

    clock: Callable[[], float]
    _dates: dict[str, tuple[datetime, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seen(self, host: str, headers: Mapping[str, str]) -> None:
        """Learn from the Date of an answer."""
        date = http_date(headers.get("date", ""))
        if date:
            with self._lock:
                self._dates[host] = (date, self.clock())

    def now(self, host: str) -> datetime:
        """The time by the clock of *host*, or by ours as long as it hasn't answered."""
        with self._lock:
            known = self._dates.get(host)
        if known is None:
            return datetime.now(UTC)
        date, seen = known
        return date + timedelta(seconds=self.clock() - seen)


def agreement(host: str, now: datetime) -> Check:
    """Whether our clock agrees with *now*, the time of *host* (to the second)."""
    apart = abs((now - datetime.now(UTC)).total_seconds())
    status: Literal["passed", "warned"] = "passed" if apart < TOLERABLE else "warned"
    return Check(f"our clock agrees with {host}", status, f"{apart:.0f} s apart")


UNBROKEN: ContextVar[bool] = ContextVar("unbroken", default=False)
"""Whether this thread is in the middle of what has to be finished, though the run was stopped."""


@dataclass
class Waits:
    """Every wait of a run."""

    clock: Callable[[], float]
    sleep: Callable[[float], object] | None = None
    on_wait: OnWait | None = None
    total: float = 0.0
    """Seconds during which at least one request waited for a rate limit."""
    stopped: bool = False
    """Whether the run is to end."""
    at_once: bool = False
    """Whether it is to end even in the middle of what has to be finished."""
    # A signal's handler stops the run, and may interrupt the very thread that waits: it takes this
    # lock once more, while an Event's it would wait for without an end.
    _ended: threading.Condition = field(default_factory=threading.Condition)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: int = 0
    _since: float = 0.0

    def pause(self, seconds: float) -> None:
        """Do nothing for so long.

        Raises:
            KeyboardInterrupt: the run was stopped meanwhile.
        """
        (self.sleep or self._sleep)(seconds)
        self.heed()

    def heed(self) -> None:
        """End here if the run was stopped, unless something has to be finished first.

        Raises:
            KeyboardInterrupt: the run was stopped.
        """
        if self._ends():
            raise KeyboardInterrupt

    def heed_at_once(self) -> None:
        """End here if the run was stopped twice.

        Raises:
            KeyboardInterrupt: it was.
        """
        if self.at_once:
            raise KeyboardInterrupt

    @contextmanager
    def unbroken(self) -> Iterator[None]:
        """Finish what is done meanwhile, unless the run is stopped twice."""
        before = UNBROKEN.set(True)
        try:
            yield
        finally:
            UNBROKEN.reset(before)

    def _ends(self) -> bool:
        return self.at_once or (self.stopped and not UNBROKEN.get())

    def _sleep(self, seconds: float) -> None:
        with self._ended:
            self._ended.wait_for(self._ends, seconds)

    def stop(self) -> None:
        """End every wait; a signal's handler may call it. The second time: whatever is going on."""
        self.at_once = self.stopped
        self.stopped = True
        with self._ended:
            self._ended.notify_all()

    def wait(self, key: Key, seconds: float) -> None:
        """Wait for a rate limit, and count it.

        Raises:
            KeyboardInterrupt: the run was stopped meanwhile.
        """
        if self.on_wait and seconds >= WORTH_TELLING:
            self.on_wait(key[0], key[1], seconds)
        with self._counted():
            self.pause(seconds)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Several threads that wait at once count once: it is the run that waits."""
        with self._lock:
            self._since = self._since if self._waiting else self.clock()
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1
                if not self._waiting:
                    self.total += self.clock() - self._since
