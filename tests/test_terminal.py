"""A person at a terminal: asked first, shown the steps and the token, and watched doing them."""

from __future__ import annotations

import signal
from collections.abc import Callable

from pseudo_terminal import Person, terminal
from tool import Tool

ACTIONS = "Push New Users, Push Profile Updates, Push Groups"


def integration(base_url: str, token: str) -> dict[str, str]:
    """What a person enters on the page Provisioning, Integration."""
    return {
        "SCIM connector base URL": base_url,
        "Authorization": token,
        "Unique identifier field for users": "userName",
        "Supported provisioning actions": ACTIONS,
        "Authentication Mode": "HTTP Header",
    }


def test_a_person_does_the_step_and_each_click_is_seen(simulated: Callable[..., Tool]) -> None:
    tool = simulated(3)
    with terminal(tool, "apply", "--tenant", "initech", "--token-to", "terminal") as screen:
        screen.until(r"Make these changes to initech\? \[y/N\]")
        screen.type("y\n")
        base_url = screen.until(r"SCIM connector base URL\s+(\S+)")[1]
        screen.until("waiting for you")
        token = screen.shown_token()
        tool.console({"Enable SCIM provisioning": True}, 2)
        screen.until("seen.* 1  General")
        tool.console(
            integration(base_url, token),
            2,
        )
        screen.until("seen.* 2  Provisioning, Integration")
        tool.console(
            {"Create Users": True, "Update User Attributes": True, "Deactivate Users": True}, 2
        )
        screen.until("seen.* 3  Provisioning, To App")
        tool.console({"Provision User": True}, 2)
        screen.until("seen.* 4  Assignments")

        assert screen.code() == 0
        assert token not in screen.screen
    users = tool.account(2)["users"]
    assert sum(u["scim_managed"] for u in users) == 7


def test_a_no_writes_nothing(simulated: Callable[..., Tool]) -> None:
    tool = simulated()
    with terminal(tool, "apply") as screen:
        screen.until(r"\[y/N\]")
        screen.type("n\n")

        assert screen.code() == 0
        assert "Nothing was written" in screen.screen
    assert {r["method"] for r in tool.simulator.requests()} == {"GET"}


def test_giving_up_leaves_the_step_for_the_next_run(simulated: Callable[..., Tool]) -> None:
    tool = simulated(3)
    with terminal(
        tool, "apply", "--yes", "--tenant", "initech", "--token-to", "terminal"
    ) as screen:
        screen.until("waiting for you")
        screen.type("q")

        assert screen.code() == 3
        assert "run the same command again" in screen.screen


def test_interrupting_says_how_to_go_on(simulated: Callable[..., Tool]) -> None:
    tool = simulated(3)
    with terminal(
        tool, "apply", "--yes", "--tenant", "initech", "--token-to", "terminal"
    ) as screen:
        screen.until("waiting for you")
        screen.type("\x03")

        assert screen.code() == 130
        assert "run the same command again" in screen.screen


def test_a_person_enters_the_new_token_of_a_rotation_and_is_told_what_is_alive(
    by_hand: Tool,
) -> None:
    tool = by_hand
    old = tool.app(2)["token_id"]
    with terminal(tool, "rotate", "--tenant", "initech", "--token-to", "terminal") as screen:
        screen.until(rf"initech.*Okta holds {old} \(ours, made today\)")
        screen.until(r"Rotate initech\? \[y/N\]")
        screen.type("y\n")
        new = screen.until(rf"(\d+) made\s+live: {old} \(in Okta\), \1")[1]
        screen.until("Provisioning, Integration, Edit:")
        screen.until("Authorization   press t: shown once")
        screen.until("waiting for you")
        token = screen.shown_token()
        tool.console({"Authorization": token}, 2)
        screen.until("seen.* 1  Provisioning, Integration")
        screen.until(rf"Okta used {new}.*live: {old}, {new} \(in Okta\)")
        screen.until(f"{old} stays: nothing shows yet .*rotate --confirm {new} --tenant initech")

        assert screen.code() == 0
        assert token not in screen.screen
    assert tool.app(2)["token_id"] == int(new)


def test_interrupting_a_rotation_before_the_token_was_shown_leaves_nothing_behind(
    by_hand: Tool,
) -> None:
    tool = by_hand
    with terminal(
        tool, "rotate", "--yes", "--tenant", "initech", "--token-to", "terminal"
    ) as screen:
        screen.until("waiting for you")
        screen.type("\x03")

        assert screen.code() == 130
    assert [token["id"] for token in tool.account(2)["tokens"]] == [tool.app(2)["token_id"]]


def test_interrupting_while_the_token_is_shown_clears_the_screen(
    simulated: Callable[..., Tool],
) -> None:
    tool = simulated(3)
    with terminal(
        tool, "apply", "--yes", "--tenant", "initech", "--token-to", "terminal"
    ) as screen:
        screen.until("waiting for you")
        screen.type("t")
        screen.until(r"\x1b\[H(dbts_\S+)")
        screen.until("press any key")
        screen.type("\x03")
        screen.until(r"\x1b\[2J\x1b\[3J\x1b\[H\x1b\[\?1049l")

        assert screen.code() == 130


def by_hand(tool: Tool, *more: str) -> tuple[str, ...]:
    """What sets initech up with a person at the terminal."""
    return ("apply", "--yes", "--tenant", "initech", "--token-to", "terminal", *more)


def test_a_person_who_does_what_the_screen_says_ends_with_everything_set(
    simulated: Callable[..., Tool],
) -> None:
    tool = simulated(3)
    tool.console({"Application username format": "Okta username"}, 2)
    with terminal(tool, *by_hand(tool)) as screen:
        person = Person(screen, tool, 2)
        person.does_what_is_asked()

        assert screen.code() == 0
    assert person.seen == [
        "by the app's user name template, as Okta shows it",
        "by SCIM_PROVISIONING in the app's features",
        "by Okta's use of the token, as dbt shows it; no API shows the fields",
        "by PUSH_NEW_USERS, PUSH_PROFILE_UPDATES, PUSH_USER_DEACTIVATION in the app's features",
        "by everybody assigned is linked to a dbt user, as Okta shows it",
    ]
    assert tool.run("apply", "--yes", "--tenant", "initech").code == 0
    assert tool.run("audit", "--tenant", "initech").code == 0


def test_a_look_that_fails_is_said_once_and_the_waiting_goes_on(
    simulated: Callable[..., Tool],
) -> None:
    tool = simulated(3)
    with terminal(tool, *by_hand(tool)) as screen:
        asked = screen.until(r"(?s)>>.*?waiting for you")[0]
        tool.simulator.add_fault("/api/v1/apps", "status:403", method="GET", times=3)
        screen.until("couldn't look: .*Looking again")
        screen.until("looking works again")
        tool.console({"Enable SCIM provisioning": True}, 2)
        screen.until("seen.* 1  General")
        screen.type("q")

        assert screen.code() == 3
        assert "couldn't look" not in screen.screen
    assert "1  General" in asked


def test_a_last_look_that_fails_leaves_the_steps_for_the_next_run(
    simulated: Callable[..., Tool],
) -> None:
    tool = simulated(3)
    sink = tool.config.parent / "token"
    made = ("--tenant", "initech", "--yes", "--token-to", f"file:{sink}", "--output", "json")
    # Read for the plan, and again in the look after the visit.
    tool.simulator.add_fault("/apps/[^/]+/users", "status:403", nth=2, times=9, by="client")
    came = tool.run("apply", *made)
    tool.simulator.clear_faults()

    assert came.code == 3, came.out
    (result,) = came.json["tenants"]
    waiting = [o["detail"] for o in result["outcomes"] if o["by_a_person"]]
    assert all(detail.startswith("for a person; couldn't look again") for detail in waiting)
    assert len(result["steps_for_a_person"]["steps"]) == 4
    tool.do_the_clicks("initech", 2, sink.read_text().strip())
    assert tool.run("apply", "--yes", "--tenant", "initech").code == 0


def test_nobody_is_waited_for_longer_than_was_said(simulated: Callable[..., Tool]) -> None:
    tool = simulated(3)
    with terminal(tool, *by_hand(tool, "--wait", "0.005")) as screen:
        screen.until("waited 0.005 minutes; the next run picks up")

        assert screen.code() == 3
    assert tool.account(2)["tokens"] == []


def test_a_terminal_that_is_closed_leaves_no_token_behind_that_nobody_saw(
    simulated: Callable[..., Tool],
) -> None:
    tool = simulated(3)
    with terminal(tool, *by_hand(tool)) as screen:
        screen.until("waiting for you")
        made = tool.account(2)["tokens"]
        screen.hang_up()

        assert screen.ended() == 130
    assert (len(made), tool.account(2)["tokens"]) == (1, [])


def test_a_hangup_is_heeded_like_an_interrupt(simulated: Callable[..., Tool]) -> None:
    tool = simulated(3)
    with terminal(tool, *by_hand(tool)) as screen:
        screen.until("waiting for you")
        screen.send(signal.SIGHUP)

        assert screen.code() == 130
        assert "run the same command again" in screen.screen
    assert tool.account(2)["tokens"] == []


def test_a_hangup_that_was_to_be_ignored_is(simulated: Callable[..., Tool]) -> None:
    tool = simulated(3)
    with terminal(tool, *by_hand(tool), ignoring=signal.SIGHUP) as screen:
        screen.until("waiting for you")
        screen.send(signal.SIGHUP)
        tool.console({"Enable SCIM provisioning": True}, 2)
        screen.until("seen.* 1  General")
        screen.type("q")

        assert screen.code() == 3
