"""The command line in real processes, which can be killed at any request.

They are forked from a server process that has imported the tool, so that each takes milliseconds
to start. The simulator runs in the test's own process: it kills the other one, with SIGKILL, before
or after it has carried out a request, and before it answers.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import forked
import pytest
from tool import Came, Tool

from okta_scim_setup import registry
from okta_scim_setup.simulator.dispatch import Dispatch
from okta_scim_setup.simulator.message import Request, Response

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "okta_scim_setup.cli.apply",
        "okta_scim_setup.cli.rotate",
        *(f"okta_scim_setup.providers.{name}" for name in registry.kinds()),
        *(f"okta_scim_setup.providers.{name}._api" for name in registry.providers()),
    ]
)

PATIENCE = 60.0
"""Seconds after which a process counts as stuck."""


@dataclass
class Running:
    """A command in a process of its own."""

    process: Any
    output: Path

    @property
    def pid(self) -> int:
        return int(self.process.pid)

    def end(self) -> Came:
        """Wait for it; a process that was killed answers -9."""
        self.process.join(PATIENCE)
        assert self.process.exitcode is not None, "it is stuck"
        said = self.output.read_text() if self.output.exists() else ""
        return Came(self.process.exitcode, said, said)


def start(tool: Tool, verb: str, *arguments: str, journal: Path) -> Running:
    """Start a command; it has a journal, as every machine has its own."""
    _names.append(verb)
    output = tool.config.parent / f"output-{len(_names)}"
    where = ("--config", str(tool.config), "--journal", str(journal))
    process = _CONTEXT.Process(target=forked.run, args=([verb, *arguments, *where], str(output)))
    process.start()
    return Running(process, output)


_names: list[str] = []


@dataclass
class Killer:
    """Kills the process that it is told of at one of its requests, counted from 1."""

    tool: Tool
    at: int = 0
    """0: never."""
    carried_out: bool = True
    """Whether the request is carried out before the process dies."""
    seen: int = 0
    _pid: int = 0
    _known: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def aim(self, at: int, *, carried_out: bool) -> None:
        self.at, self.carried_out, self.seen = at, carried_out, 0
        self._known.clear()

    def of(self, running: Running) -> Came:
        """Let it run to its end, or its death."""
        self._pid = running.pid
        self._known.set()
        return running.end()

    def answer(
        self, usual: Callable[[Request, int], Response], request: Request, port: int, sender: str
    ) -> Response:
        """Answer a request, unless it is the one."""
        if sender != "client" or not self.at or request.path.startswith("/_simulator"):
            return usual(request, port)
        with self._lock:
            self.seen += 1
            due = self.seen == self.at
        if not due:
            return usual(request, port)
        response = usual(request, port) if self.carried_out else Response(wire="drop")
        assert self._known.wait(PATIENCE)
        os.kill(self._pid, signal.SIGKILL)
        return response


@contextlib.contextmanager
def killing(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> Iterator[Killer]:
    """A killer beside the simulator."""
    killer, usual = Killer(tool), Dispatch.__call__

    def answer(dispatch: Dispatch, request: Request, port: int) -> Response:
        sender = "okta" if dispatch._engine.wire.is_own(request.peer, port) else "client"
        return killer.answer(lambda r, p: usual(dispatch, r, p), request, port, sender)

    with monkeypatch.context() as patch:
        patch.setattr(Dispatch, "__call__", answer)
        yield killer
