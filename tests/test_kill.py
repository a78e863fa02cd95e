"""``kill -9`` of a real process at each request, then the same command again."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from mortal import Mortal
from processes import Killer, killing, start
from tool import Tool

Start = Callable[..., Tool]

DAY = 24 * 3600.0
"""Seconds."""

KILLED = -9

AFTER, BEFORE = "after it was carried out", "before it was carried out"
"""When the process dies: always before it sees an answer."""


def names(tool: Tool) -> list[str]:
    """The tenants whose app has an API, in order, and their places."""
    return [app["label"].removeprefix("dbt ") for app in apps(tool)]


def apps(tool: Tool) -> list[dict[str, object]]:
    return [
        next(app for app in org["apps"] if app["label"].startswith("dbt "))
        for org in tool.simulator.state()["okta"]
    ]


def push_somebody(tool: Tool, tenant: int) -> None:
    """Okta calls the endpoint with whatever token it holds: somebody is assigned and taken off."""
    app = tool.app(tenant)
    name = app["label"].removeprefix("dbt ")
    user = tool.okta("GET", f"/api/v1/users/radia.perlman@{name}.example", tenant)
    path = f"/api/v1/apps/{app['id']}/users"
    tool.okta("POST", path, tenant, json={"id": user["id"]})
    tool.okta("DELETE", f"{path}/{user['id']}", tenant)


def one_is_left(tool: Tool, tenant: int, journal: Path) -> None:
    """Once lease and grace have passed, `rotate --finish` leaves one token of ours: Okta's."""
    name = tool.app(tenant)["label"].removeprefix("dbt ")
    tool.simulator.clock.advance(DAY + 3600)
    push_somebody(tool, tenant)
    came = start(tool, "rotate", "--yes", "--finish", "--tenant", name, journal=journal).end()
    assert came.code == 0, came.out
    tokens = [token["id"] for token in tool.account(tenant)["tokens"]]
    assert tokens == [tool.app(tenant)["token_id"]]


def kill_at(
    killer: Killer, tool: Tool, nth: int, journal: Path, *command: str, carried_out: bool
) -> bool:
    """Kill the command at its nth request; False if it had ended before."""
    killer.aim(nth, carried_out=carried_out)
    came = killer.of(start(tool, *command, journal=journal))
    killer.aim(0, carried_out=True)
    assert came.code in (0, KILLED), came.out
    return came.code == KILLED


@pytest.mark.parametrize(
    ("moment", "step"),
    [
        (AFTER, 7),
        pytest.param(AFTER, 1, marks=pytest.mark.nightly),
        pytest.param(BEFORE, 1, marks=pytest.mark.nightly),
    ],
)
def test_apply_killed_at_any_request_converges_with_the_same_command(
    simulated: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, moment: str, step: int
) -> None:
    """By day at every seventh request."""
    tool, journal = simulated(100 // step if step > 1 else 50), tmp_path / "journal"
    mortal = Mortal(tool, monkeypatch)
    tenants = [n for n, app in enumerate(apps(tool)) if app["name"] == "zscalerbyz"]
    with killing(tool, monkeypatch) as killer:
        for nth, tenant in zip(range(1, 100, step), tenants, strict=False):
            command = ("apply", "--yes", "--tenant", names(tool)[tenant])
            alive = not kill_at(killer, tool, nth, journal, *command, carried_out=moment == AFTER)
            assert list(mortal.wrong()) == []
            again = start(tool, *command, journal=journal).end()
            assert again.code == 0, (nth, again.out)
            assert list(mortal.wrong()) == []
            once_more = start(tool, *command, journal=journal).end()
            assert "Nothing to do" in once_more.out or "retired" in once_more.out, once_more.out
            one_is_left(tool, tenant, journal)
            if alive:
                break
    assert alive
    assert nth > 20


EVERY_THIRD = pytest.mark.parametrize(
    ("moment", "step"),
    [
        (AFTER, 3),
        pytest.param(AFTER, 1, marks=pytest.mark.nightly),
        pytest.param(BEFORE, 1, marks=pytest.mark.nightly),
    ],
)
"""By day at every third request: `test_rotation_model` ends a run at each, without a process."""


@EVERY_THIRD
def test_rotate_killed_at_any_request_converges_with_the_same_command(
    simulated: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, moment: str, step: int
) -> None:
    tool, journal = simulated(), tmp_path / "journal"
    mortal = Mortal(tool, monkeypatch)
    command = ("rotate", "--yes", "--tenant", "acme")
    assert start(tool, "apply", "--yes", journal=journal).end().code == 0
    with killing(tool, monkeypatch) as killer:
        for nth in range(1, 60, step):
            if not kill_at(killer, tool, nth, journal, *command, carried_out=moment == AFTER):
                break
            assert list(mortal.wrong()) == []
            again = start(tool, *command, journal=journal).end()
            assert again.code == 0, (nth, again.out)
            assert list(mortal.wrong()) == []
            one_is_left(tool, 0, journal)
    assert 10 < nth < 40


@EVERY_THIRD
def test_finish_killed_at_any_request_ends_the_old_token_with_the_same_command(
    simulated: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, moment: str, step: int
) -> None:
    tool, journal = simulated(), tmp_path / "journal"
    mortal = Mortal(tool, monkeypatch)
    command = ("rotate", "--yes", "--finish", "--tenant", "acme")
    assert tool.run("apply", "--yes", "--journal", str(journal)).code == 0
    with killing(tool, monkeypatch) as killer:
        for nth in range(1, 60, step):
            assert tool.run("rotate", "--yes", "--journal", str(journal)).code == 0
            tool.simulator.clock.advance(DAY + 60)
            push_somebody(tool, 0)
            alive = not kill_at(killer, tool, nth, journal, *command, carried_out=moment == AFTER)
            assert list(mortal.wrong()) == []
            again = start(tool, *command, journal=journal).end()
            assert again.code == 0, (nth, again.out)
            assert mortal.ours() == [tool.app()["token_id"]]
            if alive:
                break
    assert 5 < nth < 40


@pytest.mark.nightly
def test_200_rounds_of_kill_9_at_random_moments_leave_one_live_token_for_each_tenant(
    simulated: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The seed is fixed, so that a failure can be seen again."""
    chance = random.Random(20261125)  # noqa: S311 -- a test's dice
    tool, journal = simulated(5), tmp_path / "journal"
    mortal = Mortal(tool, monkeypatch)
    tenants = [n for n, app in enumerate(apps(tool)) if app["name"] == "zscalerbyz"]
    selected = [word for n in tenants for word in ("--tenant", names(tool)[n])]
    killed = 0
    with killing(tool, monkeypatch) as killer:
        for _ in range(200):
            verb = chance.choice(["apply", "rotate"]) if killed else "apply"
            nth, carried_out = chance.randint(1, 70), chance.random() < 0.5
            killer.aim(nth, carried_out=carried_out)
            came = killer.of(start(tool, verb, "--yes", *selected, journal=journal))
            killed += came.code == KILLED
            assert came.code in (0, 1, KILLED), came.out
            assert list(mortal.wrong()) == []
            tool.simulator.clock.advance(chance.choice([0, 60, 1200]))
        killer.aim(0, carried_out=True)
        assert start(tool, "apply", "--yes", *selected, journal=journal).end().code == 0
        assert start(tool, "rotate", "--yes", *selected, journal=journal).end().code == 0
    assert killed > 100
    for tenant in tenants:
        one_is_left(tool, tenant, journal)
