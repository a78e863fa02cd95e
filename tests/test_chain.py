"""The main job, end to end: declare, plan, apply, verify, and nothing to do the second time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tool import Tool

Start = Callable[..., Tool]


def managed(tool: Tool, tenant: int = 0) -> set[str]:
    users = tool.account(tenant)["users"]
    return {user["userName"] for user in users if user["scim_managed"] and user["active"]}


def test_one_tenant_from_plan_to_people_in_dbt(simulated: Start) -> None:
    tool = simulated()

    assert tool.run("plan").code == 0
    assert tool.run("plan", "--detailed-exitcode").code == 2
    assert tool.account()["tokens"] == []
    applied = tool.run("apply", "--yes")
    assert applied.code == 0, applied.out + applied.err
    assert tool.app()["token_id"] == tool.account()["tokens"][0]["id"]
    assert len(managed(tool)) == 7
    groups = {g["displayName"]: len(g["members"]) for g in tool.account()["groups"]}
    assert groups["dbt-acme-devs"] == 5
    assert groups["dbt-acme-admins"] == 2


def test_the_second_apply_has_nothing_to_do_and_writes_nothing(set_up_already: Start) -> None:
    tool = set_up_already()
    before = tool.simulator.state()

    again = tool.sent("apply", "--yes")

    assert {request["method"] for request in again} == {"GET"}
    assert tool.simulator.state() == before
    assert "in sync. Nothing to do. (8 requests" in tool.run("apply", "--yes").out
    assert tool.run("audit").code == 0
    assert tool.run("plan", "--detailed-exitcode").code == 0


def test_a_plan_with_nothing_to_do_takes_eight_requests_and_three_for_lint(
    simulated: Start,
) -> None:
    tool = simulated(3)
    tool.run("apply", "--yes", "--token-to", f"file:{tool.config.parent}/token")

    requests = tool.sent("plan", "--tenant", "acme")

    assert len(requests) == 8 + 3, [f"{r['method']} {r['path']}" for r in requests]


def test_groups_that_are_only_pushed_are_looked_up_in_one_request(simulated: Start) -> None:
    tool = simulated()
    tool.change(groups=[{"name": "dbt-acme-admins"}, {"name": "dbt-acme-devs"}])
    tool.run("apply", "--yes")

    requests = tool.sent("plan")

    assert len(requests) == 8 + 6  # lint: three of dbt, who has the app, and each group's members
    assert sum(r["path"].startswith("/api/v1/groups?") for r in requests) == 1


def test_a_change_in_dbt_is_found_by_audit_and_put_right(set_up_already: Start) -> None:
    tool = set_up_already()
    tool.dbt(
        "POST",
        "/scim-config/",
        json={
            "enabled": True,
            "manual_updates_allowed": True,
            "scim_controlled_license_type": True,
        },
    )

    audit = tool.run("audit", "--output", "json")

    assert audit.code == 2
    finding = audit.json["tenants"][0]["findings"][0]
    assert finding["id"] == "AUD103"
    assert finding["attribute"] == "manual_updates_allowed"
    assert (finding["expected"], finding["found"]) == (False, True)
    assert "manual_updates_allowed  expected no, found yes" in tool.run("audit").out
    assert tool.run("apply", "--yes").code == 0
    assert tool.run("audit").code == 0
    # What isn't declared isn't touched, though it is written together with what is.
    assert tool.account()["scim_controlled_license_type"] is True


def test_a_change_in_the_console_is_found_by_audit_and_put_right(set_up_already: Start) -> None:
    tool = set_up_already()
    tool.console({"Deactivate Users": False})

    audit = tool.run("audit")

    assert audit.code == 2
    assert "AUD201" in audit.out
    assert "deactivate_users  expected yes, found no" in audit.out
    assert tool.run("apply", "--yes").code == 0
    assert tool.app()["deactivate_users"] is True


def test_audit_sends_only_get(simulated: Start) -> None:
    tool = simulated()

    assert {request["method"] for request in tool.sent("audit")} == {"GET"}
    assert {request["method"] for request in tool.sent("plan")} == {"GET"}
    assert {request["method"] for request in tool.sent("doctor")} == {"GET"}


def test_a_custom_saml_app_waits_for_a_person_and_the_next_run_picks_up(simulated: Start) -> None:
    tool = simulated(3)
    sink = tool.config.parent / "token.txt"

    first = tool.run("apply", "--yes", "--token-to", f"file:{sink}")

    assert first.code == 3
    assert "SCIM connector base URL" in first.out
    assert f"the token in {sink}" in first.out
    assert sink.stat().st_mode & 0o777 == 0o600
    assert managed(tool, 0)
    assert managed(tool, 1)
    assert not managed(tool, 2)

    tool.do_the_clicks("initech", 2, sink.read_text().strip())
    second = tool.run("apply", "--yes")

    assert second.code == 0, second.out + second.err
    assert len(managed(tool, 2)) >= 5
    assert [len(tool.account(n)["tokens"]) for n in range(3)] == [1, 1, 1]
    assert tool.run("apply", "--yes").code == 0
    assert tool.run("audit").code == 0


def test_a_token_that_waits_for_a_person_is_not_made_anew(simulated: Start) -> None:
    tool = simulated(3)
    sink = tool.config.parent / "token.txt"
    tool.run("apply", "--yes", "--token-to", f"file:{sink}")
    before = tool.account(2)["tokens"]

    again = tool.run("apply", "--yes", "--tenant", "initech", "--token-to", f"file:{sink}")

    assert again.code == 3
    assert tool.account(2)["tokens"] == before
    assert "not used yet" in again.out


def test_without_a_sink_nothing_is_minted_for_a_person(simulated: Start) -> None:
    tool = simulated(3)

    came = tool.run("apply", "--yes", "--tenant", "initech")

    assert came.code == 3
    assert "--token-to" in came.out
    assert tool.account(2)["tokens"] == []


def test_a_saved_plan_goes_on_where_nothing_moved(simulated: Start, tmp_path: Path) -> None:
    tool = simulated()
    saved = tmp_path / "plan.json"
    tool.run("plan", "--out", str(saved))

    assert tool.run("apply", str(saved), "--yes").code == 0
    assert managed(tool)


def test_a_saved_plan_is_refused_where_something_moved(simulated: Start, tmp_path: Path) -> None:
    tool = simulated(2)
    saved = tmp_path / "plan.json"
    tool.run("plan", "--out", str(saved))
    tool.dbt("POST", "/scim-config/", json={"enabled": False, "manual_updates_allowed": False})

    came = tool.run("apply", str(saved), "--yes")

    assert came.code == 4
    assert "acme: something moved since the plan was saved" in came.out
    assert not managed(tool, 0)
    assert managed(tool, 1)


def test_nothing_of_a_saved_plan_is_executed(simulated: Start, tmp_path: Path) -> None:
    tool = simulated()
    saved = tmp_path / "plan.json"
    tool.run("plan", "--out", str(saved))
    body = json.loads(saved.read_text())
    body["tenants"]["acme"]["changes"] = []
    saved.write_text(json.dumps(body))

    assert tool.run("apply", str(saved), "--yes").code == 0
    assert managed(tool)


def test_apply_without_a_terminal_needs_yes_and_sends_nothing(simulated: Start) -> None:
    tool = simulated()

    came = tool.run("apply")

    assert came.code == 4
    assert "add --yes" in came.err
    assert tool.simulator.requests() == []


def test_one_tenants_failure_changes_nothing_for_another(simulated: Start) -> None:
    tool = simulated(2)
    tool.okta("POST", f"/api/v1/apps/{tool.app(0)['id']}/lifecycle/deactivate")

    came = tool.run("apply", "--yes")

    assert came.code == 1
    assert not managed(tool, 0)
    assert managed(tool, 1)


def test_taking_the_app_from_a_group_is_refused_with_the_number_of_people(
    set_up_already: Start, tmp_path: Path
) -> None:
    tool = set_up_already()
    playbook = tool.config.parent / "leave.yaml"
    playbook.write_text(
        """
variables: {app: null, groups: []}
resources:
  - {kind: okta.saml_app, name: dbt, label: "{{ app }}"}
  - {kind: dbt_cloud.scim_config}
  - kind: okta.group_assignment
    name: dbt-acme-devs
    app: !ref okta.saml_app/dbt.id
    state: absent
"""
    )
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "./leave.yaml"))

    refused = tool.run("apply", "--yes")
    assert refused.code == 4

    assert "would be deactivated in dbt Cloud, the limit is 0" in refused.out
    figure = refused.out.split("--allow deactivate=")[1].split(".")[0]
    assert int(figure) == 5

    came = tool.run("apply", "--yes", "--allow", f"deactivate={figure}", "--allow", "delete=1")
    assert came.code == 0, came.out + came.err
    assert len(managed(tool)) == 7 - int(figure)


@pytest.mark.parametrize("verb", ["plan", "audit", "doctor", "test"])
def test_json_reports_have_a_version_and_the_exit_code(simulated: Start, verb: str) -> None:
    tool = simulated()

    came = tool.run(verb, "--output", "json")

    assert came.json["version"] == 2
    assert came.json["exit_code"] == came.code
    assert came.json["tenants"][0]["tenant"] == "acme"
