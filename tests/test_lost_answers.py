"""No write of any kind is sent twice blindly: an answer that got lost is looked for by reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from mortal import FAILS, LOST, At, Mortal
from tool import Tool

from okta_scim_setup.traffic.exchange import Request

Start = Callable[..., Tool]

MOST = {
    "/connections/default": 2,  # the same value is set again, after a look
    "/group-push/mappings": 2,  # one for each of two groups
    "/scim-config/tokens/": 2,  # one that got lost is revoked, and another one made
}
"""How often a run may POST to a path; to any other one, once."""


def writes(request: Request) -> bool:
    return request.method != "GET"


def never_blindly(sent: list[str]) -> bool:
    """Whether no POST or PATCH went out more often than it may."""
    counted = Counter(
        line.partition("?")[0] for line in sent if line.split()[0] in {"POST", "PATCH"}
    )
    return all(
        number <= next((most for path, most in MOST.items() if line.endswith(path)), 1)
        for line, number in counted.items()
    )


def test_an_apply_from_nothing_gets_through_whichever_answer_is_lost(
    simulated: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same run: what was written without an answer is read, and the run goes on."""
    for nth in range(1, 15):
        tool, fate = simulated(), At(nth, LOST, counts=writes)
        mortal = Mortal(tool, monkeypatch)

        came, moment = mortal.run("apply", "--yes", fate=fate)

        assert came.code == 0, (nth, came.out)
        assert never_blindly(moment.sent), moment.sent
        assert mortal.ours() == [tool.app()["token_id"]]
        plan = tool.run("plan", "--detailed-exitcode")
        assert plan.code == 0, (nth, plan.out)
        if fate.seen < nth:
            break
    assert nth > 6


def test_what_was_never_carried_out_is_not_taken_for_done(
    simulated: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run says what failed; the next one does it."""
    for nth in range(1, 15):
        tool, fate = simulated(), At(nth, FAILS, counts=writes)

        came, _ = Mortal(tool, monkeypatch).run("apply", "--yes", fate=fate)
        again = tool.run("apply", "--yes")

        assert came.code in (0, 1), came.out  # PUT and a token's making are tried once more
        assert again.code == 0, again.out
        plan = tool.run("plan", "--detailed-exitcode")
        assert plan.code == 0, (nth, plan.out)
        if fate.seen < nth:
            break
    assert nth > 6


def test_an_answer_that_was_lost_is_told_as_such(simulated: Start) -> None:
    tool = simulated()
    tool.simulator.add_fault("/group-push/mappings", "drop_after", method="POST")

    came = tool.run("apply", "--yes")

    assert came.code == 0
    assert "no answer came; read back, it is done" in came.out
