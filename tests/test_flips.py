"""What was set and differs again, with both who set it and who undid it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pseudo_terminal import Person, terminal
from tool import Came, Tool

from okta_scim_setup import flips
from okta_scim_setup.flips import Event, Write

Start = Callable[..., Tool]

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def at(minutes: float, who: str, *, ours: bool | None = None) -> Event:
    return Event(NOON + timedelta(minutes=minutes), "application.lifecycle.update", who, ours)


def flipped(tool: Tool, tenant: str) -> list[dict[str, Any]]:
    came = tool.run("audit", "--tenant", tenant, "--output", "json")
    (result,) = came.json["tenants"]
    return [f for f in result["findings"] if f["id"] == "AUD920"]


def test_what_another_tool_undoes_after_our_write_is_told_with_both_actors(
    simulated: Start,
) -> None:
    tool = simulated()
    app = tool.app()["id"]
    off = {"update": {"lifecycleDeactivate": {"status": "DISABLED"}}}
    for _ in range(2):
        assert flipped(tool, "acme") == []  # once is a difference like any other
        tool.run("apply", "--yes")
        tool.simulator.clock.advance(3600)
        tool.okta("PUT", f"/api/v1/apps/{app}/features/USER_PROVISIONING", json=off)

    (found,) = flipped(tool, "acme")

    assert found["address"] == "okta.provisioning_features"
    assert found["attribute"] == "deactivate_users"
    assert "no again: yes was set 20" in found["found"]
    assert "by okta-scim-setup: okta-admin@acme.example" in found["found"]
    assert "with okta-scim-setup/" in found["found"]
    undone = found["found"].partition("undone by ")[2]
    assert undone.startswith("okta-admin@acme.example from 127.0.0.1 with python-requests/")
    assert "owner: terraform" in found["do"]
    assert not found["fixable"]


def test_what_is_undone_of_what_a_person_was_seen_doing_is_told_as_well(
    simulated: Start,
) -> None:
    tool = simulated(3)
    asked = ("apply", "--yes", "--tenant", "initech", "--token-to", "terminal")
    for _ in range(2):
        with terminal(tool, *asked) as screen:
            Person(screen, tool, 2).does_what_is_asked()
            assert screen.code() == 0
        tool.simulator.clock.advance(3600)
        tool.console({"Enable SCIM provisioning": False}, 2)

    found = {f["attribute"]: f["found"] for f in flipped(tool, "initech")}

    assert "yes was set 20" in found["enabled"]
    assert "by a person, as asked" in found["enabled"]
    assert re.search(r"undone by \S+@\S+ .*\(application\.lifecycle\.update\)", found["enabled"])


def test_a_push_that_was_made_here_and_is_gone_again_is_told(simulated: Start) -> None:
    tool = simulated()
    mappings = f"/api/v1/apps/{tool.app()['id']}/group-push/mappings"
    for _ in range(2):
        tool.run("apply", "--yes")
        tool.simulator.clock.advance(3600)
        push = min(tool.okta("GET", mappings), key=lambda row: row["sourceGroupId"])["id"]
        tool.okta("PATCH", f"{mappings}/{push}", json={"status": "INACTIVE"})
        tool.okta("DELETE", f"{mappings}/{push}?deleteTargetGroup=false")

    (found,) = flipped(tool, "acme")

    assert found["address"].startswith("okta.group_push/")
    assert "absent again: present was set 20" in found["found"]
    assert "undone by okta-admin@acme.example from 127.0.0.1 with python-req" in found["found"]


def test_a_rotation_puts_nothing_right_so_nobody_undid_it(set_up_already: Start) -> None:
    tool = set_up_already()
    assert tool.run("rotate", "--yes").code == 0
    tool.simulator.clock.advance(2 * 86_400)
    superseded = tool.run("audit", "--output", "json")
    for token in tool.account()["tokens"]:
        tool.dbt("DELETE", f"/scim-config/tokens/{token['id']}/")
    revoked = tool.run("audit", "--output", "json")

    def found(came: Came) -> set[str]:
        return {f["id"] for f in came.json["tenants"][0]["findings"] if not f["rule"]}

    assert found(superseded) == {"AUD113"}
    assert {"AUD111", "AUD216"} <= found(revoked)
    assert "AUD920" not in found(revoked)


def test_what_was_declared_anew_was_not_put_right_so_nobody_undid_it(simulated: Start) -> None:
    tool = simulated()
    playbook = "variables: {app: , groups: []}\nresources:\n  - kind: dbt_cloud.scim_config\n"
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "./own.yaml", 1))

    def declare(*, allowed: bool) -> None:
        own = f"{playbook}    manual_updates_allowed: {str(allowed).lower()}\n"
        (tool.config.parent / "own.yaml").write_text(own)

    def undo(*, allowed: bool = True) -> None:
        now = tool.dbt("GET", "/scim-config/")["data"]
        tool.dbt("POST", "/scim-config/", json=now | {"manual_updates_allowed": allowed})

    for allowed in (False, True, False):
        declare(allowed=allowed)
        assert tool.run("apply", "--yes").code == 0
    undo()
    assert flipped(tool, "acme") == []
    tool.run("apply", "--yes")
    undo()
    assert [f["attribute"] for f in flipped(tool, "acme")] == ["manual_updates_allowed"]
    undo(allowed=False)
    declare(allowed=True)
    assert flipped(tool, "acme") == []  # it isn't applied yet


def test_nothing_is_told_of_what_was_never_set_from_here(simulated: Start, tmp_path: Any) -> None:
    tool = simulated()
    tool.run("apply", "--yes", "--journal", str(tmp_path / "elsewhere"))
    tool.console({"Deactivate Users": False})

    assert flipped(tool, "acme") == []


def test_where_dbt_logs_nothing_the_actor_is_said_to_be_unknown(set_up_already: Start) -> None:
    tool = set_up_already()
    switches = {"enabled": True, "manual_updates_allowed": True}
    tool.dbt("POST", "/scim-config/", json={"enabled": False, "manual_updates_allowed": False})
    assert tool.run("apply", "--yes").code == 0
    tool.dbt("POST", "/scim-config/", json={**switches, "enabled": False})

    found = {f["attribute"]: f["found"] for f in flipped(tool, "acme")}

    assert "undone by unknown: dbt's audit log has no event for it" in found["enabled"]


def test_a_log_that_cannot_be_read_is_said(simulated: Start) -> None:
    tool = simulated()
    app = tool.app()["id"]
    off = {"update": {"lifecycleDeactivate": {"status": "DISABLED"}}}
    for _ in range(2):
        tool.run("apply", "--yes")
        tool.okta("PUT", f"/api/v1/apps/{app}/features/USER_PROVISIONING", json=off)
    tool.simulator.add_fault("/api/v1/logs", "status:403", times=9)

    (found,) = flipped(tool, "acme")

    assert "undone by unknown: the log couldn't be read" in found["found"]


def test_what_flipped_costs_no_request_more_than_other_drift(
    simulated: Start, tmp_path: Path
) -> None:
    tool = simulated()
    for _ in range(2):
        tool.run("apply", "--yes")
        tool.console({"Deactivate Users": False})

    drifted = tool.sent("audit", "--journal", str(tmp_path / "elsewhere"))
    flipping = tool.sent("audit")

    assert len(flipped(tool, "acme")) == 1
    assert len(flipping) == len(drifted)


@pytest.mark.parametrize(
    ("events", "by_hand", "expected"),
    [
        ([at(0, "us", ours=True), at(9, "jane", ours=False)], False, ("us", "jane")),
        ([at(0, "us", ours=True), at(9, "us", ours=True)], False, ("us", None)),
        (
            [at(0, "us", ours=True), at(5, "jane", ours=False), at(9, "joe", ours=False)],
            False,
            ("us", "joe"),
        ),
        ([at(-9, "jane", ours=False), at(0, "us", ours=True)], False, ("us", None)),
        ([at(0, "service"), at(30, "other")], False, ("service", "other")),
        ([at(-0.5, "pat", ours=False), at(7, "tf", ours=False)], True, ("pat", "tf")),
        ([at(0, "us", ours=True), at(7, "tf", ours=False)], True, (None, "tf")),
        ([], False, (None, None)),
    ],
)
def test_which_event_is_the_write_and_which_the_undoing(
    events: list[Event], *, by_hand: bool, expected: tuple[str | None, str | None]
) -> None:
    found = flips.actors(events, Write(NOON, by_hand))

    assert tuple(event.who if event else None for event in found) == expected


def test_the_last_write_counts_and_one_that_was_not_done_does_not() -> None:
    entries = [
        {"event": "done", "at": "2026-11-25T10:00:00Z", "address": "k/n", "attributes": "a,b"},
        {"event": "done", "at": "2026-11-25T11:00:00Z", "address": "k/n", "attributes": "b"},
        {"event": "failed", "at": "2026-11-25T12:00:00Z", "address": "k/n", "attributes": "a"},
        {"event": "done", "at": "2026-11-25T12:00:00Z", "address": "k/m", "action": "create"},
        {"event": "done", "at": "2026-11-25T12:00:00Z", "address": "k/o", "action": "create"},
        {"event": "done", "at": "2026-11-25T13:00:00Z", "address": "k/o", "action": "delete"},
        {"event": "done", "at": "2026-11-25T12:00:00", "address": "k/m", "attributes": "c"},
        {"event": "done", "at": None, "address": "k/n", "attributes": "a"},
        {"event": "done", "address": "k/n", "attributes": "a"},
    ]

    found = {key: write.at.hour for key, write in flips.writes(entries).items()}

    assert found == {("k/n", "a"): 10, ("k/n", "b"): 11, ("k/m", ""): 12, ("k/m", "c"): 12}
    assert all(write.at.tzinfo for write in flips.writes(entries).values())
