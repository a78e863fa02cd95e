"""The traps that were found by trying, each with a test that bears its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from messages import read
from tool import Tool

from okta_scim_setup.playbook import shipped

Start = Callable[..., Tool]

DAY = 24 * 3600.0
"""Seconds."""

SHIPPED = Path(__file__).parents[1] / "okta_scim_setup/playbooks/dbt_cloud_scim.yaml"

LEAVING = """
  - {kind: okta.group_push, name: dbt-acme-devs, app: !ref okta.saml_app/dbt.id, state: absent}
  - {kind: okta.group_assignment, name: dbt-acme-devs, app: !ref okta.saml_app/dbt.id, STATE}
"""


def use(tool: Tool, *changes: tuple[str, str], more: str = "") -> None:
    """Let the tenants use the shipped playbook with *changes*."""
    text = SHIPPED.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (tool.config.parent / "own.yaml").write_text(text + more)
    config = tool.config.read_text().replace("playbook: dbt_cloud_scim", "playbook: ./own.yaml")
    tool.config.write_text(config)


def done(tool: Tool, *arguments: str) -> str:
    came = tool.run("apply", "--yes", *arguments)
    assert came.code == 0, came.out + came.err
    return came.out


def changes(tool: Tool, *arguments: str) -> dict[str, str]:
    """What a plan would do: actions by address."""
    report = tool.run("plan", "--output", "json", *arguments).json
    return {c["address"]: c["action"] for t in report["tenants"] for c in t["plan"]["changes"]}


def tokens(tool: Tool, tenant: int = 0) -> list[int]:
    return [token["id"] for token in tool.account(tenant)["tokens"]]


def writes(sent: list[dict[str, Any]]) -> list[str]:
    return [f"{r['method']} {r['path']}" for r in sent if r["method"] != "GET"]


def do_the_clicks(tool: Tool, sink: Path) -> None:
    report = tool.run("apply", "--yes", "--tenant", "initech", "--output", "json").json
    for step in report["tenants"][0]["steps_for_a_person"]["steps"]:
        fields: dict[str, Any] = {**step["ticks"], **step["fields"]}
        if "Authorization" in fields:
            fields["Authorization"] = sink.read_text().strip()
        if step["press"]:
            fields[step["press"]] = True
        tool.console(fields, 2)


def test_trap_1_a_value_that_is_shown_once_leaves_the_connection_seen(
    set_up_already: Start,
) -> None:
    """The token can't be read any more; what refers to it is read and compared all the same."""
    tool = set_up_already()

    sent = tool.sent("plan")

    assert changes(tool) == {}
    assert any(r["path"].endswith("/connections/default") for r in sent)
    tool.okta("POST", f"/api/v1/apps/{tool.app()['id']}/connections/default/lifecycle/deactivate")
    # No more than what is off now: the token that Okta holds is activated again, none is made.
    assert set(changes(tool)) == {"okta.scim_provisioning", "okta.provisioning_features"}
    before = tokens(tool)
    done(tool)
    assert tokens(tool) == before


def test_trap_2_a_rotation_reaches_whoever_refers_to_the_token(set_up_already: Start) -> None:
    tool = set_up_already()
    (old,) = tokens(tool)

    use(tool, ("    name: okta\n", "    name: okta\n    rotate: 2\n"))

    assert changes(tool) == {
        "dbt_cloud.scim_token/okta": "create",
        "okta.scim_provisioning": "update",
    }
    done(tool)
    assert tool.app()["token_id"] != old
    assert tokens(tool) == [old, tool.app()["token_id"]]
    assert changes(tool) == {}


def test_trap_3_what_is_gone_already_when_it_is_deleted_is_a_success(
    set_up_already: Start, patient: None
) -> None:
    """The answers get lost: asked again, the services have nothing there any more."""
    tool = set_up_already()
    tool.change(groups=[{"name": "dbt-acme-admins", "assign": True}])
    use(tool, more=LEAVING.replace("STATE", "state: absent"))
    for path in ("/group-push/mappings/", "/groups/"):
        tool.simulator.add_fault(path, "drop_after", method="DELETE")

    sent = tool.sent("apply", "--yes", "--allow", "delete=2", "--allow", "deactivate=5")

    twice = [f"{r['method']} {r['path']}" for r in sent if r["method"] == "DELETE"]
    assert len(twice) == 4
    assert twice[0] == twice[1] != twice[2] == twice[3]
    assert changes(tool) == {}
    assert [m["source_group"] for m in tool.app()["push_mappings"]] == ["dbt-acme-admins"]


def test_trap_3_a_token_that_is_gone_already_when_it_is_revoked_is_a_success(
    set_up_already: Start, patient: None
) -> None:
    tool = set_up_already()
    tool.simulator.add_fault("/scim-config/tokens/", "drop_after", method="DELETE")

    assert tool.run("test", "--mint").code == 0
    assert tokens(tool) == [tool.app()["token_id"]]


@pytest.mark.parametrize("fault", ["status:401", "status:403", "status:404"])
def test_trap_4_a_token_that_okta_refused_is_revoked_at_once(simulated: Start, fault: str) -> None:
    """A definite refusal: Okta never had it, so nobody may use it."""
    tool = simulated()
    tool.simulator.add_fault("/connections/default", fault, method="POST")

    assert tool.run("apply", "--yes").code == 1
    assert tokens(tool) == []
    done(tool)
    assert tokens(tool) == [tool.app()["token_id"]]


def test_trap_4_a_token_that_okta_may_have_stored_before_it_said_400_stays(
    simulated: Start,
) -> None:
    tool = simulated()
    tool.simulator.add_fault("/connections/default", "status:400", method="POST")

    assert tool.run("apply", "--yes").code == 1
    assert len(tokens(tool)) == 1
    done(tool)
    assert tool.app()["token_id"] in tokens(tool)


@pytest.mark.parametrize("fault", ["status:500", "drop_before"])
def test_trap_4_stuck_half_way_the_next_run_makes_a_new_token_and_leaves_one_orphan(
    simulated: Start, fault: str
) -> None:
    """The token was made and the hand-over stayed unknown: nobody has its value any more."""
    tool = simulated()
    for attempt in (1, 2):
        tool.simulator.add_fault("/connections/default", fault, method="POST", nth=attempt)
    assert tool.run("apply", "--yes").code == 1
    (orphan,) = tokens(tool)
    assert tool.app()["token_id"] is None
    used = tool.account()["tokens"][0]["last_used"]

    done(tool)

    assert len(tokens(tool)) == 2
    assert tool.app()["token_id"] not in {orphan, None}
    assert tool.account()["tokens"][0] == tool.account()["tokens"][0] | {
        "id": orphan,
        "last_used": used,
    }
    assert changes(tool) == {}
    tool.simulator.clock.advance(2 * DAY)
    tool.okta("POST", f"/api/v1/apps/{tool.app()['id']}/connections/default/lifecycle/activate")
    assert tool.run("apply", "--yes").code == 0
    assert tokens(tool) == [tool.app()["token_id"]]


def test_trap_5_apply_verifies_with_the_token_that_it_made(simulated: Start) -> None:
    """A second read has lost the value; the check knows which token, and since when."""
    tool = simulated()

    report = tool.run("apply", "--yes", "--output", "json").json

    checks = {c["title"]: c["status"] for c in report["tenants"][0]["checks"]}
    assert checks[f"Okta used {tool.app()['token_id']}"] == "passed"
    assert set(checks.values()) == {"passed"}


@pytest.mark.parametrize(
    ("old", "new", "title", "do"),
    [
        ("    variables:\n", "    variables: {}\n    variables:\n", "is there twice", "keep one"),
        ("!secret file:", "!secret file: ", "must not hold a colon and a space", "env:NAME"),
    ],
)
def test_trap_6_what_yaml_lets_pass_or_calls_mapping_values_is_told_with_file_and_line(
    simulated: Start, old: str, new: str, title: str, do: str
) -> None:
    tool = simulated()
    text = tool.config.read_text().replace(old, new, 1)
    tool.config.write_text(text)

    came = tool.run("validate")

    assert came.code == 1
    (said,) = read(came.err)
    assert title in said.title
    assert said.note("from").startswith(f"{tool.config}:")
    assert do in said.note("do")


def test_trap_7_a_token_that_waits_for_a_person_is_not_made_anew(simulated: Start) -> None:
    tool = simulated(3)
    arguments = ("--tenant", "initech", "--token-to", f"file:{tool.config.parent / 'token'}")
    first = tool.run("apply", "--yes", *arguments)
    before = tokens(tool, 2)

    sent = tool.sent("apply", "--yes", *arguments)
    again = tool.run("apply", "--yes", *arguments)

    assert first.code == again.code == 3
    assert len(before) == 1
    assert tokens(tool, 2) == before
    assert writes(sent) == []
    assert f"token {before[0]}, made " in again.out
    assert "not used yet" in again.out


def test_trap_8_assignments_and_pushes_come_after_provisioning_is_on(simulated: Start) -> None:
    tool = simulated()

    sent = writes(tool.sent("apply", "--yes"))

    def first(part: str) -> int:
        return next(n for n, asked in enumerate(sent) if part in asked)

    order = ["/connections/default", "/features/", "/groups/", "/group-push/mappings"]
    assert [first(part) for part in order] == sorted(first(part) for part in order)
    assert all(user["externalId"] for user in tool.app()["assigned"])


def test_trap_8_nobody_is_assigned_while_provisioning_waits_for_a_person(simulated: Start) -> None:
    tool = simulated(3)
    before = tool.app(2)

    sink = f"file:{tool.config.parent / 'token'}"
    assert tool.run("apply", "--yes", "--tenant", "initech", "--token-to", sink).code == 3

    assert tool.app(2) == before
    assert before["assigned_groups"] == before["push_mappings"] == []


def test_trap_9_licence_control_stays_as_it_was_though_it_is_written_together(
    simulated: Start,
) -> None:
    tool = simulated()
    tool.dbt("POST", "/scim-config/", json={
        "enabled": False, "manual_updates_allowed": True, "scim_controlled_license_type": True,
    })  # fmt: skip

    done(tool)

    account = tool.account()
    assert account["scim_controlled_license_type"] is True
    assert (account["enabled"], account["manual_updates_allowed"]) == (True, False)


@pytest.mark.parametrize("what", ["config", "okta"])
def test_trap_10_a_trailing_slash_is_no_difference(simulated: Start, what: str) -> None:
    tool = simulated()
    if what == "config":
        base = f"{tool.simulator.url}/api/v3/accounts/{tool.account()['account_id']}/scim/v2/"
        text = tool.config.read_text()
        url = f"access_url: {tool.simulator.url}"
        tool.config.write_text(text.replace(url, f"{url}/\n      scim_base_url: {base}"))
    done(tool)
    if what == "okta":
        app = tool.simulator._world.orgs[0].apps[tool.app()["id"]]
        app.provisioning.base_url = f"{app.provisioning.base_url}/"

    assert changes(tool) == {}
    assert writes(tool.sent("apply", "--yes")) == []


def test_trap_10_neither_order_nor_unlisted_features_are_a_difference(simulated: Start) -> None:
    tool = simulated(3)
    sink = tool.config.parent / "token"
    tool.run("apply", "--yes", "--tenant", "initech", "--token-to", f"file:{sink}")
    do_the_clicks(tool, sink)
    done(tool, "--tenant", "initech")
    assert "AUTO_CONFIRM_IMPORTS" in tool.app(2)["features"]

    actions = "    actions: [push_groups, push_profile_updates, push_new_users]\n"
    token = "    token: !ref dbt_cloud.scim_token/okta.token\n"
    use(tool, (token, token + actions))

    assert changes(tool, "--tenant", "initech") == {}
    assert tool.run("audit", "--tenant", "initech").code == 0


def leave(tool: Tool) -> tuple[str, ...]:
    """Take a group's push away, and let the group keep the app."""
    tool.change(groups=[{"name": "dbt-acme-admins", "assign": True}])
    use(tool, more=LEAVING.replace(", STATE", ""))
    return ("--allow", "delete=1")


def take_away(tool: Tool) -> tuple[str, ...]:
    """Take a group's push away, and the app."""
    tool.change(groups=[{"name": "dbt-acme-admins", "assign": True}])
    use(tool, more=LEAVING.replace("STATE", "state: absent"))
    return ("--allow", "delete=2", "--allow", "deactivate=5")


def with_profile(tool: Tool) -> tuple[str, ...]:
    """Ask for another priority."""
    kind = "  - kind: okta.group_assignment\n"
    use(tool, (kind, f"{kind}    priority: 7\n"))
    return ()


def after_two_days(tool: Tool) -> tuple[str, ...]:
    """A superseded token that may be retired."""
    use(tool, ("    name: okta\n", "    name: okta\n    rotate: 2\n"))
    done(tool)
    tool.simulator.clock.advance(2 * DAY)
    tool.okta("POST", f"/api/v1/apps/{tool.app()['id']}/connections/default/lifecycle/activate")
    return ()


FIRST = None
"""Nothing was applied before."""

ACKNOWLEDGED: dict[str, tuple[str, str, Callable[[Tool], tuple[str, ...]] | None]] = {
    "SCIM switched on": ("POST", "/scim-config/$", FIRST),
    "a token made": ("POST", "/scim-config/tokens/$", FIRST),
    "a token revoked": ("DELETE", "/scim-config/tokens/", after_two_days),
    "the connection set": ("POST", "/connections/default", FIRST),
    "the toggles set": ("PUT", "/features/", FIRST),
    "a group assigned": ("PUT", "/groups/", FIRST),
    "an assignment changed": ("PUT", "/groups/", with_profile),
    "an assignment taken away": ("DELETE", "/groups/", take_away),
    "a group pushed": ("POST", "/group-push/mappings", FIRST),
    "a push stopped": ("PATCH", "/group-push/mappings/", leave),
    "a push deleted": ("DELETE", "/group-push/mappings/", leave),
}
"""Every write that there is, and how to come to it."""


@pytest.mark.parametrize("write", ACKNOWLEDGED)
def test_what_is_acknowledged_and_not_done_is_an_error_and_the_next_run_mends_it(
    simulated: Start, patient: None, write: str
) -> None:
    tool, (method, path, prepare) = simulated(), ACKNOWLEDGED[write]
    arguments: tuple[str, ...] = ()
    if prepare:
        done(tool)
        arguments = prepare(tool)
    tool.simulator.add_fault(path, "not_applied", method=method)

    came = tool.run("apply", "--yes", *arguments)

    assert came.code == 1, came.out + came.err
    (said,) = read(came.out + came.err)
    assert said.note("asked")
    assert said.note("do")
    # What was done meanwhile needs no approval any more, and the rest may need another figure.
    one_left = ("--allow", "delete=1")
    for figures in (arguments, one_left, (*one_left, "--allow", "deactivate=5"), ()):
        if tool.run("apply", "--yes", *figures).code == 0:
            break
    assert changes(tool) == {}


def test_there_is_a_write_in_the_table_for_each_that_the_playbook_sends(simulated: Start) -> None:
    tool = simulated()
    sent = writes(tool.sent("apply", "--yes"))

    # What dbt_cloud_full writes besides is in test_licences.py.
    others = ("dbt_cloud_enforce", "dbt_cloud_full", "dbt_cloud_leave")
    assert shipped() == (*others, "dbt_cloud_scim")
    for asked in sent:
        method, target = asked.split(" ", 1)
        assert any(
            method == known and re.search(path, target) for known, path, _ in ACKNOWLEDGED.values()
        ), asked
