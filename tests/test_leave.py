"""From nothing to everything and back: a tenant is taken out again, and nobody is hurt by it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sso import SSO, apply, changes, data, forget, from_nothing, set_up, use
from tool import Came, Tool

from okta_scim_setup import registry

Start = Callable[..., Tool]

EVERYTHING = Path(__file__).parent / "scenarios" / "everything.yaml"


def on_an_app_with_an_api(start: Start) -> Tool:
    """A tenant of the simulator on the full playbook, set up."""
    tool = start()
    use(tool, "dbt_cloud_scim", "dbt_cloud_full")
    tool.change(groups=[{"name": "dbt-acme-admins"}, {"name": "dbt-acme-devs"}])
    assert apply(tool).code == 0
    return tool


def on_a_custom_app(start: Start) -> Tool:
    """The same from nothing, on the custom SAML app that was made for it."""
    tool = from_nothing(start)
    assert set_up(tool).code == 0
    return tool


def leaving(tool: Tool, **variables: Any) -> None:
    use(tool, "dbt_cloud_full", "dbt_cloud_leave")
    forget(tool, *SSO)
    tool.change(**variables) if variables else None


def figure(came: Came, name: str) -> str:
    """The approval that a refusal names."""
    found = re.search(rf"--allow ({name}=\d+)", came.out)
    assert found, came.out
    return found[1]


def writes(sent: list[dict[str, Any]]) -> list[str]:
    shown = [
        f"{r['method']} {re.sub(r'[?].*', '', r['path'])}" for r in sent if r["method"] != "GET"
    ]
    return [re.sub(r"0oa\w+|gPm\w+|(?<=/)\d+", "ID", each) for each in shown]


def active(tool: Tool) -> set[str]:
    return {u["userName"] for u in tool.account()["users"] if u["active"]}


def test_a_tenant_leaves_in_the_order_that_hurts_nobody(simulated: Start) -> None:
    tool = on_an_app_with_an_api(simulated)
    before = active(tool)
    leaving(tool)

    refused = apply(tool)
    sent = tool.sent("apply", "--yes", "--allow", figure(refused, "delete"))

    assert refused.code == 4
    licences, *pushes, features, off, token, scim = writes(sent)
    assert licences == scim == "POST /api/v3/accounts/ID/scim-config/"
    assert {push.partition(" ")[0] for push in pushes} == {"PATCH", "DELETE"}
    assert features == "PUT /api/v1/apps/ID/features/USER_PROVISIONING"
    assert off == "POST /api/v1/apps/ID/connections/default/lifecycle/deactivate"
    assert token == "DELETE /api/v3/accounts/ID/scim-config/tokens/ID/"
    assert active(tool) == before
    assert len(tool.app()["assigned"]) == 7
    assert {"dbt-acme-admins", "dbt-acme-devs"} <= {g["name"] for g in data(tool, "/groups/")}
    assert changes(tool) == []


def test_on_a_custom_app_a_person_switches_provisioning_off_before_the_token_goes(
    simulated: Start,
) -> None:
    tool = on_a_custom_app(simulated)
    before = active(tool)
    leaving(tool)
    allowed = figure(apply(tool), "delete")

    first = apply(tool, allowed)
    tokens = tool.account()["tokens"]
    tool.console(
        {"Create Users": False, "Update User Attributes": False, "Deactivate Users": False}
    )
    tool.console({"Enable SCIM provisioning": False})
    second = apply(tool, figure(apply(tool), "delete"))

    assert first.code == 3
    assert "clear Enable SCIM provisioning" in first.out
    assert "who leaves keeps their access" in first.out
    assert len(tokens) == 1
    assert second.code == 0, second.out
    assert tool.account()["tokens"] == []
    assert tool.account()["enabled"] is False
    assert active(tool) == before
    assert changes(tool) == []


def test_sign_in_ends_last_and_only_with_the_number_of_people_named(simulated: Start) -> None:
    tool = on_a_custom_app(simulated)
    text = tool.config.read_text()
    tool.config.write_text(text.replace("      break_glass:\n      - admin@acme.example\n", ""))
    leaving(tool, sso_too=True)

    refused = apply(tool)
    allowed = [figure(refused, "delete"), figure(refused, "deactivate")]
    came = apply(tool, *allowed)

    # Two of the three who administer the account sign in by the app alone.
    assert refused.code == 4
    assert "--allow deactivate=7" in refused.out
    assert came.code == 4
    assert "1 person could administer dbt Cloud afterwards" in came.out
    assert data(tool, "/auth-provider/") != []


def test_with_a_break_glass_address_everything_is_gone_in_the_end(simulated: Start) -> None:
    tool = on_a_custom_app(simulated)
    leaving(tool, sso_too=True)
    refused = apply(tool)
    first = apply(tool, figure(refused, "delete"), figure(refused, "deactivate"))
    tool.console(
        {"Create Users": False, "Update User Attributes": False, "Deactivate Users": False}
    )
    tool.console({"Enable SCIM provisioning": False})
    again = apply(tool)
    second = apply(tool, figure(again, "delete"), figure(again, "deactivate"))
    tool.console({"App status": "Inactive"})

    assert first.code == 3, first.out
    assert "App status" not in first.out.partition("for a person")[2]
    assert second.code == 3, second.out
    assert "nobody can sign in by it" in second.out
    assert data(tool, "/auth-provider/") == []
    assert changes(tool) == []


def test_sso_is_not_removed_where_passwords_do_not_work(simulated: Start) -> None:
    tool = on_a_custom_app(simulated)
    (found,) = data(tool, "/auth-provider/")
    tool.dbt("POST", f"/auth-provider/{found['id']}/", json={"allow_password_backdoor": False})
    leaving(tool, sso_too=True)

    came = apply(tool, "delete=8", "deactivate=7")

    assert came.code == 4
    assert "nobody could get in without it" in came.out


def test_a_token_is_not_revoked_where_somebody_switched_provisioning_on_again(
    simulated: Start,
) -> None:
    tool = on_an_app_with_an_api(simulated)
    leaving(tool)
    allowed = figure(apply(tool), "delete")
    app = tool.app()["id"]
    tool.simulator.add_fault(
        "/connections/default$",
        "admin_change",
        method="GET",
        nth=3,
        fields={"Enable API integration": True},
    )

    came = apply(tool, allowed)

    assert came.code == 1, came.out
    assert "is on again" in came.out
    assert len(tool.account()["tokens"]) == 1
    assert app


def test_a_token_is_not_declared_absent_without_whoever_holds_it(simulated: Start) -> None:
    tool = on_an_app_with_an_api(simulated)
    text = """
variables: {app: null, groups: []}
resources:
  - {kind: dbt_cloud.scim_config}
  - {kind: dbt_cloud.scim_token, name: okta, state: absent}
"""
    (tool.config.parent / "own.yaml").write_text(text)
    use(tool, "dbt_cloud_full", "./own.yaml")

    came = tool.run("validate")

    assert came.code == 1
    assert "dbt_cloud.scim_token/okta: state: somebody may hold it still" in came.out + came.err
    assert "own.yaml:5" in came.out + came.err


def test_a_token_that_people_made_stays_when_ours_go(simulated: Start) -> None:
    tool = on_an_app_with_an_api(simulated)
    theirs = tool.dbt("POST", "/scim-config/tokens/", json={"name": "by hand"})["data"]["id"]
    leaving(tool)

    came = apply(tool, figure(apply(tool), "delete"))

    assert came.code == 0, came.out
    assert [token["id"] for token in tool.account()["tokens"]] == [theirs]


def test_every_kind_that_is_protected_stays_whatever_is_named(simulated: Start) -> None:
    tool = with_everything(simulated)
    backwards(tool, "protect: true")

    sent = tool.sent("apply", "--yes", "--allow", "delete=13", "--allow", "deactivate=7")
    came = tool.run("apply", "--yes", "--allow", "delete=13", "--allow", "deactivate=7")

    assert came.code == 4
    assert writes(sent) == []
    protected = re.findall(r"refused: acme: ([\w.]+)\S*: it is protected: protect: true", came.out)
    assert set(protected) == set(registry.kinds())


def test_every_kind_that_terraform_owns_is_read_and_never_written(simulated: Start) -> None:
    tool = with_everything(simulated)
    backwards(tool, "owner: terraform")

    sent = tool.sent("apply", "--yes")
    plan = tool.run("plan").out

    told = {line.split()[1].partition("/")[0] for line in plan.splitlines() if "fix it in" in line}
    audit = tool.run("audit", "--output", "json").json["tenants"][0]["findings"]
    found = {f["address"].partition("/")[0] for f in audit if "fix it in Terraform" in f["do"]}
    assert writes(sent) == []
    assert told == found == set(registry.kinds())


def test_everything_is_made_absent_again_and_then_there_is_nothing_to_do(simulated: Start) -> None:
    tool = with_everything(simulated)
    backwards(tool, "")
    refused = apply(tool)

    first = apply(tool, figure(refused, "delete"), figure(refused, "deactivate"))
    tool.console({"App status": "Inactive"})

    assert refused.code == 4
    assert "--allow deactivate=7" in refused.out
    assert first.code == 3, first.out
    assert changes(tool) == []
    assert tool.account()["tokens"] == []
    assert data(tool, "/auth-provider/") == data(tool, "/license-maps/") == []


def with_everything(start: Start) -> Tool:
    """A tenant on which every kind was made; passwords work, and the break-glass is declared."""
    tool = start()
    (tool.config.parent / EVERYTHING.name).write_text(EVERYTHING.read_text())
    text = tool.config.read_text()
    tool.config.write_text(text.replace("dbt_cloud_scim", f"./{EVERYTHING.name}"))
    came = tool.run("apply", "--yes", "--allow", "downgrade=1")
    assert came.code == 0, came.out
    return tool


def backwards(tool: Tool, more: str) -> None:
    """Declare all of it absent."""
    path = tool.config.parent / EVERYTHING.name
    lines = f"\\g<0>\n    state: absent\n    {more}" if more else "\\g<0>\n    state: absent"
    text = re.sub(r"^  - kind: \S+$", lines, path.read_text(), flags=re.MULTILINE)
    path.write_text(text)
