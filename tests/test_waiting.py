"""Waits end when the run is stopped, whatever a signal interrupts."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from okta_scim_setup.traffic.waiting import Waits

PATIENCE = 10.0
"""Seconds after which a thread is taken for stuck."""


def calls_until_it_waits() -> int:
    """How many calls a wait is made of before it does nothing but wait."""
    waits, seen = Waits(time.monotonic), Calls()
    thread = waiting(waits, seen)
    thread.join(0.3)
    made = seen.made
    waits.stop()
    thread.join(PATIENCE)
    return made


@dataclass
class Calls:
    """Counts a thread's calls; at one of them a signal comes, whose handler interrupts it."""

    at: int = -1
    handler: Callable[[], object] = int
    made: int = 0

    def __call__(self, _frame: object, event: str, _argument: object) -> None:
        if event not in ("call", "c_call"):
            return
        self.made += 1
        if self.made == self.at:
            sys.setprofile(None)
            self.handler()
            raise KeyboardInterrupt


def waiting(waits: Waits, calls: Calls) -> threading.Thread:
    def run() -> None:
        sys.setprofile(calls)
        try:
            waits.pause(60)
        except KeyboardInterrupt:
            pass
        finally:
            sys.setprofile(None)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_a_handler_may_stop_a_wait_at_any_of_its_calls() -> None:
    stuck = []
    for moment in range(1, calls_until_it_waits() + 1):
        waits = Waits(time.monotonic)
        thread = waiting(waits, Calls(moment, waits.stop))
        thread.join(PATIENCE)
        if thread.is_alive():
            stuck.append(moment)
            break
    assert stuck == []


def test_every_thread_that_waits_ends_with_the_run() -> None:
    waits = Waits(time.monotonic)
    threads = [waiting(waits, Calls()) for _ in range(4)]
    waits.stop()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    with pytest.raises(KeyboardInterrupt):
        waits.pause(60)
