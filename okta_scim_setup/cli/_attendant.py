"""Brings a visit to the person at the terminal: a live list of clicks, each seen as it is done."""

from __future__ import annotations

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

import click

from okta_scim_setup.address import Address
from okta_scim_setup.cli._echo import echo
from okta_scim_setup.cli._options import paint
from okta_scim_setup.engine import Remaining
from okta_scim_setup.errors import SetupError
from okta_scim_setup.outcome import Visit
from okta_scim_setup.report import text
from okta_scim_setup.sink import Sink, TerminalSink

LOOK_EVERY = 3.0
"""Seconds between two looks at what the person has done."""

LONGEST = 60.0
"""Minutes that a person is waited for, unless --wait says another number."""


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
    minutes: float = LONGEST
    """How long to wait."""
    mask: Callable[[str], str] = str
    """Hides the run's secrets in what a failed look says."""
    _trouble: str = ""
    """Why the last look failed; empty if it didn't."""

    def attend(self, visit: Visit, look: Remaining) -> bool:
        """Wait until everything was seen done, the person gives up, or the time is over.

        A look that fails is said and tried again until then.
        """
        echo(text.visit(visit, paint))
        watch = Watch(visit)
        until = time.monotonic() + self.minutes * 60
        with _keys():  # before anything asks for a key, or the first one would be lost
            click.echo("      waiting for you; q: stop waiting, the next run picks up")
            while True:
                left = self._looked(look)
                if left is not None:
                    tell(watch, watch.update(dict(left)))
                if watch.complete:
                    return True
                if time.monotonic() > until:
                    click.echo(f"      waited {self.minutes:g} minutes; the next run picks up")
                    return False
                if self._gave_up(visit.tenant):
                    return False

    def _looked(self, look: Remaining) -> Mapping[Address, frozenset[str]] | None:
        """What is left; None, and once why, where that couldn't be looked at."""
        try:
            left = look()
        except SetupError as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                said = self.mask(self._trouble)
                echo(f"      {paint('??', 'yellow')} couldn't look: {said}. Looking again.")
            return None
        if self._trouble:
            self._trouble = ""
            click.echo("      looking works again")
        return left

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


def tell(watch: Watch, numbers: Sequence[int]) -> None:
    """Which clicks were seen just now, and by what."""
    for number in numbers:
        _, done = watch.visit.clicks[number - 1]
        seen = f"{paint('seen', 'green')} {watch.seen[number]}"
        by = f"   by {done.seen}" if done.seen else ""
        click.echo(f"      {seen}  {number}  {done.page}{by}")


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
        with suppress(OSError):  # the terminal may be gone
            sys.stdout.write("\x1b[2J\x1b[3J\x1b[H\x1b[?1049l")
            sys.stdout.flush()


def _key() -> str:
    """The next key; read past Python's buffer, which would hide what is left in it.

    Empty if nobody is left to press one.
    """
    try:
        return os.read(sys.stdin.fileno(), 1).decode(errors="replace")
    except OSError:  # the terminal is gone
        return ""


@contextmanager
def _keys() -> Iterator[None]:
    """Single keys, unechoed; Ctrl-C still interrupts."""
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        with suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
