"""A changed playbook can't hurt people, and can't choose where a token goes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from tool import Tool

from okta_scim_setup.providers.dbt_cloud.scim_config import ScimConfig

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
    set_up_already: Start,
) -> None:
    tool = set_up_already()
    playbook(tool, APP + REMOVED)
    before = tool.account()["users"]

    came = tool.run("apply", "--yes", "--allow", "delete=2")

    assert came.code == 4
    assert "nothing in the playbook can count them" in came.out
    assert tool.account()["users"] == before


@pytest.mark.parametrize("do", ["page_loop", "status:403"])
@pytest.mark.parametrize(
    "path",
    [
        r"/apps/0oa\w+/users\?",
        r"/groups/00g\w+/users\?",
        r"/apps/0oa\w+/groups\?",
        r"/accounts/\d+/users/\?",
        r"/accounts/\d+/licenses/\?",
        r"/accounts/\d+/groups/\?",
    ],
)
def test_nobody_is_counted_on_a_list_that_was_not_read_to_its_end(
    set_up_already: Start, path: str, do: str
) -> None:
    tool = set_up_already()
    playbook(tool, APP + "  - {kind: dbt_cloud.scim_config}" + REMOVED)
    tool.simulator.add_fault(path, do, method="GET", times=20)

    sent = tool.sent("apply", "--yes", "--allow", "delete=2", "--allow", "deactivate=7")

    assert {request["method"] for request in sent} == {"GET"}
    assert any(re.search(path, request["path"]) for request in sent)
    tool.simulator.clear_faults()
    assert "--allow deactivate=7" in tool.run("apply", "--yes").out


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


def test_an_app_that_provisions_another_account_is_not_moved_unnamed(simulated: Start) -> None:
    tool = simulated(2, orgs=1)
    tool.run("apply", "--yes")
    text = tool.config.read_text().replace("app: dbt acme", "app: dbt globex")
    tool.config.write_text(text[: text.index("  globex:")])
    tool.change(groups=[])

    came = tool.run("apply", "--yes")

    assert came.code == 4
    assert "1 app that provisions another account would be moved" in came.out
    assert "--allow move=1" in came.out


def test_the_round_trip_refuses_somebody_who_would_lose_their_way_in(set_up_already: Start) -> None:
    tool = set_up_already()
    before = {u["userName"]: u["active"] for u in tool.account()["users"]}

    came = tool.run("test", "--roundtrip", "--user", "admin@acme.example")

    assert came.code != 0
    assert "would deactivate this person" in came.out
    assert {u["userName"]: u["active"] for u in tool.account()["users"]} == before


@pytest.mark.parametrize("name", ["trial", "okta/x"])
def test_a_token_has_a_name_that_no_other_use_has(simulated: Start, name: str) -> None:
    tool = simulated()
    playbook(
        tool,
        APP
        + CONNECTED.replace("name: okta}", f"name: {name}}}")
        .replace("BASE_URL", "!ref dbt_cloud.scim_config.base_url")
        .replace("TOKEN", f"!ref dbt_cloud.scim_token/{name}.token"),
    )

    assert tool.run("validate").code == 1
    assert tool.simulator.requests() == []


def test_a_token_that_its_sink_could_not_take_is_revoked(simulated: Start) -> None:
    tool = simulated(3)

    came = tool.run("apply", "--yes", "--tenant", "initech", "--token-to", "file:/proc/xx")

    assert came.code == 1
    assert "The token was revoked." in came.out
    assert tool.account(2)["tokens"] == []


def test_nobody_would_see_a_token_on_a_terminal_that_is_not_waited_at(simulated: Start) -> None:
    came = simulated(3).run("apply", "--yes", "--no-wait", "--token-to", "terminal")

    assert came.code == 64


def test_no_further_tenant_is_started_once_enough_failed(simulated: Start) -> None:
    tool = simulated(2)
    tool.simulator.add_fault("/scim-config/$", "status:403", method="POST")

    came = tool.run("apply", "--yes", "--max-failures", "1")

    assert came.code == 1
    assert "globex: not tried: enough others failed" in came.out
    assert tool.account(1)["tokens"] == []


def test_an_answer_that_nobody_expects_is_that_tenants_alone(
    simulated: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = simulated(2)
    read = ScimConfig.read

    def odd(kind: ScimConfig, api: Any) -> Any:
        return {}["enabled"] if api.account_id == 70403101 else read(kind, api)

    monkeypatch.setattr(ScimConfig, "read", odd)

    came = tool.run("plan", "--output", "json")

    assert came.code == 70
    assert came.json["tenants"][0]["problems"]
    assert came.json["tenants"][1]["plan"]["changes"]
