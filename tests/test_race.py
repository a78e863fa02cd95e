"""Two real processes that rotate one tenant at once: never broken, one wins, the other says why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mortal import Mortal
from processes import start
from tool import Tool

Start = Callable[..., Tool]

LEASE = 16 * 60.0
DAY = 24 * 3600.0
"""Seconds."""

WHY = ("another run is at work on this tenant", "another run may be at work")


def race(tool: Tool, first: Path, second: Path) -> tuple[int, int]:
    """Let two run at once, each with its journal; the two exit codes, sorted."""
    runs = [start(tool, "rotate", "--yes", journal=journal) for journal in (first, second)]
    came = [run.end() for run in runs]
    for each in came:
        assert each.code in (0, 1), each.out
        assert each.code == 0 or any(why in each.out for why in WHY), each.out
    codes = sorted(each.code for each in came)
    return codes[0], codes[1]


@pytest.mark.parametrize(
    "rounds", [5, pytest.param(50, marks=pytest.mark.nightly)], ids=["5", "50"]
)
@pytest.mark.parametrize("machines", [1, 2], ids=["on one machine", "on two machines"])
def test_two_runs_at_once_never_break_a_tenant(
    simulated: Start,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    machines: int,
    rounds: int,
) -> None:
    """On one machine the lock decides, on two the lease: who made its token first goes on."""
    tool = simulated()
    mortal = Mortal(tool, monkeypatch)
    journals = [tmp_path / f"machine-{n % machines}" for n in range(2)]
    assert start(tool, "apply", "--yes", journal=journals[0]).end().code == 0
    lost = 0
    for _ in range(rounds):
        tool.simulator.clock.advance(LEASE)  # so that what was made before counts as over
        before = len(mortal.ours())

        codes = race(tool, *journals)

        assert list(mortal.wrong()) == []
        assert codes[0] == 0, "neither went on"
        lost += codes[1]
        assert len(mortal.ours()) - before == 2 - codes[1]  # whoever lost left nothing behind
    assert lost > rounds // 2
    tool.simulator.clock.advance(DAY + 60)
    user = tool.okta("GET", "/api/v1/users/radia.perlman@acme.example")
    tool.okta("POST", f"/api/v1/apps/{tool.app()['id']}/users", json={"id": user["id"]})
    assert start(tool, "rotate", "--yes", "--finish", journal=journals[0]).end().code == 0
    assert mortal.ours() == [tool.app()["token_id"]]
