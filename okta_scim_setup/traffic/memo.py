"""What was read in this run, so that it is read once: kinds ask as often as they like."""

from __future__ import annotations

import pickle
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from okta_scim_setup.errors import SetupError
from okta_scim_setup.results import Reading
from okta_scim_setup.traffic import readings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read; a `Future` of it takes ten times the memory, and there are thousands."""

    value: Any
    read_by: tuple[Reading, ...] = ()
    """The requests that showed it."""


@dataclass
class Memo:
    """Values by path, for many threads; who asks for what is being read waits for it."""

    _known: dict[str, Future[Any] | _Known] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _forgotten: int = 0
    _aside: bytes = b""

    def put_aside(self) -> None:
        """Keep what is known, in a tenth of the space, until something is asked for again.

        A run over many tenants makes all plans before it carries out the first.
        """
        with self._lock:
            being_read = any(isinstance(known, Future) for known in self._known.values())
            if not self._known or being_read:
                return
            # What can't be packed, such as a secret, stays as it is.
            with suppress(TypeError, AttributeError, pickle.PicklingError):
                self._aside = zlib.compress(pickle.dumps(self._known), 1)
                self._known = {}

    def get(self, path: str, read: Callable[[], T]) -> T:
        """The value of *path*; *read* is called unless it is known, and its failure isn't kept."""
        with self._at_hand():
            known = self._known.get(path)
            mine: Future[Any] | None = None
            if known is None:
                mine = known = self._known[path] = Future()
        if mine is not None:
            return self._read(path, mine, read)
        if isinstance(known, _Known):
            readings.note(known.read_by)
            return cast(T, known.value)
        error = known.exception()
        if error is not None:
            # A copy for everybody: whoever gets an error adds to it where it came up.
            raise _own(error)
        return self._noted(path, cast(T, known.result()))

    def _noted(self, path: str, found: T) -> T:
        """What another thread has just read, and by which requests."""
        with self._at_hand():
            known = self._known.get(path)
        readings.note(known.read_by if isinstance(known, _Known) else ())
        return found

    def knows(self, path: str) -> bool:
        """Whether *path* was read, or is being read."""
        with self._at_hand():
            return path in self._known

    @property
    def moment(self) -> int:
        """Grows whenever something is forgotten."""
        with self._at_hand():
            return self._forgotten

    def put(self, path: str, value: Any, *, read_at: int) -> None:
        """Remember what came along with another answer, unless something was written since.

        Args:
            path: what it would be read from.
            value: what it would be.
            read_at: `moment` before the other answer was asked for.
        """
        with self._at_hand():
            if read_at == self._forgotten:
                self._known.setdefault(path, _Known(value, readings.so_far()[-1:]))

    def forget(self, path: str = "", *, above: bool = True) -> None:
        """Forget what a write to *path* changes: it and all below it.

        Without a path, forget everything.

        Args:
            path: what was written.
            above: whether lists that it is in, and what it belongs to, changed as well.
        """
        with self._at_hand():
            self._forgotten += 1
            for known in [x for x in self._known if _touched(x, path, above=above)]:
                del self._known[known]

    def drop(self, path: str) -> None:
        """Forget *path*, and nothing below it."""
        with self._at_hand():
            self._forgotten += 1
            self._known.pop(path, None)

    @contextmanager
    def _at_hand(self) -> Iterator[None]:
        with self._lock:
            if self._aside:
                self._known |= pickle.loads(zlib.decompress(self._aside))  # noqa: S301 -- our own
                self._aside = b""
            yield

    def _read(self, path: str, mine: Future[Any], read: Callable[[], T]) -> T:
        try:
            with readings.noted() as noted:
                found = read()
        except BaseException as error:
            with self._at_hand():
                if self._known.get(path) is mine:
                    del self._known[path]
            mine.set_exception(_own(error))
            raise
        with self._at_hand():
            if self._known.get(path) is mine:
                self._known[path] = _Known(found, tuple(noted))
        mine.set_result(found)
        return found


def _own(error: BaseException) -> BaseException:
    """A copy of an error that is added to; not every other one can be copied."""
    return copy(error) if isinstance(error, SetupError) else error


def _touched(known: str, written: str, *, above: bool) -> bool:
    bare, path = known.partition("?")[0].rstrip("/"), written.rstrip("/")
    return f"{bare}/".startswith(f"{path}/") or (above and path.startswith(f"{bare}/"))
