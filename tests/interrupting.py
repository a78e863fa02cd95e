"""The command in a process of its own, which is interrupted at a moment that a test chooses."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tool import Tool

SOON = 60.0
"""Seconds after which something that should have happened won't."""

AT_ONCE = 10.0
"""Seconds in which a run that is stopped twice has ended, however busy the machine is; an answer
that doesn't come is waited for three times as long."""


class Running:
    """The command in a process of its own."""

    def __init__(self, tool: Tool, verb: str, *arguments: str) -> None:
        command = [sys.executable, "-m", "okta_scim_setup", verb, *arguments]
        self.process = subprocess.Popen(  # noqa: S603 -- our own command
            [*command, "--config", str(tool.config)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def heeds(self) -> None:
        """Wait until it says that it is stopping."""
        self.tells("stopping")

    def tells(self, word: str) -> None:
        """Wait until it says *word* on stderr."""
        assert self.process.stderr is not None
        while word.encode() not in self.process.stderr.readline():
            assert self.process.poll() is None

    def end(self, patience: float = SOON) -> tuple[str, str]:
        """What it printed, once it has ended."""
        out, err = self.process.communicate(timeout=patience)
        return out.decode(), err.decode()


@contextmanager
def running(tool: Tool, verb: str, *arguments: str) -> Iterator[Running]:
    command = Running(tool, verb, *arguments)
    try:
        yield command
    finally:
        if command.process.poll() is None:
            command.process.kill()
            command.process.communicate()


def wait_for(happened: Callable[[], object]) -> None:
    until = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.01)


def minting(tool: Tool) -> bool:
    """Whether a token is being made."""
    return any(
        request["method"] == "POST" and request["path"].endswith("/tokens/")
        for request in tool.simulator.requests()
    )


def hung(tool: Tool, path: str, method: str) -> int:
    """How many such requests the simulator got: those with a fault are waited for in vain."""
    sent = tool.simulator.requests()
    return sum(r["method"] == method and path in r["path"] for r in sent)
