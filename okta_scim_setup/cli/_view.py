"""The view on a terminal: drawn again and again, and out of the way of whatever else is printed."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, Self

DUMB = frozenset({"", "dumb", "unknown"})
"""Values of TERM by which a terminal can't go back to what it has printed."""

PASSES_ON = 0.3
"""Seconds in which a program that stdout is piped into has printed what it got: maybe here."""

GRACE = 2.0
"""Seconds after which a terminal that takes nothing is left as it is."""

EVERY = 0.5
"""Seconds between two drawings."""


def drawable() -> bool:
    """Whether stderr can show a view; a CI runner's log would keep each drawing of it."""
    can = os.environ.get("TERM", "").lower() not in DUMB
    return sys.stderr.isatty() and can and not os.environ.get("CI")


class View:
    """Lines at the end of the terminal; for many threads.

    Args:
        lines: what to show now.
        patience: seconds before it is drawn first.
    """

    def __init__(self, lines: Callable[[], list[str]], patience: float) -> None:
        self._lines = lines
        self._patience = patience
        self._notices: list[str] = []
        self._live: Any = None
        self._not_before = 0.0
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="view", daemon=True)

    def __enter__(self) -> Self:
        """The view, which is what `aside` and `notice` are about until it ends."""
        # 0.1 s of imports, which a report that goes elsewhere doesn't need.
        from rich.console import Console  # noqa: PLC0415

        self._console = Console(stderr=True)
        _shown.append(self)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing of it on the terminal."""
        self._over.set()
        self._thread.join(GRACE)
        _shown.remove(self)
        if self._lock.acquire(timeout=GRACE):
            try:
                self._take_down()
                self._say_notices()
            finally:
                self._lock.release()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Whatever is printed meanwhile stands above it."""
        with self._lock:
            was_up = self._live is not None
            self._take_down()
            try:
                yield
            finally:
                if was_up and sys.stdout.isatty():
                    self._drawn()
                elif was_up:
                    self._not_before = time.monotonic() + PASSES_ON

    def tell(self, text: str) -> bool:
        """Say *text* with the next drawing, if there is one: a signal's handler may call it."""
        if self._live is None:
            return False
        self._notices.append(text)
        return True

    def _go_on(self) -> None:
        seconds = self._patience
        while not self._over.wait(seconds):
            seconds = EVERY
            with self._lock:
                if self._notices:
                    self._take_down()
                    self._say_notices()
                if time.monotonic() >= self._not_before:
                    self._drawn()

    def _drawn(self) -> None:
        with suppress(OSError):  # the terminal may be gone
            self._draw()

    def _draw(self) -> None:
        if self._live is not None:
            self._live.refresh()
            return
        from rich.live import Live  # noqa: PLC0415 -- as above
        from rich.text import Text  # noqa: PLC0415

        self._live = Live(
            get_renderable=lambda: Text("\n".join(self._lines())),
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start(refresh=True)

    def _take_down(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            with suppress(OSError):  # the terminal may be gone
                live.stop()

    def _say_notices(self) -> None:
        while self._notices:
            with suppress(OSError):  # the terminal may be gone
                sys.stderr.write(self._notices.pop(0))
                sys.stderr.flush()


_shown: list[View] = []
"""The view that is shown now, if there is one."""


@contextmanager
def aside() -> Iterator[None]:
    """Whatever is printed meanwhile stands above the view, if there is one."""
    shown = _shown[-1:]  # it may end meanwhile
    with shown[0].aside() if shown else nullcontext():
        yield


def notice(text: str) -> bool:
    """Have the view say *text*, if one is up; a signal's handler may call it."""
    return any(view.tell(text) for view in _shown[-1:])
