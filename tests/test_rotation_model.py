"""The exhaustive model of a rotation, with the real code on the simulator.

Every call may go well, fail before it is carried out, or be carried out with its answer lost and
the process dead; then the same command once more, and the end of the old tokens a day later. After
every single request: the token in Okta is one that dbt accepts (I1), what people made is there
(I4), the connection is on (I5). In the end one token of ours is alive (I3).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mortal import DIES_AFTER, DIES_BEFORE, FAILS, LOST, OK, REFUSED, At, Choices, Mortal
from tool import Tool

from okta_scim_setup.traffic.exchange import Request

Start = Callable[..., Tool]

DAY = 24 * 3600.0
LEASE = 16 * 60.0
"""Seconds, a minute more than the lease."""


LONGER = pytest.mark.nightly

FATES = [
    pytest.param(FAILS, marks=LONGER),
    pytest.param(LOST, marks=LONGER),
    pytest.param(REFUSED, marks=LONGER),
    pytest.param(DIES_BEFORE, marks=LONGER),
    DIES_AFTER,
]
"""By day what leaves something behind; the walk of every path has lost answers."""


@pytest.fixture
def mortal(simulated: Start, monkeypatch: pytest.MonkeyPatch) -> Mortal:
    """A tenant that is set up, beside a token that people made."""
    tool = simulated()
    theirs = tool.dbt("POST", "/scim-config/tokens/", json={"name": "okta-manual"})["data"]["id"]
    assert tool.run("apply", "--yes").code == 0
    found = Mortal(tool, monkeypatch, frozenset({theirs}))
    assert list(found.wrong()) == []
    return found


class FromTheMint:
    """Counts from the making of the token on; before, nothing is at stake."""

    def __init__(self) -> None:
        self.begun = False

    def __call__(self, request: Request) -> bool:
        self.begun = self.begun or (request.method, request.path[-8:]) == ("POST", "/tokens/")
        return self.begun


def converge(mortal: Mortal, *, knows: bool, elsewhere: Path) -> None:
    """The same command again, and the end of old tokens a day later: one token is alive."""
    where = () if knows else ("--journal", str(elsewhere))
    if not knows:  # a run elsewhere can't tell the dead from the living but by age
        mortal.tool.simulator.clock.advance(LEASE)
    again, _ = mortal.run("rotate", "--yes", *where)
    assert again.code == 0, again.out + again.err
    used_again(mortal)
    mortal.tool.simulator.clock.advance(DAY + 60)
    used_again(mortal)
    end, _ = mortal.run("rotate", "--yes", "--finish", *where)
    assert end.code == 0, end.out
    assert mortal.ours() == [mortal.tool.app()["token_id"]]


def used_again(mortal: Mortal) -> None:
    """Okta pushes something, with whatever token it holds."""
    tool = mortal.tool
    user = tool.okta("GET", "/api/v1/users/radia.perlman@acme.example")
    path = f"/api/v1/apps/{tool.app()['id']}/users"
    tool.okta("POST", path, json={"id": user["id"]})
    tool.okta("DELETE", f"{path}/{user['id']}")


def explore(mortal: Mortal, tmp_path: Path, *, menu: tuple[str, ...], depth: int) -> int:
    """Walk every path; how many there were."""
    choices = Choices(menu, depth, FromTheMint())
    paths = 0
    while True:
        choices.counts = FromTheMint()
        mortal.run("rotate", "--yes", fate=choices)
        converge(mortal, knows=paths % 2 == 0, elsewhere=tmp_path / f"elsewhere-{paths}")
        paths += 1
        if not choices.further():
            return paths


def test_every_path_through_a_rotation_keeps_the_invariants_and_converges(
    mortal: Mortal, tmp_path: Path
) -> None:
    assert explore(mortal, tmp_path, menu=(OK, LOST, DIES_AFTER), depth=3) > 8


@pytest.mark.nightly
def test_every_path_of_seven_calls_keeps_the_invariants_and_converges(
    mortal: Mortal, tmp_path: Path
) -> None:
    """2,187 sequences, of which those that begin alike until the process dies are one path."""
    assert explore(mortal, tmp_path, menu=(OK, FAILS, DIES_AFTER), depth=7) > 100


@pytest.mark.nightly
def test_every_path_with_answers_lost_and_deaths_before_sending(
    mortal: Mortal, tmp_path: Path
) -> None:
    menu = (OK, FAILS, LOST, REFUSED, DIES_BEFORE, DIES_AFTER)
    assert explore(mortal, tmp_path, menu=menu, depth=4) > 100


@pytest.mark.parametrize("fate", FATES)
def test_whatever_becomes_of_any_one_request_of_a_rotation(
    mortal: Mortal, tmp_path: Path, fate: str
) -> None:
    """Reads before the first write as well; a run ends where there is no such request any more."""
    for nth in range(1, 100):
        _, moment = mortal.run("rotate", "--yes", fate=At(nth, fate))
        converge(mortal, knows=nth % 2 == 0, elsewhere=tmp_path / f"elsewhere-{fate}-{nth}")
        if len(moment.sent) < nth:
            break
    assert 10 < nth < 40


@pytest.mark.parametrize("fate", FATES)
def test_whatever_becomes_of_any_one_request_of_a_finish(mortal: Mortal, fate: str) -> None:
    for nth in range(1, 100):
        assert mortal.run("rotate", "--yes")[0].code == 0
        mortal.tool.simulator.clock.advance(DAY + 60)
        used_again(mortal)
        _, moment = mortal.run("rotate", "--yes", "--finish", fate=At(nth, fate))
        end, _ = mortal.run("rotate", "--yes", "--finish")
        assert end.code == 0
        assert mortal.ours() == [mortal.tool.app()["token_id"]]
        if len(moment.sent) < nth:
            break
    assert 5 < nth < 40
