"""Runs of the command line whose requests fail, get lost, or are the last before the process dies.

Death is a `BaseException` that no handler of ours catches, and after which nothing can be sent any
more: what `finally:` would tell the services is lost as well. Real processes are killed in
`test_kill`; here each request of a run can be the one, in milliseconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from tool import Came, Tool

from okta_scim_setup.cli import _session
from okta_scim_setup.secret import Secret
from okta_scim_setup.simulator import Simulator
from okta_scim_setup.traffic.exchange import Answer, Request
from okta_scim_setup.traffic.failures import Fault
from okta_scim_setup.transport import Transport

OK = "ok"
FAILS = "fails"
"""It isn't sent, and the client doesn't know that."""
LOST = "lost"
"""It is carried out, and no answer comes."""
REFUSED = "refused"
"""It isn't carried out, and the service says so: 403."""
DIES_BEFORE = "dies before"
DIES_AFTER = "dies after"
"""It is carried out, and the process doesn't live to see it."""

KILLED = -9

A_TICK = 20_000_000
"""Nanoseconds by which a file's time may be behind: the kernel's clock for them ticks coarsely."""

Fate = Callable[[Request], str]
"""What becomes of a request."""


class Dead(BaseException):
    """The process was killed."""


@dataclass
class Moment:
    """One run's fate, and what it broke."""

    fate: Fate
    watch: Callable[[], Iterator[str]]
    """What is wrong now, after each request."""
    simulator: Simulator
    broken: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    dead: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _slept: float = 0.0

    def clock(self) -> float:
        return time.monotonic() + self._slept

    def sleep(self, seconds: float) -> None:
        """Time passes here and there, and takes none."""
        with self._lock:
            self._slept += seconds
        self.simulator.clock.advance(seconds)

    def transport(self, **how: Any) -> Transport:
        return _Mortal(self, clock=self.clock, sleep=self.sleep, **how)


class _Mortal(Transport):
    def __init__(self, moment: Moment, **how: Any) -> None:
        super().__init__(**how)
        self._moment = moment

    def _exchange(self, request: Request) -> Answer | Fault:
        moment = self._moment
        with moment._lock:
            fate = DIES_BEFORE if moment.dead else moment.fate(request)
            moment.sent.append(f"{request.method} {request.path}")
            moment.dead = moment.dead or fate.startswith("dies")
        if fate == DIES_BEFORE:
            raise Dead
        if fate == FAILS:
            return Fault("made to fail")
        if fate == REFUSED:
            return Answer(403, {}, {"errorCode": "E0000006", "errorSummary": "made to be refused"})
        answer = super()._exchange(request)
        moment.broken += moment.watch()
        if fate == DIES_AFTER:
            raise Dead
        return Fault("made to get lost") if fate == LOST else answer


def _noticed(patch: pytest.MonkeyPatch) -> set[str]:
    """Whatever becomes a secret from now on, as long as *patch* lasts."""
    noticed: set[str] = set()
    make = Secret.__init__

    def made(self: Secret, value: str, **how: Any) -> None:
        noticed.add(value)
        make(self, value, **how)

    patch.setattr(Secret, "__init__", made)
    return noticed


def live_on(_request: Request) -> str:
    return OK


@dataclass
class Mortal:
    """The tool, run under a fate; the invariants are looked at after every request."""

    tool: Tool
    monkeypatch: pytest.MonkeyPatch
    theirs: frozenset[int] = frozenset()
    """Tokens that people made."""
    enabled: set[int] = field(default_factory=set)
    """Tenants whose connection was seen enabled."""
    sinks: set[str] = field(default_factory=set)
    """Files that were named for a token."""

    def run(self, verb: str, *arguments: str, fate: Fate = live_on) -> tuple[Came, Moment]:
        """What the command answered, with the code `KILLED` if it died."""
        moment = Moment(fate, self.wrong, self.tool.simulator)
        self.sinks |= {a.removeprefix("file:") for a in arguments if a.startswith("file:")}
        began = time.time_ns()
        with self.monkeypatch.context() as patch:
            patch.setattr(_session, "Transport", moment.transport)
            secrets = _noticed(patch)
            try:
                came = self.tool.run(verb, *arguments)
            except Dead:
                said = self.tool.capsys.readouterr()
                came = Came(KILLED, said.out, said.err)
        assert moment.broken == []
        assert list(self.wrong()) == []
        assert list(self._told(secrets, came, began)) == []
        return came, moment

    def _told(self, secrets: set[str], came: Came, began: int) -> Iterator[str]:
        """I2 of the rotation, where it doesn't hold: what was shown, or kept since *began*."""
        written = (
            path
            for path in self.tool.config.parents[1].rglob("*")
            if path.is_file() and path.parent.name != "secrets" and str(path) not in self.sinks
            if path.stat().st_mtime_ns >= began - A_TICK
        )
        texts = {str(path): path.read_text(errors="replace") for path in written}
        for where, text in {"its output": came.out + came.err, **texts}.items():
            if any(value in text for value in secrets):
                yield f"I2: a secret is in {where}"

    def wrong(self) -> Iterator[str]:
        """I1, I4 and I5 of the rotation, where they don't hold."""
        state = self.tool.simulator.state()
        for index, (org, account) in enumerate(zip(state["okta"], state["dbt_cloud"], strict=True)):
            app = next((app for app in org["apps"] if app["label"].startswith("dbt ")), None)
            if app is None:
                continue  # nobody has made it yet
            alive = {token["id"] for token in account["tokens"]}
            on = app["connection"]["status"] == "ENABLED"
            if on and app["token_id"] not in alive:
                yield f"I1: Okta holds a token that dbt refuses, in tenant {index}"
            if index in self.enabled and not on:
                yield f"I5: the connection isn't enabled any more, in tenant {index}"
            if on:
                self.enabled.add(index)
        present = {token["id"] for account in state["dbt_cloud"] for token in account["tokens"]}
        if not self.theirs <= present:
            yield f"I4: gone is {sorted(self.theirs - present)}"

    def ours(self, tenant: int = 0) -> list[int]:
        """The live tokens whose names are ours."""
        return [
            token["id"]
            for token in self.tool.account(tenant)["tokens"]
            if token["name"].startswith("okta-scim-setup/")
        ]


@dataclass
class Choices:
    """Walks every path through a tree of fates, depth first; each request is a branching.

    Only requests that *counts* are branchings, and at most *depth* of them: the rest goes well.
    """

    menu: tuple[str, ...]
    depth: int
    counts: Callable[[Request], bool]
    _path: list[int] = field(default_factory=list)
    _at: int = 0

    def __call__(self, request: Request) -> str:
        if self._at >= self.depth or not self.counts(request):
            return OK
        if self._at == len(self._path):
            self._path.append(0)
        self._at += 1
        return self.menu[self._path[self._at - 1]]

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.menu[index] for index in self._path)

    def further(self) -> bool:
        """Go on to the next path; whether there is one."""
        del self._path[self._at :]  # branchings that this path never came to
        self._at = 0
        while self._path and self._path[-1] == len(self.menu) - 1:
            self._path.pop()
        if not self._path:
            return False
        self._path[-1] += 1
        return True


@dataclass
class At:
    """One fate for the nth request from now, among those that *counts*."""

    nth: int
    fate: str
    counts: Callable[[Request], bool] = field(default=lambda _request: True)
    seen: int = 0

    def __call__(self, request: Request) -> str:
        if not self.counts(request):
            return OK
        self.seen += 1
        return self.fate if self.seen == self.nth else OK
