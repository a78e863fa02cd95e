"""From an empty org and account to people who are provisioned, licensed and permitted; and on."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from histories import DAY
from sso import ADMINS, DEVS, Start, apply, changes, data, from_nothing, provider, set_up
from test_terminal import integration, terminal
from tool import Tool

VIEWERS = {"name": "dbt-acme-viewers", "license": "read_only", "permissions": ["readonly"]}

LICENCES = {
    "ada.lovelace@acme.example": "it",
    "grace.hopper@acme.example": "it",
    "edgar.codd@acme.example": "developer",
    "barbara.liskov@acme.example": "developer",
    "alan.turing@acme.example": "developer",
    "frances.allen@acme.example": "developer",
    "donald.knuth@acme.example": "developer",
}


def licences(tool: Tool) -> dict[str, str]:
    """Of everybody who is active and managed by SCIM."""
    users = tool.account()["users"]
    return {u["userName"]: u["license_type"] for u in users if u["active"] and u["scim_managed"]}


def permissions(tool: Tool) -> dict[str, list[str]]:
    """Of the groups that SCIM manages."""
    return {
        group["name"]: [p["permission_set"] for p in group["group_permissions"]]
        for group in data(tool, "/groups/")
        if group["scim_managed"]
    }


def group_id(tool: Tool, name: str) -> str:
    groups = tool.okta("GET", "/api/v1/groups?limit=200")
    kept = [g["id"] for g in groups if g["profile"]["name"] == name and g["type"] == "OKTA_GROUP"]
    return str(kept[0])


def with_viewers(tool: Tool) -> None:
    """Another group in Okta, with the one person who is in no other."""
    tool.okta("POST", "/api/v1/groups", json={"profile": {"name": "dbt-acme-viewers"}})
    radia = tool.okta("GET", "/api/v1/users/radia.perlman@acme.example")["id"]
    tool.okta("PUT", f"/api/v1/groups/{group_id(tool, 'dbt-acme-viewers')}/users/{radia}")


@pytest.fixture
def done(simulated: Start) -> Tool:
    """An empty tenant that was taken through the full playbook."""
    tool = from_nothing(simulated)
    came = set_up(tool)
    assert came.code == 0, came.out
    return tool


def test_an_empty_org_and_account_become_people_with_licences_and_permissions(done: Tool) -> None:
    signed_in = {login: done.simulator.sign_in(done.app()["id"], login) for login in LICENCES}

    assert licences(done) == LICENCES
    assert permissions(done) == {
        "dbt-acme-admins": ["account_admin"],
        "dbt-acme-devs": ["developer"],
    }
    assert set(signed_in.values()) == {""}
    assert data(done, "/scim-config/") == {
        "enabled": True,
        "manual_updates_allowed": False,
        "scim_controlled_license_type": True,
    }
    assert provider(done)["allow_password_backdoor"] is True
    assert done.app()["token_id"] == done.account()["tokens"][0]["id"]


def test_a_second_apply_has_nothing_to_do_and_an_audit_finds_nothing(done: Tool) -> None:
    sent = done.sent("apply", "--yes")
    came = apply(done)

    assert {request["method"] for request in sent} == {"GET"}
    assert "in sync. Nothing to do." in came.out
    assert done.run("audit").code == 0


def test_one_apply_at_a_terminal_goes_all_the_way(simulated: Start) -> None:
    tool = from_nothing(simulated)
    with terminal(tool, "apply", "--token-to", "terminal") as screen:
        screen.until(r"Make these changes to acme\? \[y/N\]")
        screen.type("y\n")
        screen.until(r"okta.saml_app/dbt\s+0oa\w+ made")
        base_url = screen.until(r"SCIM connector base URL\s+(\S+)")[1]
        screen.until("waiting for you")
        token = screen.shown_token()
        tool.console({"Enable SCIM provisioning": True})
        screen.until("seen.* 1  General")
        tool.console(integration(base_url, token))
        screen.until("seen.* 2  Provisioning, Integration")
        tool.console(
            {"Create Users": True, "Update User Attributes": True, "Deactivate Users": True}
        )
        screen.until("seen.* 3  Provisioning, To App")

        assert screen.code() == 0, screen.screen
    assert licences(tool) == LICENCES
    assert changes(tool) == []


def test_a_groups_changed_licence_follows_once_its_number_is_named(done: Tool) -> None:
    done.change(groups=[ADMINS, {**DEVS, "license": "read_only"}])

    refused = apply(done)
    came = apply(done, "downgrade=5")

    assert refused.code == 4
    assert "5 people would get a smaller licence in dbt Cloud" in refused.out
    assert "edgar.codd@acme.example: developer -> read_only" in refused.out
    assert "~ okta.group_assignment/dbt-acme-devs" in refused.out
    assert came.code == 0, came.out
    assert licences(done)["edgar.codd@acme.example"] == "read_only"
    assert licences(done)["ada.lovelace@acme.example"] == "it"
    assert changes(done) == []


def test_a_group_that_is_added_arrives_with_its_people_licence_and_permissions(done: Tool) -> None:
    with_viewers(done)
    done.change(groups=[ADMINS, DEVS, VIEWERS])

    plan = done.run("plan")
    came = apply(done)

    assert "read_only 0 -> 1 of 100" in plan.out
    assert came.code == 0, came.out
    assert licences(done) == {**LICENCES, "radia.perlman@acme.example": "read_only"}
    assert permissions(done)["dbt-acme-viewers"] == ["readonly"]
    assert changes(done) == []


def test_a_group_that_is_no_longer_declared_is_left_alone(done: Tool) -> None:
    done.change(groups=[ADMINS])

    assert changes(done) == []
    assert licences(done) == LICENCES


def test_a_group_that_is_said_to_be_absent_goes_and_dbts_is_left_without_permissions(
    done: Tool,
) -> None:
    done.change(groups=[ADMINS, {**DEVS, "state": "absent"}])

    refused = apply(done)
    came = apply(done, "delete=3", "deactivate=5")

    assert refused.code == 4
    assert "--allow delete=3" in refused.out
    assert "--allow deactivate=5" in refused.out
    by = "- okta.group_assignment/dbt-acme-devs: 5 of its people have no other way into the app"
    assert refused.out.count(by) == 1
    assert came.code == 0, came.out
    assert set(licences(done)) == {"ada.lovelace@acme.example", "grace.hopper@acme.example"}
    assert permissions(done) == {"dbt-acme-admins": ["account_admin"], "dbt-acme-devs": []}
    assert changes(done) == []


def test_a_group_comes_back_with_its_people_once_it_is_declared_again(done: Tool) -> None:
    done.change(groups=[ADMINS, {**DEVS, "state": "absent"}])
    assert apply(done, "delete=3", "deactivate=5").code == 0
    done.change(groups=[ADMINS, DEVS])

    came = apply(done)

    assert came.code == 0, came.out
    assert licences(done) == LICENCES
    assert permissions(done)["dbt-acme-devs"] == ["developer"]
    assert changes(done) == []


REMOVED = """
  - kind: okta.group_assignment
    name: dbt-acme-devs
    app: !ref okta.saml_app/dbt.id
    state: absent
  - {kind: okta.group_push, name: dbt-acme-devs, app: !ref okta.saml_app/dbt.id, state: absent}
"""


def test_a_group_that_is_removed_costs_the_number_of_its_people(done: Tool) -> None:
    folder = done.config.parent
    text = (
        "variables: {app: null, groups: [], create_app: true, login_slug: a, auth0_uri: a, "
        "auth0_entity_id: a}\nresources:\n"
        '  - {kind: okta.saml_app, name: dbt, label: "{{ app }}"}\n'
        "  - {kind: dbt_cloud.scim_config}\n" + REMOVED
    )
    (folder / "own.yaml").write_text(text)
    done.config.write_text(done.config.read_text().replace("dbt_cloud_full", "./own.yaml"))

    refused = apply(done)
    came = apply(done, "delete=2", "deactivate=5")

    assert refused.code == 4
    assert "5 people would be deactivated in dbt Cloud" in refused.out
    assert "--allow deactivate=5" in refused.out
    assert came.code == 0, came.out
    assert set(licences(done)) == {"ada.lovelace@acme.example", "grace.hopper@acme.example"}


def test_moving_the_app_to_another_account_is_refused(simulated: Start) -> None:
    tool = moved(simulated)

    came = apply(tool)

    assert came.code == 4
    assert "1 app that provisions another account would be moved to this one" in came.out
    assert "--allow move=1" in came.out
    assert "7 assigned are linked to users there" in came.out
    assert tool.account(1)["tokens"] == []


def test_what_is_pushed_is_not_waited_for_while_a_moved_app_waits_for_a_person(
    simulated: Start,
) -> None:
    tool = moved(simulated)

    came = apply(tool, "move=1", sink=tool.config.parent / "other.txt")

    assert came.code == 3, came.out
    waiting = re.findall(r">>  dbt_cloud.group_permissions/(\S+)\s+waits for the step", came.out)
    assert waiting == ["dbt-acme-admins", "dbt-acme-devs"]
    assert "!!" not in came.out


def moved(start: Start) -> Tool:
    """An account that was set up, and in whose stead the config names another one."""
    tool = from_two(start)
    assert set_up(tool).code == 0
    first, second = (a["account_id"] for a in tool.simulator.summary()["dbt_cloud"])
    tool.config.write_text(tool.config.read_text().replace(str(first), str(second)))
    (tool.config.parent / "secrets" / "dbt-acme.token").write_text(
        tool.simulator.summary()["dbt_cloud"][1]["token"]
    )
    return tool


def from_two(start: Start) -> Tool:
    """Two empty accounts on one org, of which the first is set up."""
    tool = start(2, orgs=1, bare=True)
    text = tool.config.read_text()
    tool.config.write_text(text[: text.index("  globex:")].replace("_scim\n", "_full\n"))
    made: dict[str, Any] = {"create_app": True, "login_slug": "acme"}
    more = {"auth0_uri": "auth.dbt.example", "auth0_entity_id": "us_entity"}
    tool.change(**made, **more, groups=[ADMINS, DEVS])
    return tool


def test_no_log_is_asked_what_an_app_that_is_gone_called(done: Tool) -> None:
    other = done.dbt("POST", "/scim-config/tokens/", json={"name": "by hand"})["data"]
    account = done.simulator.summary()["dbt_cloud"][0]
    url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2/Users"
    bearer = {"Authorization": f"Bearer {other['token_string']}"}
    done.simulator.clock.advance(DAY + 60)
    requests.get(url, headers=bearer, timeout=10).raise_for_status()
    asked = [request["path"] for request in done.sent("plan")]
    assert sum(path.startswith("/api/v1/logs") for path in asked) == 1  # whose use that was

    app = done.app()["id"]
    done.okta("POST", f"/api/v1/apps/{app}/lifecycle/deactivate")
    done.okta("DELETE", f"/api/v1/apps/{app}")
    asked = [request["path"] for request in done.sent("plan")]
    assert not [path for path in asked if path.startswith("/api/v1/logs")]
