"""What looks like proof that Okta holds a token, and isn't: nothing that it may hold is revoked."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from test_rotate import (
    DAY,
    Start,
    enter,
    own_playbook,
    press_test_and_forget_to_save,
    push_somebody,
    rotate,
    tokens,
)
from test_rotate_mishaps import saml
from tool import Tool

from okta_scim_setup.errors import OutcomeUnknown
from okta_scim_setup.journal import Journal
from okta_scim_setup.providers.dbt_cloud import _token_hand_over
from okta_scim_setup.providers.okta._api import Api as Okta
from okta_scim_setup.simulator.dbt_cloud import scim_config
from okta_scim_setup.simulator.okta import connections
from okta_scim_setup.simulator.okta.errors import OktaError

HOUR = 3600.0
"""Seconds."""


# -- times


def test_a_time_without_an_offset_is_utc(tmp_path: Path) -> None:
    """dbt's own have one (specified), which is all that says so."""
    journal = Journal(tmp_path / "one.jsonl")
    journal.note("handing over", name="x", before="2026-01-01T10:00:00")
    journal.note("proven", name="x", used="2026-01-01T11:00:00")

    begun = journal.hand_over("x")

    assert begun
    assert begun.proven == datetime(2026, 1, 1, 11, tzinfo=UTC)
    assert begun.before == datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("ahead", [0.0, 3.0])
def test_a_trial_that_shows_late_is_our_own_though_dbts_clocks_differ(
    set_up: Tool, patient: None, monkeypatch: pytest.MonkeyPatch, ahead: float
) -> None:
    """Its database is some seconds ahead of what its answers are dated by."""
    set_up.simulator.clock.advance(HOUR)
    old, whole = set_up.app()["token_id"], scim_config.dbt_time
    monkeypatch.setattr(scim_config, "dbt_time", lambda s: whole(s + ahead))
    set_up.simulator.switches.change({"last_used_delay": 120.0})
    set_up.simulator.add_fault("connections/default", "not_applied", method="POST")
    rotate(set_up)
    set_up.simulator.clock.advance(DAY + 60)

    rotate(set_up, "--finish")

    assert old in tokens(set_up)


def test_a_word_is_over_where_the_old_token_was_saved_later_the_same_day(by_hand: Tool) -> None:
    """dbt shows days alone: whether the old one was used before the word or after, it doesn't."""
    folder, clock = by_hand.config.parent, by_hand.simulator.clock
    by_hand.simulator.switches.change({"last_used_resolution": "day"})
    clock.advance(DAY - clock.now() % DAY + 10 * HOUR)
    rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{folder}/second")
    enter(by_hand, folder / "second")
    rotate(by_hand, "--tenant", "initech", "--confirm", str(by_hand.app(2)["token_id"]))
    clock.advance(HOUR)
    enter(by_hand, folder / "first")
    clock.advance(DAY)
    press_test_and_forget_to_save(by_hand, (folder / "second").read_text().strip())
    clock.advance(HOUR)

    rotate(by_hand, "--tenant", "initech", "--finish", "--no-grace")

    assert by_hand.app(2)["token_id"] in tokens(by_hand, 2)


@pytest.mark.parametrize("resolution", ["minute", "second", "second fraction"])
def test_a_word_and_the_old_one_goes_however_finely_a_use_is_told(
    by_hand: Tool, resolution: str
) -> None:
    """After a leak; the old one's use may be told as 12:30:00 by a clock that ticks in seconds."""
    folder, clock = by_hand.config.parent, by_hand.simulator.clock
    by_hand.simulator.switches.change({"last_used_resolution": resolution})
    clock.advance(3 * DAY + 60 - clock.now() % 60)
    push_somebody(by_hand, 2)
    clock.advance(HOUR)
    options = ("--tenant", "initech", "--no-grace")
    rotate(by_hand, *options, "--token-to", f"file:{folder}/second")
    enter(by_hand, folder / "second")
    clock.advance(60)
    new = by_hand.app(2)["token_id"]

    assert rotate(by_hand, *options, "--confirm", str(new)).code == 0
    assert tokens(by_hand, 2) == [new]


# -- hand-overs


@pytest.mark.parametrize(("status", "code"), [(400, "E0000001"), (500, "E0000009")])
def test_oktas_own_trial_shows_nothing_where_it_didnt_keep_the_token(
    set_up: Tool, monkeypatch: pytest.MonkeyPatch, status: int, code: str
) -> None:
    set_up.simulator.clock.advance(HOUR)
    old, tried = set_up.app()["token_id"], connections._verify

    def try_and_refuse(*given: Any) -> None:
        tried(*given)
        raise OktaError(status, code, "it can't be stored", ())

    with monkeypatch.context() as patch:
        patch.setattr(connections, "_verify", try_and_refuse)
        assert rotate(set_up).code == 1
    assert set_up.app()["token_id"] == old
    assert set_up.run("plan", "--detailed-exitcode").code == 2  # another one is to be handed over
    set_up.simulator.clock.advance(DAY + 60)

    rotate(set_up, "--finish")

    assert old in tokens(set_up)


def test_what_was_made_is_looked_at_again_before_it_is_handed_over_once_more(
    set_up: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer was lost, the machine slept, and another one rotated meanwhile."""
    set_up.simulator.clock.advance(HOUR)
    put = Okta.set_connection

    def lost_and_slept(*_given: Any) -> None:
        monkeypatch.setattr(Okta, "set_connection", put)
        set_up.simulator.clock.advance(16 * 60)
        elsewhere = str(set_up.config.parent / "elsewhere")
        assert set_up.run("rotate", "--yes", "--no-grace", "--journal", elsewhere).code == 0
        # Okta may keep a token without trying it.
        monkeypatch.setattr(connections, "_verify", lambda *_given: None)
        raise OutcomeUnknown("no answer came")

    monkeypatch.setattr(Okta, "set_connection", lost_and_slept)
    monkeypatch.setattr(_token_hand_over, "PATIENCE", 1.0)

    rotate(set_up)

    assert set_up.app()["token_id"] in tokens(set_up)


def test_hand_overs_that_are_never_seen_pile_up_ten_tokens_at_most(
    set_up: Tool, patient: None
) -> None:
    set_up.simulator.switches.change({"last_used_delay": 100 * DAY})
    said = []
    for _ in range(12):
        said.append(rotate(set_up).out)
        set_up.simulator.clock.advance(HOUR)

    newest, old = max(tokens(set_up)), min(tokens(set_up))
    assert f"rotate --confirm {newest} --tenant acme" in said[9]
    assert "revoke in dbt those that it doesn't hold, and run again" in said[-1]
    assert "run the same command again" not in "".join(said)
    assert "10 tokens were sent to Okta, and nothing shows that it uses any" in said[-1]
    assert len(tokens(set_up)) == 11
    assert set_up.app()["token_id"] == newest

    for number in set(tokens(set_up)) - {old, newest}:
        set_up.dbt("DELETE", f"/scim-config/tokens/{number}/")
    assert rotate(set_up).code == 3
    assert max(tokens(set_up)) > newest


def test_a_token_whose_making_stays_unknown_is_no_success(set_up: Tool, patient: None) -> None:
    """No answer to the making, and none to taking it back either."""
    set_up.simulator.clock.advance(HOUR)
    held_before = set_up.app()["token_id"]
    set_up.simulator.add_fault("scim-config/tokens", "drop_after", method="POST")
    set_up.simulator.add_fault("scim-config/tokens", "drop_before", method="DELETE", times=20)

    came = rotate(set_up)

    assert came.code == 1, came.out
    assert "one token of ours is alive" not in came.out
    assert set_up.app()["token_id"] == held_before
    set_up.simulator.clear_faults()
    assert rotate(set_up).code in {0, 3}
    assert set_up.app()["token_id"] != held_before


# -- two apps of one account


def held(tool: Tool, label: str) -> int:
    apps = tool.simulator.state()["okta"][0]["apps"]
    return int(next(app["token_id"] for app in apps if app["label"] == label))


def two_apps(simulated: Start) -> Tool:
    tool = simulated()
    for label in ("first", "second"):
        tool.okta("POST", "/api/v1/apps", json=saml(label))
    own_playbook(tool, "rotate: 1")
    return tool


def test_a_token_that_another_config_handed_to_another_app_stays(simulated: Start) -> None:
    tool = two_apps(simulated)
    configs = {}
    for label in ("first", "second"):
        path = tool.config.parent / f"{label}.yaml"
        path.write_text(re.sub(r"app: .*", f"app: {label}", tool.config.read_text()))
        configs[label] = Tool(tool.simulator, path, tool.capsys)
    assert configs["first"].run("apply", "--yes").code == 0
    tool.simulator.clock.advance(HOUR)
    assert configs["second"].run("apply", "--yes").code == 0
    assert held(tool, "first") != held(tool, "second")
    tool.simulator.clock.advance(DAY + 60)

    configs["second"].run("apply", "--yes")

    assert {held(tool, "first"), held(tool, "second")} <= set(tokens(tool))


def second_after_first(simulated: Start) -> Tool:
    """One config, whose app is another one now; the first is on still."""
    tool = two_apps(simulated)
    for label in ("first", "second"):
        tool.change(app=label)
        assert tool.run("apply", "--yes").code == 0
        tool.simulator.clock.advance(HOUR)
    tool.simulator.clock.advance(DAY)
    return tool


def pushes(tool: Tool, label: str) -> None:
    """That app's Okta uses the token that it holds."""
    world = tool.simulator._world
    number = held(tool, label)
    for account in world.accounts.values():
        if number in account.scim_tokens:
            account.scim_tokens[number].uses.append(world.clock.now())


def test_the_token_of_an_app_that_another_takes_the_place_of_stays_until_it_is_named(
    simulated: Start,
) -> None:
    tool = second_after_first(simulated)
    first = held(tool, "first")

    assert tool.run("apply", "--yes").code == 0
    assert first in tokens(tool)
    audit = tool.run("audit", "--output", "json").json
    found = [f for f in audit["tenants"][0]["findings"] if f["id"] == "AUD501"]
    assert [f["found"].split()[0] for f in found] == [str(first)]

    came = rotate(tool)
    assert "isn't ours and stays" in came.out
    assert rotate(tool, "--retire", str(first)).code == 0
    assert first not in tokens(tool)


def test_an_app_that_is_on_elsewhere_makes_nobody_rotate(simulated: Start) -> None:
    tool = second_after_first(simulated)
    for _ in range(3):
        tool.simulator.clock.advance(DAY)
        pushes(tool, "first")

        assert tool.run("plan", "--detailed-exitcode").code == 0


def test_what_leaves_revokes_no_token_that_another_app_holds(simulated: Start) -> None:
    tool = second_after_first(simulated)
    pushes(tool, "first")
    path = tool.config.parent / "own.yaml"
    text = path.read_text().replace("name: okta, rotate: 1}", "name: okta, state: absent}")
    kind = "  - kind: okta.scim_provisioning\n"
    path.write_text(text.replace(kind, f"{kind}    state: absent\n"))

    came = tool.run("apply", "--yes", "--allow", "delete=2")

    assert came.code == 0, came.out
    assert tokens(tool) == [held(tool, "first")]


def test_of_two_configs_by_hand_neither_asks_for_what_the_other_did(by_hand: Tool) -> None:
    """initech's account, and a second custom SAML app of it."""
    label = "dbt second"
    by_hand.okta("POST", "/api/v1/apps", 2, json=saml(label) | {"name": "initech_second"})
    text = by_hand.config.read_text()
    second = Tool(by_hand.simulator, by_hand.config.parent / "second.yaml", by_hand.capsys)
    second.config.write_text(text.replace("app: dbt initech", f"app: {label}"))
    by_hand.simulator.clock.advance(HOUR)
    assert by_hand.run("plan", "--tenant", "initech", "--detailed-exitcode").code == 0

    sink = f"file:{by_hand.config.parent / 'other'}"
    second.run("apply", "--yes", "--tenant", "initech", "--token-to", sink)

    assert len(tokens(by_hand, 2)) == 2
    assert by_hand.run("plan", "--tenant", "initech", "--detailed-exitcode").code == 0


# -- the journal


@pytest.mark.parametrize("late", [0.0, HOUR])
@pytest.mark.parametrize("number", [0, 2], ids=["api", "by hand"])
def test_an_entry_that_was_written_in_part_stops_the_run(
    simulated: Start, monkeypatch: pytest.MonkeyPatch, number: int, late: float, patient: None
) -> None:
    """The disk is full in the middle of it: nothing may be handed over that isn't on record."""
    tool = simulated(3)
    tenant = ("acme", "globex", "initech")[number]
    first, second = tool.config.parent / "first", tool.config.parent / "second"
    tool.run("apply", "--yes", "--tenant", tenant, "--token-to", f"file:{first}")
    if number:
        tool.do_the_clicks(tenant, number, first.read_text().strip())
        assert tool.run("apply", "--yes", "--tenant", tenant).code == 0
    tool.simulator.clock.advance(2 * HOUR)
    tool.simulator.switches.change({"last_used_delay": late})
    write = os.write

    def in_part(descriptor: int, data: bytes) -> int:
        return write(descriptor, data[: len(data) // 2] if b'"handing over"' in data else data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", in_part)
        came = rotate(tool, "--tenant", tenant, "--token-to", f"file:{second}")

    assert came.code == 1
    assert "can't be written: No space left on device" in came.out
    if second.exists():
        enter(tool, second)
    tool.run("apply", "--yes", "--tenant", tenant)
    assert tool.app(number)["token_id"] in tokens(tool, number)


def test_what_a_run_means_to_do_is_on_the_disk_before_it_is_done(
    set_up: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[int] = []
    synced, sync = [], os.fsync

    def noticed(descriptor: int) -> None:
        sync(descriptor)
        entry = os.pread(descriptor, 1 << 20, 0).decode().splitlines()[-1]
        made = sum(r["method"] == "POST" for r in set_up.simulator.requests()) - before
        synced.extend((made,) if '"minting"' in entry else ())
        posted.extend((made,) if '"handing over"' in entry else ())

    before = sum(r["method"] == "POST" for r in set_up.simulator.requests())
    monkeypatch.setattr(os, "fsync", noticed)

    assert rotate(set_up).code == 0

    assert synced == [0]  # the token wasn't asked for yet
    assert posted == [1]  # nor handed over
