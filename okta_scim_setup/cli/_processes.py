"""A crew of processes of this machine: one process is bound to one core.

Each order has a process, and a pipe to it of its own: a process that dies takes nothing with it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

from okta_scim_setup import cli
from okta_scim_setup.cli._order import Came, Order, carry_out
from okta_scim_setup.cli._part import Sight

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What a terminal or a CI runner sends to all processes of a group: the first one heeds them."""


class Line:
    """A process's end of the pipe to whoever gave the order: stops come in, and sights go out."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def is_set(self) -> bool:
        """Whether it is to stop: it was told so, or nobody is left who could tell."""
        return self.wait(0)

    def wait(self, timeout: float) -> bool:
        """Wait until it is, *timeout* seconds at most; whether it is."""
        try:
            return self._pipe.poll(timeout)
        except OSError:
            return True

    def tell(self, sight: Sight) -> None:
        """Say how far it is."""
        with suppress(OSError):
            self._pipe.send(sight)


class Processes:
    """As many processes as were asked for."""

    def __init__(self, number: int, told: Callable[[Order, Sight], object]) -> None:
        self.where = "processes of this machine"
        self.trouble = "what it printed"
        self._number = number
        self._told = told
        self._context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._children: list[Any] = []
        self._pools: list[ProcessPoolExecutor] = []

    @property
    def gone(self) -> bool:
        """There is always this machine."""
        return False

    def room(self) -> int:
        """How many there may be at once."""
        return self._number

    def submit(self, order: Order) -> Future[Came]:
        """Start a process for it."""
        ours, theirs = self._context.Pipe()
        pool = ProcessPoolExecutor(
            1, mp_context=self._context, initializer=_made_ready, initargs=(theirs,)
        )
        before = multiprocessing.active_children()
        with _signals_held():  # what it is born with until it has made itself ready
            future = pool.submit(_carried_out, order)
        theirs.close()
        self._pipes.append(ours)
        self._children += [c for c in multiprocessing.active_children() if c not in before]
        threading.Thread(target=self._listen, args=(order, ours), daemon=True).start()
        self._pools.append(pool)
        return future

    def stop(self) -> None:
        """Tell each through its pipe."""
        for pipe in self._pipes:
            with suppress(OSError):  # it has ended
                pipe.send("stop")

    def abandon(self, tenants: Sequence[str]) -> str:
        """End them in the middle of what they do."""
        for child in self._children:
            child.kill()
        return (
            f"left at once, in the middle of {', '.join(tenants) or 'nothing'}\n"
            "  do       run the same command again: what was done is found done"
        )

    def close(self) -> None:
        """Leave nothing of them: what is still at work is stopped first."""
        self.stop()
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)
        for pipe in self._pipes:
            pipe.close()

    def _listen(self, order: Order, pipe: Connection) -> None:
        with suppress(EOFError, OSError):
            while True:
                news = pipe.recv()
                with suppress(OSError):  # stderr is gone, but not what the process has to say
                    self._told(order, news)


@contextmanager
def _signals_held() -> Iterator[None]:
    """No signal reaches a process that is made meanwhile; this one gets it afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_line: Line
"""Of this process, if it is one of a crew's."""

_at_work = threading.Lock()


def _made_ready(pipe: Connection) -> None:
    """Leave signals to whoever gave the order, but don't outlive it.

    A handler that does nothing, as what is ignored would be ignored by commands started here.
    """
    global _line  # noqa: PLW0603 -- there is one in a process
    _line = Line(pipe)
    cli.alone()
    for number in SIGNALS:
        signal.signal(number, lambda _number, _frame: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    threading.Thread(target=_end_with_the_parent, name="parent", daemon=True).start()


def _end_with_the_parent() -> None:
    """An idle process would wait for further orders for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        with _at_work:
            os._exit(1)


def _carried_out(order: Order) -> Came:
    with _at_work:
        return carry_out(order, _line, _line.tell)
