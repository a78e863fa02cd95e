"""Items worked on side by side, told as they come, and what is known of them when a run is stopped.

The main thread does nothing but wait and look, so no signal breaks in anywhere else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from okta_scim_setup import fleet
from okta_scim_setup.cli._process import looking
from okta_scim_setup.transport import Transport

R = TypeVar("R")

GRACE = 2.0
"""Seconds that threads get to end, once their connections are shut."""

LOOK_EVERY = 0.1
"""Seconds between two looks at threads that are to end."""


@dataclass
class Course(Generic[R]):
    """What came of items, by their index; for many threads."""

    transport: Transport
    came: dict[int, R] = field(default_factory=dict)
    _under_way: set[int] = field(default_factory=set)
    _closed: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _telling: threading.Lock = field(default_factory=threading.Lock)
    """Apart from the other, so that a reader who doesn't read keeps nobody from ending the run."""

    def run(
        self,
        orgs: Sequence[str],
        work: Callable[[int], R],
        told: Callable[[int, R], object],
        at_once: int,
    ) -> None:
        """*work* for each index; returns early, with what came so far, if the run is stopped.

        Args:
            orgs: whose limits each item uses.
            work: does one.
            told: is told what came of it, one after the other; nothing once this has returned.
            at_once: how many are under way at most.
        """

        def done(index: int) -> None:
            self._begin(index)
            try:
                self._end(index, work(index), told)
            finally:
                with self._changed:
                    self._under_way.discard(index)
                    self._changed.notify_all()

        pool = ThreadPoolExecutor(at_once)
        with looking():
            try:
                for _ in fleet.side_by_side(
                    range(len(orgs)),
                    done,
                    executor=pool,
                    at_once=at_once,
                    org_of=orgs.__getitem__,
                    heed=self.transport.heed,
                ):
                    pass
            except KeyboardInterrupt:
                self._wind_up()
            finally:
                pool.shutdown(wait=not (self._closed and self._under_way), cancel_futures=True)

    def _begin(self, index: int) -> None:
        with self._changed:
            if self._closed:
                raise KeyboardInterrupt
            self._under_way.add(index)

    def _end(self, index: int, came: R, told: Callable[[int, R], object]) -> None:
        with self._changed:
            if self._closed:
                return
            self.came[index] = came
        with self._telling:
            if not self._closed:
                told(index, came)

    def _wind_up(self) -> None:
        """Wait for what is finished first; for what is to end at once only for a moment."""
        until = None
        with self._changed:
            while self._under_way and (until is None or time.monotonic() < until):
                self._changed.wait(LOOK_EVERY)
                if self.transport.stopped_at_once and until is None:
                    until = time.monotonic() + GRACE
            self._closed = True
        if self._telling.acquire(timeout=GRACE):  # what is being told stands before what follows
            self._telling.release()
