"""Brings a visit to the person at the terminal: a live list of clicks, each seen as it is done."""

from __future__ import annotations

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import click

from okta_scim_setup.cli._options import paint
from okta_scim_setup.engine import Remaining
from okta_scim_setup.outcome import Visit
from okta_scim_setup.report import text
from okta_scim_setup.sink import Sink, TerminalSink

LOOK_EVERY = 3.0
"""Seconds between two looks at what the person has done."""


@dataclass
class Watch:
    """Which clicks of a visit were seen done, and when."""

    visit: Visit
    seen: dict[int, str] = field(default_factory=dict)

    def update(self, left: object) -> list[int]:
        """Look again; the numbers of the clicks that are newly seen done."""
        remaining = dict(left) if isinstance(left, dict) else {}
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        new = [
            number
            for number, (address, done) in enumerate(self.visit.clicks, 1)
            if number not in self.seen and not done.attributes & remaining.get(address, frozenset())
        ]
        self.seen |= dict.fromkeys(new, now)
        return new

    @property
    def complete(self) -> bool:
        """Whether every click was seen."""
        return len(self.seen) == len(self.visit.clicks)


@dataclass
class AtTerminal:
    """Shows the steps, waits, and tells each click as it is seen; q gives up waiting."""

    sink: Sink | None

    def attend(self, visit: Visit, look: Remaining) -> bool:
        """Wait until everything was seen done, or until the person gives up."""
        click.echo(text.visit(visit, paint))
        watch = Watch(visit)
        with _keys():  # before anything asks for a key, or the first one would be lost
            click.echo("      waiting for you; q: stop waiting, the next run picks up")
            while True:
                for number in watch.update(dict(look())):
                    page = visit.clicks[number - 1][1].page
                    click.echo(
                        f"      {paint('seen', 'green')} {watch.seen[number]}  {number}  {page}"
                    )
                if watch.complete:
                    return True
                if self._gave_up(visit.tenant):
                    return False

    def _gave_up(self, tenant: str) -> bool:
        """Wait for a key for a while; t shows the token."""
        until = time.monotonic() + LOOK_EVERY
        while (left := until - time.monotonic()) > 0:
            if not select.select([sys.stdin], [], [], left)[0]:
                return False
            key = _key()
            if key in {"q", ""}:  # or nobody is left to press one
                return True
            if key == "t" and isinstance(self.sink, TerminalSink):
                _show_once(self.sink, tenant)
        return False


def _show_once(sink: TerminalSink, tenant: str) -> None:
    """The token on the terminal's other screen, which leaves nothing in the scrollback."""
    token = sink.take(tenant)
    if token is None:
        click.echo("      the token was shown already")
        return
    try:
        sys.stdout.write(f"\x1b[?1049h\x1b[2J\x1b[H{token}\n\nCopy it, then press any key.\n")
        sys.stdout.flush()
        _key()
    finally:  # Ctrl-C as well: it mustn't stay for whoever comes by
        sys.stdout.write("\x1b[2J\x1b[3J\x1b[H\x1b[?1049l")
        sys.stdout.flush()


def _key() -> str:
    """The next key; read past Python's buffer, which would hide what is left in it."""
    return os.read(sys.stdin.fileno(), 1).decode(errors="replace")


@contextmanager
def _keys() -> Iterator[None]:
    """Single keys, unechoed; Ctrl-C still interrupts."""
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
