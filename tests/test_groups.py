"""Groups and people as they come, change and go: pushes, names, permissions, profiles."""

from __future__ import annotations

from typing import Any

import pytest
from sso import Start, apply, changes, data, use
from tool import Tool

TOP = """
variables: {app: null, groups: []}
resources:
  - {kind: okta.saml_app, name: dbt, label: "{{ app }}"}
  - {kind: dbt_cloud.scim_config}
"""

PUSH = "  - {kind: okta.group_push, name: dbt-acme-devs, app: !ref okta.saml_app/dbt.id}\n"

PERMISSIONS = (
    "  - {kind: dbt_cloud.group_permissions, group: dbt-acme-devs, permissions: [developer]}\n"
)


def provisioned(start: Start) -> Tool:
    """The simulator's first tenant, with both groups assigned and pushed."""
    tool = start()
    assert apply(tool).code == 0
    use(tool, "dbt_cloud_scim", "./own.yaml")
    return tool


def own(tool: Tool, *resources: str) -> None:
    (tool.config.parent / "own.yaml").write_text(TOP + "".join(resources))


def mapping(tool: Tool, source: str = "dbt-acme-devs") -> dict[str, Any]:
    found = [m for m in tool.app()["push_mappings"] if m["source_group"] == source]
    return found[0] if found else {}


def dbt_group(tool: Tool, name: str) -> dict[str, Any]:
    found = [g for g in data(tool, "/groups/") if g["name"] == name]
    return found[0] if found else {}


def okta_group(tool: Tool, name: str) -> str:
    groups = tool.simulator.summary()["okta"][0]["groups"]
    return str(next(g["id"] for g in groups if g["name"] == name))


def member(tool: Tool, login: str) -> dict[str, Any]:
    return next(u for u in tool.account()["users"] if u["userName"] == login)


def sets(tool: Tool, name: str) -> list[str]:
    return sorted(p["permission_set"] for p in dbt_group(tool, name)["group_permissions"])


def test_a_group_that_okta_knows_from_the_app_is_pushed_by_its_id_and_not_doubled(
    simulated: Start,
) -> None:
    tool = provisioned(simulated)
    before, there = mapping(tool), dbt_group(tool, "dbt-acme-devs")
    own(tool, PUSH.replace("}", ", state: absent}"))
    assert apply(tool, "delete=1").code == 0
    assert mapping(tool) == {}

    own(tool, PUSH)
    assert apply(tool).code == 0

    assert mapping(tool)["scim_id"] == before["scim_id"]
    assert dbt_group(tool, "dbt-acme-devs")["id"] == there["id"]
    assert changes(tool) == []


def test_people_of_a_group_that_is_assigned_later_are_looked_for(simulated: Start) -> None:
    """What provisions them was set up long ago, and isn't changed."""
    tool = provisioned(simulated)
    group = tool.okta("POST", "/api/v1/groups", json={"profile": {"name": "dbt-new"}})["id"]
    radia = tool.okta("GET", "/api/v1/users/radia.perlman@acme.example")["id"]
    tool.okta("PUT", f"/api/v1/groups/{group}/users/{radia}")
    tool.simulator.add_fault("/scim/v2/Users", "status:500", method="POST", times=9)
    own(
        tool,
        "  - {kind: okta.group_assignment, name: dbt-new, app: !ref okta.saml_app/dbt.id}\n",
    )

    came = apply(tool)

    assert came.code == 3
    assert "everybody assigned is linked to a dbt user: 7 of 8" in came.out
    assert came.out.count("everybody assigned is linked") == 1


def test_a_group_is_pushed_under_the_name_that_target_says(simulated: Start) -> None:
    tool = provisioned(simulated)
    own(tool, PUSH.replace("}", ", state: absent}"))
    assert apply(tool, "delete=1").code == 0

    own(tool, PUSH.replace("}", ", target: Data People}"))
    assert apply(tool).code == 0

    assert mapping(tool)["target_group"] == "Data People"
    assert dbt_group(tool, "Data People")["scim_managed"] is True
    assert changes(tool) == []


def test_a_group_goes_from_dbt_only_where_its_name_is_said_again_and_the_number_named(
    simulated: Start,
) -> None:
    tool = provisioned(simulated)
    own(tool, PUSH.replace("}", ", state: absent, delete_target_group: dbt-acme-devs}"))

    refused = apply(tool)
    still = dbt_group(tool, "dbt-acme-devs")
    came = apply(tool, "delete=1")

    assert refused.code == 4
    assert still
    assert came.code == 0, came.out
    assert dbt_group(tool, "dbt-acme-devs") == {}
    assert changes(tool) == []


def test_permissions_that_are_not_declared_go_only_where_others_says_remove(
    simulated: Start,
) -> None:
    tool = provisioned(simulated)
    give(tool, "dbt-acme-devs", "git_admin")
    own(tool, PERMISSIONS)
    assert apply(tool).code == 0
    kept = sets(tool, "dbt-acme-devs")

    own(tool, PERMISSIONS.replace("}", ", others: remove}"))
    assert apply(tool).code == 0

    assert kept == ["developer", "git_admin"]
    assert sets(tool, "dbt-acme-devs") == ["developer"]
    assert changes(tool) == []


def test_others_are_removed_though_nothing_that_is_declared_is_there_yet(simulated: Start) -> None:
    tool = provisioned(simulated)
    give(tool, "dbt-acme-devs", "git_admin")
    own(tool, PERMISSIONS.replace("}", ", others: remove}"))

    plan = tool.run("plan")
    assert apply(tool).code == 0

    assert "others" in plan.out
    assert sets(tool, "dbt-acme-devs") == ["developer"]


@pytest.mark.parametrize("how", ["others: remove", "state: absent"])
def test_the_last_who_may_administer_do_not_lose_that(simulated: Start, how: str) -> None:
    tool = provisioned(simulated)
    both = ["job_admin"] if how == "others: remove" else ["owner"]
    own(
        tool,
        f"  - {{kind: dbt_cloud.group_permissions, group: Owner, permissions: {both}, {how}}}\n",
    )

    came = apply(tool, "delete=1")

    assert came.code == 4
    assert "0 people could administer dbt Cloud afterwards, at least 2 must be able to" in came.out
    assert "- admin@acme.example no more" in came.out
    assert sets(tool, "Owner") == ["owner"]


def test_a_group_that_never_arrives_is_waited_for_and_then_named(
    simulated: Start, patient: None
) -> None:
    tool = simulated()
    use(tool, "dbt_cloud_scim", "dbt_cloud_full")
    tool.change(groups=[{"name": "dbt-acme-admins", "permissions": ["developer"]}])
    tool.simulator.add_fault("/scim/v2/Groups", "status:500", method="POST", times=9)

    came = apply(tool)
    tool.simulator.clear_faults()
    again = apply(tool)

    assert came.code == 1
    assert 'no group called "dbt-acme-admins" has come' in came.out
    assert "look at the app's Push Groups page" in came.out
    assert again.code == 0, again.out
    assert sets(tool, "dbt-acme-admins") == ["developer"]


def test_a_renamed_group_keeps_its_push_its_people_and_its_permissions(simulated: Start) -> None:
    tool = simulated()
    use(tool, "dbt_cloud_scim", "dbt_cloud_full")
    devs = {"name": "dbt-acme-devs", "permissions": ["developer"]}
    tool.change(groups=[devs])
    assert apply(tool).code == 0
    before = dbt_group(tool, "dbt-acme-devs")
    path = f"/api/v1/groups/{okta_group(tool, 'dbt-acme-devs')}"
    tool.okta("PUT", path, json={"profile": {"name": "dbt-acme-engineers"}})

    lost = apply(tool)
    tool.change(groups=[{**devs, "name": "dbt-acme-engineers"}])
    came = apply(tool)

    assert lost.code == 1
    assert 'no group called "dbt-acme-devs"' in lost.out
    assert came.code == 0, came.out
    after = dbt_group(tool, "dbt-acme-engineers")
    assert (after["id"], after["member_count"]) == (before["id"], before["member_count"])
    assert sets(tool, "dbt-acme-engineers") == ["developer"]
    assert changes(tool) == []


def test_a_changed_profile_follows_into_dbt(simulated: Start) -> None:
    tool = provisioned(simulated)
    own(tool, PUSH)
    login = "edgar.codd@acme.example"

    tool.okta("POST", f"/api/v1/users/{login}", json={"profile": {"lastName": "Coddington"}})

    assert member(tool, login)["name"] == "Edgar Coddington"
    assert changes(tool) == []


def test_whoever_loses_the_app_in_okta_is_deactivated_in_dbt(simulated: Start) -> None:
    tool = provisioned(simulated)
    own(tool, PUSH)
    login = "edgar.codd@acme.example"
    user = tool.okta("GET", f"/api/v1/users/{login}")["id"]

    tool.okta("DELETE", f"/api/v1/groups/{okta_group(tool, 'dbt-acme-devs')}/users/{user}")

    assert member(tool, login)["active"] is False
    assert changes(tool) == []


@pytest.mark.parametrize("verb", ["plan", "doctor"])
def test_people_who_match_but_for_case_are_warned_of(simulated: Start, verb: str) -> None:
    tool = simulated()
    email = "ADMIN@acme.example"
    profile = {"login": email, "email": email, "firstName": "Pat", "lastName": "Admin"}
    user = tool.okta("POST", "/api/v1/users?activate=true", json={"profile": profile})["id"]
    tool.okta("PUT", f"/api/v1/groups/{okta_group(tool, 'dbt-acme-devs')}/users/{user}")

    said = tool.run(verb).out

    assert "ADMIN@acme.example" in said
    assert "admin@acme.example" in said


def give(tool: Tool, name: str, permission_set: str) -> None:
    """Somebody gives a group a permission by hand."""
    group = dbt_group(tool, name)
    body = {
        "account_id": group["account_id"],
        "group_id": group["id"],
        "permission_set": permission_set,
        "all_projects": True,
        "writable_environment_categories": [],
    }
    tool.dbt("POST", f"/group-permissions/{group['id']}/", json=[body])
