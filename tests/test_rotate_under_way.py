"""Tokens are rotated while Okta keeps pushing people: no push fails, and none ever would."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from mortal import Mortal
from tool import Tool

Start = Callable[..., Tool]

DAY = 24 * 3600.0
PACE = 0.05
"""Seconds between two pushes of a tenant, so that they stay below the org's limits."""

SOON = 60.0
"""Seconds after which something that should have happened won't."""


@dataclass
class Pushing:
    """Assigns somebody and takes them off again, tenant after tenant, until it is told to stop."""

    tool: Tool
    mortal: Mortal
    tenants: list[int]
    stopped: threading.Event = field(default_factory=threading.Event)
    rounds: int = 0
    ended: threading.Condition = field(default_factory=threading.Condition)
    """Told of each round that has ended."""
    wrong: list[str] = field(default_factory=list)

    def push(self) -> None:
        while not self.stopped.wait(PACE):
            for tenant in self.tenants:
                app = self.tool.app(tenant)
                name = app["label"].removeprefix("dbt ")
                user = self.tool.okta("GET", f"/api/v1/users/radia.perlman@{name}.example", tenant)
                path = f"/api/v1/apps/{app['id']}/users"
                self.tool.okta("POST", path, tenant, json={"id": user["id"]})
                self.tool.okta("DELETE", f"{path}/{user['id']}", tenant)
            with self.ended:
                self.rounds += 1
                self.ended.notify_all()

    def once_more(self) -> None:
        """Wait until everybody was pushed with the token that is held now, from first to last."""
        with self.ended:
            until = self.rounds + 2  # the next one to end may have begun before
            assert self.ended.wait_for(lambda: self.rounds >= until, SOON)

    def look(self) -> None:
        while not self.stopped.wait(PACE / 5):
            self.wrong += self.mortal.wrong()


@contextmanager
def pushed(tool: Tool, mortal: Mortal, tenants: list[int]) -> Iterator[Pushing]:
    pushing = Pushing(tool, mortal, tenants)
    threads = [threading.Thread(target=work) for work in (pushing.push, pushing.look)]
    for thread in threads:
        thread.start()
    try:
        yield pushing
    finally:
        pushing.stopped.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize(
    "tenants", [4, pytest.param(21, marks=pytest.mark.nightly)], ids=["3 tenants", "20 tenants"]
)
def test_no_push_fails_while_tokens_are_rotated(
    simulated: Start, monkeypatch: pytest.MonkeyPatch, tenants: int
) -> None:
    """One tenant in the simulator has a custom SAML app; the others' have an API."""
    tool = simulated(tenants, latency="lan")
    mortal = Mortal(tool, monkeypatch)
    with_api = [n for n in range(tenants) if tool.app(n)["name"] == "zscalerbyz"]
    names = [tool.app(n)["label"].removeprefix("dbt ") for n in with_api]
    selected = [word for name in names for word in ("--tenant", name)]
    assert tool.run("apply", "--yes", *selected).code == 0
    before = [tool.app(n)["token_id"] for n in with_api]

    with pushed(tool, mortal, with_api) as pushing:
        came = tool.run("rotate", "--yes", *selected)
        tool.simulator.clock.advance(DAY + 60)
        pushing.once_more()  # a push that was on its way may have been the old token's last
        end = tool.run("rotate", "--yes", "--finish", *selected)

    assert came.code == 0, came.out
    assert end.code == 0, end.out
    assert pushing.rounds > 0
    assert pushing.wrong == []
    assert tool.simulator.tasks() == []  # the pushes that failed
    assert not set(before) & {tool.app(n)["token_id"] for n in with_api}
    assert all(mortal.ours(n) == [tool.app(n)["token_id"]] for n in with_api)
