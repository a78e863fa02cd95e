"""What another tool owns and differs: told in plan, audit and every format, and never written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from test_formats import reports, validated
from tool import Tool

Start = Callable[..., Tool]

HEAD = """
variables: {app: null, groups: []}
resources:
  - {kind: okta.saml_app, name: dbt, label: "{{ app }}"}
"""

OWNED = {
    "an attribute differs": "- {kind: dbt_cloud.scim_config, owner: terraform}",
    "it isn't there": (
        "- {kind: okta.group_push, name: dbt-acme-devs, app: !ref okta.saml_app/dbt.id, "
        "owner: terraform}"
    ),
    "it is there and shall not be": (
        "- {kind: okta.group_assignment, name: dbt-acme-devs, app: !ref okta.saml_app/dbt.id, "
        "owner: terraform, state: absent}"
    ),
    "it is there and a person removes it": (
        "- {kind: okta.saml_app, name: old, label: dbt acme, owner: terraform, state: absent}"
    ),
}
"""Something that Terraform owns, which isn't as declared."""

FOUND = {
    "an attribute differs": {("AUD101", True, False), ("AUD103", False, True)},
    "it isn't there": {("AUD311", "present", "absent")},
    "it is there and shall not be": {("AUD301", "absent", "present")},
    "it is there and a person removes it": {("AUD002", "absent", "present")},
}
"""What an audit says of it: id, expected and found."""


def owned(start: Start, what: str) -> Tool:
    """A tenant that declares something of Terraform's, which differs, and nothing else to do."""
    tool = start()
    devs = next(
        g["id"]
        for g in tool.okta("GET", "/api/v1/groups?limit=200")
        if g["profile"]["name"] == "dbt-acme-devs"
    )
    tool.okta("PUT", f"/api/v1/apps/{tool.app()['id']}/groups/{devs}", json={})
    (tool.config.parent / "own.yaml").write_text(f"{HEAD}  {OWNED[what]}\n")
    text = tool.config.read_text()
    tool.config.write_text(text.replace("dbt_cloud_scim", "./own.yaml"))
    return tool


@pytest.mark.parametrize("what", OWNED)
def test_a_plan_says_to_mend_it_there_and_that_nothing_is_to_do_here(
    simulated: Start, what: str
) -> None:
    tool = owned(simulated, what)

    plan = tool.run("plan")
    sent = tool.sent("apply", "--yes")
    came = tool.run("apply", "--yes")

    (line,) = [line for line in plan.out.splitlines() if line.startswith("  = ")]
    assert "fix it in Terraform" in line
    assert "()" not in line
    for out in (plan.out, came.out):
        assert "acme   1 to be mended by another tool. Nothing to do here." in out
        assert "in sync" not in out
    assert {request["method"] for request in sent} == {"GET"}


@pytest.mark.parametrize("what", OWNED)
def test_an_audit_finds_it_and_does_not_promise_to_put_it_right(
    simulated: Start, what: str
) -> None:
    came = owned(simulated, what).run("audit", "--output", "json")

    found = [f for f in came.json["tenants"][0]["findings"] if "Terraform" in f["do"]]
    assert came.code == 2
    assert {(f["id"], f["expected"], f["found"]) for f in found} == FOUND[what]
    assert [f["fixable"] for f in found] == [False] * len(found)


@pytest.mark.parametrize("what", OWNED)
def test_every_format_of_a_plan_tells_of_it_and_none_says_that_it_is_as_declared(
    simulated: Start, what: str
) -> None:
    said = reports(owned(simulated, what), "plan")

    (change,) = elsewhere(said["json"])
    assert change["action"] == "elsewhere"
    assert "fix it in Terraform" in change["reason"]
    for form in ("markdown", "html", "junit", "sarif", "jsonl"):
        assert "fix it in Terraform" in said[form], form
    assert f"{change['address']} as declared" not in said["junit"]


def test_of_many_tenants_each_with_something_of_it_has_a_line(simulated: Start) -> None:
    tool = simulated(2)
    (tool.config.parent / "own.yaml").write_text(f"{HEAD}  {OWNED['an attribute differs']}\n")
    text = tool.config.read_text()
    tool.config.write_text(text.replace("dbt_cloud_scim", "./own.yaml"))

    lines = tool.run("plan").out.splitlines()

    assert [line.split() for line in lines[:2]] == [["acme", "=", "1"], ["globex", "=", "1"]]
    assert "2 tenants: 0 in sync, 2 to be mended by another tool, 0 unreadable." in lines


def test_what_another_tool_would_remove_counts_nobody_as_leaving(simulated: Start) -> None:
    tool = owned(simulated, "it is there and shall not be")
    own = tool.config.parent / "own.yaml"
    mine = (
        "  - {kind: okta.group_assignment, name: dbt-acme-admins, app: !ref okta.saml_app/dbt.id}"
    )
    own.write_text(f"{own.read_text()}  - {{kind: dbt_cloud.scim_config}}\n{mine}\n")

    came = tool.run("apply", "--yes", "--output", "json").json["tenants"][0]

    assert came["problems"] == []
    assert came["plan"]["people"]["deactivated"] == []
    assert came["plan"]["people"]["assigned"] == 7


TOKEN = """  - {kind: dbt_cloud.scim_config}
  - {kind: dbt_cloud.scim_token, name: okta, owner: terraform}
  - kind: okta.scim_provisioning
    app: !ref okta.saml_app/dbt.id
    base_url: !ref dbt_cloud.scim_config.base_url
    token: !ref dbt_cloud.scim_token/okta.token
"""


def test_what_needs_something_that_another_tool_has_not_made_waits_for_it(
    simulated: Start,
) -> None:
    tool = simulated()
    (tool.config.parent / "own.yaml").write_text(HEAD + TOKEN)
    text = tool.config.read_text()
    tool.config.write_text(text.replace("dbt_cloud_scim", "./own.yaml"))

    plan = tool.run("plan").out
    came = tool.run("apply", "--yes")
    audit = tool.run("audit", "--output", "json").json["tenants"][0]["findings"]

    assert "  = dbt_cloud.scim_token/okta        it isn't there; fix it in Terraform\n" in plan
    assert came.code == 3, came.out
    assert re.search(
        r">>  okta.scim_provisioning\s+waits for what another tool is to make", came.out
    )
    assert tool.account()["tokens"] == []
    (found,) = [f for f in audit if "Terraform" in f["do"]]
    assert (found["id"], found["attribute"], found["found"]) == ("AUD111", "", "absent")


def elsewhere(report: str) -> list[dict[str, Any]]:
    """What the JSON plan of one tenant leaves to another tool."""
    (tenant,) = validated(json.loads(report))["tenants"]
    found: list[dict[str, Any]] = tenant["plan"]["elsewhere"]
    return found
