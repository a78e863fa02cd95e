"""Licences and permissions by group, on the simulator: made, changed, refused with the number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tool import Tool

Start = Callable[..., Tool]

ADMINS = {"name": "dbt-acme-admins", "license": "it", "permissions": ["security_admin"]}
DEVS = {
    "name": "dbt-acme-devs",
    "license": "developer",
    "permissions": [{"set": "developer", "project": "Analytics"}],
}


@pytest.fixture
def full(simulated: Start) -> Tool:
    """A tenant on the full playbook, nothing applied yet."""
    tool = simulated()
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "dbt_cloud_full"))
    tool.change(groups=[ADMINS, DEVS])
    return tool


def apply(tool: Tool, *allowed: str) -> Any:
    return tool.run("apply", "--yes", *(x for name in allowed for x in ("--allow", name)))


def data(tool: Tool, path: str) -> Any:
    return tool.dbt("GET", path)["data"]


def changes(tool: Tool) -> list[str]:
    (tenant,) = tool.run("plan", "--output", "json").json["tenants"]
    return [f"{c['action']} {c['address']}" for c in tenant["plan"]["changes"]]


def permissions(tool: Tool, group: str) -> list[str]:
    (found,) = [g for g in data(tool, "/groups/") if g["name"] == group]
    return sorted(p["permission_set"] for p in found["group_permissions"])


def test_the_plan_lists_whose_licence_changes_and_a_smaller_one_is_refused_with_the_number(
    full: Tool,
) -> None:
    plan = full.run("plan")
    came = apply(full)

    assert "ada.lovelace@acme.example: developer -> it" in plan.out
    assert came.code == 4
    assert "1 person would get a smaller licence in dbt Cloud, the limit is 0" in came.out
    assert "--allow downgrade=1" in came.out
    assert full.account()["tokens"] == []


def test_the_full_playbook_ends_with_permissions_and_licences_by_scim_and_nothing_to_do(
    full: Tool,
) -> None:
    came = apply(full, "downgrade=1")

    assert came.code == 0, came.out
    assert permissions(full, "dbt-acme-admins") == ["security_admin"]
    assert permissions(full, "dbt-acme-devs") == ["developer"]
    assert data(full, "/scim-config/")["scim_controlled_license_type"] is True
    assert changes(full) == []


def test_licences_are_switched_to_scim_after_everything_else(full: Tool) -> None:
    came = full.run("apply", "--yes", "--allow", "downgrade=1", "--output", "json")

    done = [o["address"] for o in came.json["tenants"][0]["outcomes"]]
    assert done[-1] == "dbt_cloud.scim_licences"


def test_a_groups_changed_licence_follows_and_a_smaller_one_is_refused_with_the_number(
    full: Tool,
) -> None:
    apply(full, "downgrade=1")
    full.change(groups=[ADMINS, {**DEVS, "license": "read_only"}])

    refused = apply(full)
    came = apply(full, "downgrade=7")

    # Two of them are the admins, whom Okta hasn't pushed since SCIM decides on licences.
    assert refused.code == 4
    assert "7 people would get a smaller licence" in refused.out
    assert came.code == 0, came.out
    licences = {u["userName"]: u["license_type"] for u in full.account()["users"]}
    assert licences["edgar.codd@acme.example"] == "read_only"
    assert changes(full) == []


def test_permissions_that_nobody_declared_stay_and_the_former_list_is_in_the_named_file(
    full: Tool, tmp_path: Path
) -> None:
    apply(full, "downgrade=1")
    (group,) = [g for g in data(full, "/groups/") if g["name"] == "dbt-acme-devs"]
    by_hand = {
        "account_id": group["account_id"],
        "group_id": group["id"],
        "permission_set": "git_admin",
        "all_projects": True,
        "writable_environment_categories": [],
    }
    full.dbt("POST", f"/group-permissions/{group['id']}/", json=[by_hand])

    came = apply(full)

    assert came.code == 0, came.out
    assert permissions(full, "dbt-acme-devs") == ["developer", "git_admin"]
    (kept,) = tmp_path.glob("state/**/*.json")
    assert str(kept) in came.out
    before = json.loads(kept.read_text())["group_permissions"]
    assert [p["permission_set"] for p in before] == ["git_admin"]


@pytest.mark.parametrize("fault", ["drop_after", "status:502"])
def test_permissions_are_never_posted_twice_and_read_where_no_answer_came(
    full: Tool, fault: str
) -> None:
    full.change(groups=[DEVS])
    full.simulator.add_fault("/group-permissions/", fault, method="POST", times=1)
    before = len(full.simulator.requests())

    came = apply(full)

    posts = [
        r
        for r in full.simulator.requests()[before:]
        if r["method"] == "POST" and "/group-permissions/" in r["path"]
    ]
    assert len(posts) == 1
    assert (came.code == 0) == (permissions(full, "dbt-acme-devs") == ["developer"])


def test_a_project_that_isnt_there_is_named_by_the_plan_before_anything_is_written(
    full: Tool,
) -> None:
    wrong = {"set": "developer", "project": "Analitics"}
    full.change(groups=[{**DEVS, "permissions": [wrong]}])

    sent = full.sent("apply", "--yes")
    came = full.run("plan")

    assert came.code == 1
    assert 'no project called "Analitics"' in came.out
    assert '"Analytics"' in came.out
    assert {request["method"] for request in sent} == {"GET"}


def test_permissions_go_though_their_project_is_gone_already(full: Tool) -> None:
    gone = {"set": "developer", "project": "Analitics"}
    full.change(groups=[{**DEVS, "permissions": [gone], "state": "absent"}])

    assert full.run("plan").code == 0


def test_what_a_group_might_do_before_its_permissions_go_is_in_a_file_that_is_named(
    full: Tool,
) -> None:
    full.change(groups=[DEVS])
    apply(full)
    full.change(groups=[{**DEVS, "state": "absent"}])

    came = apply(full, "delete=3", "deactivate=5")

    assert came.code == 0, came.out
    kept = re.search(r"removed; what it had before is in (\S+)", came.out)
    assert kept, came.out
    assert "developer" in Path(kept[1]).read_text()


def test_a_push_in_error_is_shown_with_oktas_text_and_mended(full: Tool) -> None:
    full.simulator.add_fault("/scim/v2/Groups", "status:500", method="POST", times=1)
    full.change(groups=[{"name": "dbt-acme-admins", "license": "developer"}])
    apply(full)

    plan = full.run("plan")
    came = apply(full)

    assert "Okta says:" in plan.out
    assert "ERROR -> ACTIVE" in plan.out
    assert came.code == 0, came.out
    assert changes(full) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/meta/schemas/apps/"),
        ("PUT", "/apps/.*/groups/"),
        ("POST", "/group-permissions/"),
        ("POST", "/scim-config/$"),
    ],
)
def test_what_is_acknowledged_and_not_done_is_an_error_and_the_next_run_mends_it(
    full: Tool, method: str, path: str
) -> None:
    nth = 2 if path == "/scim-config/$" else 1  # the first one switches SCIM on
    full.simulator.add_fault(path, "not_applied", method=method, nth=nth)

    came = apply(full, "downgrade=1")
    again = apply(full, "downgrade=1")

    # Whoever has come meanwhile has a Developer seat, and is counted from now on.
    done = again if again.code == 0 else apply(full, "downgrade=2")
    assert came.code == 1, came.out
    assert "do  " in came.out
    assert done.code == 0, again.out + done.out
    assert changes(full) == []


PLAYBOOK = """
variables: {app: null, groups: []}
resources:
  - {kind: okta.saml_app, name: dbt, label: "{{ app }}"}
  - {kind: dbt_cloud.scim_config, MORE}
"""


def other(tool: Tool, text: str) -> None:
    (tool.config.parent / "other.yaml").write_text(text)
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_full", "./other.yaml"))


def test_what_terraform_owns_is_reported_and_never_written(full: Tool) -> None:
    other(full, PLAYBOOK.replace("MORE", "owner: terraform"))

    plan = full.run("plan")
    sent = full.sent("apply", "--yes")
    audit = full.run("audit")

    assert "fix it in Terraform (enabled" in plan.out
    assert {r["method"] for r in sent} == {"GET"}
    assert "AUD101" in audit.out
    assert "fix it in Terraform" in audit.out


def test_what_is_protected_is_not_removed_whatever_is_allowed(full: Tool) -> None:
    full.dbt("POST", "/scim-config/", json={"enabled": True, "manual_updates_allowed": False})
    other(full, PLAYBOOK.replace("MORE", "state: absent, protect: true"))

    came = apply(full, "delete=1")

    assert came.code == 4
    assert "it is protected" in came.out
    assert data(full, "/scim-config/")["enabled"] is True


def test_scim_is_switched_off_where_it_is_declared_absent_and_named(full: Tool) -> None:
    full.dbt("POST", "/scim-config/", json={"enabled": True, "manual_updates_allowed": False})
    other(full, PLAYBOOK.replace("MORE", "state: absent"))

    refused = apply(full)
    came = apply(full, "delete=1")

    assert (refused.code, came.code) == (4, 0), came.out
    assert data(full, "/scim-config/")["enabled"] is False
    assert changes(full) == []


def test_a_mapping_and_a_groups_profile_for_one_attribute_are_refused_with_both_places(
    full: Tool,
) -> None:
    both = """
  - {kind: okta.group_assignment, name: dbt-acme-devs, app: A, profile: {licenseType: it}}
  - {kind: okta.profile_mapping, name: licenseType, app: A, expression: user.licence}
"""
    other(full, (PLAYBOOK + both).replace(", MORE", "").replace("A,", "!ref okta.saml_app/dbt.id,"))

    came = full.run("validate")

    assert came.code == 1
    said = came.out + came.err
    assert "both decide on licenseType of" in said
    assert said.count("other.yaml:") >= 2
