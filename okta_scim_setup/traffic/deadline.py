"""Ends an answer that takes too long or grows too large.

A read timeout counts from byte to byte, so a server that sends one now and then is waited for
without end (measured). While the headers come, one thread for all attempts shuts the very socket in
time (a timer's thread for each request took a tenth of what the request took); while the body
comes, the clock is looked at between any two pieces of it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

AGAIN = 0.05
"""Seconds between two looks for attempts to end, once all are to: one that connects has no socket
yet."""

LARGEST_BODY = 20 * 1024 * 1024
"""Bytes, unpacked; a page of 500 app users takes less than one megabyte."""


class TooLarge(OSError):
    """A body larger than the largest."""


@dataclass(eq=False)
class Watch:
    """One attempt, and the connection that it uses."""

    until: float
    """When its headers have to be there, by the monotonic clock."""
    connection: Any = None
    over: bool = False
    """Whether the time was up."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _done: bool = False

    def end(self) -> None:
        """Shut the socket, unless the headers have come."""
        with self._lock:
            if self._done:
                return
            self.over = True
            found: Any = getattr(self.connection, "sock", None)
            found = getattr(found, "socket", found)  # of TLS within TLS, through a proxy
            # Already closed, not connected, or of a sort we don't know: others' deadlines hold.
            with contextlib.suppress(Exception):
                socket.socket.shutdown(found, socket.SHUT_RDWR)

    def done(self) -> None:
        """The headers have come, or the attempt has failed; the connection isn't ours any more."""
        with self._lock:
            self._done = True


_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


class Alarm:
    """Ends attempts whose time is up; for many threads.

    Its thread begins with the first attempt, and ends when it finds none under way.
    """

    def __init__(self) -> None:
        self._under_way: set[Watch] = set()
        self._changed = threading.Condition()
        self._wakes: float | None = None
        """When its thread looks next; None: there is no thread."""
        self._all = False

    def end_all(self) -> None:
        """End every attempt, and whichever begins from now on; a signal's handler may call it."""
        with self._changed:
            self._all = True
            self._changed.notify_all()

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[Watch]:
        """Whatever is sent inside, on this thread, gets its headers within *seconds* or fails."""
        watch = Watch(time.monotonic() + seconds)
        self._begin(watch)
        token = _WATCH.set(watch)
        try:
            yield watch
        finally:
            _WATCH.reset(token)
            watch.done()
            with self._changed:
                self._under_way.discard(watch)

    def _begin(self, watch: Watch) -> None:
        with self._changed:
            self._under_way.add(watch)
            if self._wakes is None:
                threading.Thread(target=self._look, name="deadlines", daemon=True).start()
            elif watch.until < self._wakes:
                self._changed.notify()
            else:
                return
            self._wakes = watch.until

    def _look(self) -> None:
        while (late := self._late()) is not None:
            for watch in late:  # without the lock, which a signal's handler may be waiting for
                watch.end()

    def _late(self) -> list[Watch] | None:
        """Wait until attempts are to be ended; None: there are no more."""
        with self._changed:
            while self._under_way:
                now = time.monotonic()
                late = [x for x in self._under_way if self._all or x.until <= now]
                if self._all:
                    self._changed.wait(AGAIN)
                self._under_way.difference_update(() if self._all else late)
                if late:
                    return late
                self._wakes = min(x.until for x in self._under_way)
                self._changed.wait(self._wakes - now)
            self._wakes = None
            return None


def body(raw: Any, until: float) -> bytes:
    """The body of urllib3's response *raw*, in pieces as they come.

    Raises:
        TimeoutError: it wasn't whole at *until*, by the monotonic clock.
        TooLarge: it grew too large.
    """
    pieces: list[bytes] = []
    size = 0
    while piece := raw.read1(1 << 16, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST_BODY:
            raise TooLarge
        if time.monotonic() > until:
            raise TimeoutError
    return b"".join(pieces)


def _watched(connection: Any) -> Any:
    watch = _WATCH.get()
    if watch:
        watch.connection = connection
    return connection


class _Pool(HTTPConnectionPool):
    def _get_conn(self, timeout: float | None = None) -> Any:
        return _watched(super()._get_conn(timeout))


class _SecurePool(HTTPSConnectionPool):
    def _get_conn(self, timeout: float | None = None) -> Any:
        return _watched(super()._get_conn(timeout))


POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _Pool, "https": _SecurePool}
"""What a pool manager makes its pools of."""
