"""The command in a pseudo-terminal, and somebody who sits at it and does what it asks for."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tool import Tool

PATIENCE = 30.0
"""Seconds until a screen that doesn't come fails the test."""


# The terminal is taken here, so that Ctrl-C reaches the command. Code of ours between fork and exec
# (`preexec_fn`) may wait for ever for a lock that some thread of the simulator held at the fork.
COMMAND = """
import fcntl, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
if (ignored := int(sys.argv.pop(1))):
    signal.signal(ignored, signal.SIG_IGN)
from okta_scim_setup import cli
from okta_scim_setup.cli import _attendant, _progress, _view
_attendant.LOOK_EVERY = 0.2
if sys.argv.pop(1) == "eager":
    _progress.SLOW = _view.EVERY = _progress.SELDOM = 0.01
sys.exit(cli.run(sys.argv[1:]))
"""


class Terminal:
    """The command in a pseudo-terminal of its own."""

    def __init__(
        self,
        arguments: list[str],
        ignoring: int | None = None,
        *,
        eager: bool = False,
        columns: int = 80,
        **variables: str,
    ) -> None:
        self.screen = ""
        self.printed = ""
        """All of it, whatever was looked for."""
        self._file, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = {k: v for k, v in os.environ.items() if k not in {"CI", "COLUMNS", "LINES"}}
        environment |= {"TERM": "xterm"} | variables
        how = "eager" if eager else ""
        self._process = subprocess.Popen(  # noqa: S603 -- our own command
            [sys.executable, "-c", COMMAND, str(int(ignoring or 0)), how, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)

    def until(self, pattern: str) -> re.Match[str]:
        """Read until *pattern* stands on what was printed since the last look."""
        give_up = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.screen)):
            assert self._reads_on(give_up), f"the command ended:\n{self.screen}"
        self.screen = self.screen[found.end() :]
        return found

    def type(self, keys: str) -> None:
        os.write(self._file, keys.encode())

    def code(self) -> int:
        """Wait for the end, reading what is still printed."""
        give_up = time.monotonic() + PATIENCE
        while self._reads_on(give_up):
            pass
        return self._process.wait(PATIENCE)

    def send(self, number: int) -> None:
        """Send a signal to the command."""
        self._process.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal, as a window or a connection is closed."""
        os.close(self._file)
        self._file = -1

    def ended(self) -> int:
        """Wait for the end of a command whose terminal is gone."""
        return self._process.wait(PATIENCE)

    def _reads_on(self, give_up: float) -> bool:
        """Read what there is, or nothing for a moment; whether there may be more."""
        assert time.monotonic() < give_up, self.screen
        if not select.select([self._file], [], [], 0.2)[0]:
            return True
        try:
            data = os.read(self._file, 65536)
        except OSError:
            return False
        self.screen += (text := data.decode(errors="replace"))
        self.printed += text
        return bool(data)

    def shown_token(self) -> str:
        """Have the token shown, once, and see its screen cleared."""
        self.type("t")
        token = self.until(r"\x1b\[H(dbts_\S+)")[1]
        self.type("x")
        self.until(r"\x1b\[\?1049l")
        return token

    def end(self) -> None:
        """Leave nothing running."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._file >= 0:
            os.close(self._file)


@contextmanager
def terminal(
    tool: Tool, *arguments: str, ignoring: int | None = None, **how: Any
) -> Iterator[Terminal]:
    screen = Terminal([*arguments, "--config", str(tool.config)], ignoring, **how)
    try:
        yield screen
    finally:
        screen.end()


class Person:
    """Reads the steps from the screen and does them in the console, one after the other."""

    def __init__(self, screen: Terminal, tool: Tool, number: int) -> None:
        self.screen, self.tool, self.number = screen, tool, number
        self.seen: list[str] = []
        """What the command said of each step when it saw it done."""

    def does_what_is_asked(self) -> None:
        """Read a whole visit, fetch the token where one is to be entered, click, and be seen."""
        text = self.screen.until(r"(?s)>>.*?waiting for you")[0].replace("\r", "")
        for number, step in self._steps(text):
            page, fields = self._fields(step)
            self.tool.console(fields, self.number)
            seen = self.screen.until(rf"seen.*  {number}  {re.escape(page)}([^\r\n]*)")
            self.seen.append(seen[1].strip())

    def _steps(self, text: str) -> list[tuple[str, str]]:
        found = re.split(r"\n      (\d+)  ", text.partition("waiting for you")[0])
        return list(zip(found[1::2], found[2::2], strict=True))

    def _fields(self, step: str) -> tuple[str, dict[str, object]]:
        """The page, and what to enter there, by its labels."""
        head, *lines = step.rstrip().splitlines()
        page, _, doing = head.partition(":")
        fields: dict[str, object] = {}
        for part in re.findall(r"(?:tick|clear) [^:]*?(?=, (?:tick|clear)|, Save|$)", doing):
            verb, _, labels = part.partition(" ")
            fields |= dict.fromkeys(labels.split(", "), verb == "tick")
        if "Provision User" in doing:
            fields["Provision User"] = True
        for line in lines:
            label, _, value = re.sub(r"   +", "\t", line.strip()).partition("\t")
            if value:
                fields[label] = self.screen.shown_token() if label == "Authorization" else value
        return page, fields
