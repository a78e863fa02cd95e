"""How far a run is: a live view on a terminal, elsewhere a line now and then; on stderr."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import click

from okta_scim_setup.cli import _view
from okta_scim_setup.cli._part import PART, Part, Sight

SLOW = 2.0
"""Seconds after which a view is worth showing."""

SELDOM = 10.0
"""Seconds between two lines about progress, where there is no terminal."""

SHOWN = 4
"""Tenants, and limits, that a view names."""


def _to_stderr(text: str) -> None:
    click.echo(text, err=True)


@dataclass
class Waits:
    """Which rate limits are waited for; told once for all who wait for the same."""

    say: Callable[[str], object] = _to_stderr
    _until: dict[tuple[str, str], float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, host: str, bucket: str, seconds: float) -> None:
        """Say it, unless it was said of a wait that goes on."""
        now = time.monotonic()
        with self._lock:
            new = seconds >= 1 and self._until.get((host, bucket), 0.0) < now
            if new:
                self._until[host, bucket] = now + seconds
        if new:
            self.say(f"waiting {seconds:.0f} s for {host} ({bucket})")

    def current(self) -> Mapping[tuple[str, str], float]:
        """For each limit that is waited for, how many seconds still."""
        now = time.monotonic()
        with self._lock:
            return {key: until - now for key, until in self._until.items() if until > now}


@dataclass
class Progress:
    """What is done, under way and waited for."""

    total: int
    waits: Waits
    clock: Callable[[], float] = time.monotonic
    done: int = 0
    failed: int = 0
    running: dict[str, None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def begins(self, tenant: str) -> None:
        """A tenant is worked on."""
        with self._lock:
            self.running[tenant] = None

    def ends(self, tenant: str, *, failed: bool) -> None:
        """A tenant is done."""
        with self._lock:
            self.running.pop(tenant, None)
            self.done += 1
            self.failed += failed

    def headline(self) -> str:
        """How many are done and failed, and how long it may still take."""
        parts = [f"{self.done} of {self.total} tenants"]
        parts += [f"{self.failed} failed"] if self.failed else []
        if 0 < self.done < self.total and (left := self._left()) >= 1:
            parts.append(f"about {span(left)} left")
        return ", ".join(parts)

    def lines(self) -> list[str]:
        """The view: the headline, who is under way, and what is waited for."""
        with self._lock:
            names = list(self.running)
        shown = [self.headline()]
        if names:
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            shown.append(f"running: {', '.join(names[:SHOWN])}{more}")
        waited = sorted(self.waits.current().items(), key=lambda each: -each[1])
        shown += [f"waiting for {h} ({b}): {s:.0f} s" for (h, b), s in waited[:SHOWN]]
        if len(waited) > SHOWN:
            shown.append(f"and for {len(waited) - SHOWN} more limits")
        return shown

    def sight(self) -> Sight:
        """How far it is, for whoever shows it."""
        with self._lock:
            return Sight(self.done, self.failed, tuple(self.running), self.waits.current())

    def _left(self) -> float:
        """Seconds, at the pace so far; no run is over before its longest wait is."""
        by_pace = (self.clock() - self._began) / self.done * (self.total - self.done)
        return max([by_pace, *self.waits.current().values()])


@contextmanager
def shown(progress: Progress) -> Iterator[None]:
    """Show *progress* meanwhile, once it takes over two seconds."""
    if part := PART.get():  # whoever gave the order shows it
        with _passed_on(progress, part):
            yield
        return
    show = _live if _view.drawable() else _now_and_then
    with show(progress):
        yield


@contextmanager
def _passed_on(progress: Progress, part: Part) -> Iterator[None]:
    """Elsewhere than where the order was given, where it can be told."""
    waits = progress.waits
    before = waits.say
    if part.tell:
        waits.say = lambda _text: None  # it is told as well
    try:
        with part.telling(progress.sight):
            yield
    finally:
        waits.say = before


@contextmanager
def _live(progress: Progress) -> Iterator[None]:
    """On a terminal a view that is gone afterwards."""
    waits = progress.waits
    before, waits.say = waits.say, lambda _text: None  # the view says it
    try:
        with _view.View(progress.lines, SLOW):
            yield
    finally:
        waits.say = before


@contextmanager
def _now_and_then(progress: Progress) -> Iterator[None]:
    """Elsewhere a line every so often, while there is something to tell."""
    over = threading.Event()

    def tell() -> None:
        told = ""
        while not over.wait(SELDOM):
            line = progress.headline()
            if progress.done < progress.total and line != told:
                told = line
                click.echo(line, err=True)

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def span(seconds: float) -> str:
    """So many seconds, as a person says it."""
    minute, hour = 60, 3600
    if seconds < minute:
        return f"{seconds:.1f} s"
    if seconds < hour:
        return f"{int(seconds // minute)} min {int(seconds % minute):02d} s"
    return f"{int(seconds // hour)} h {int(seconds % hour // minute):02d} min"
