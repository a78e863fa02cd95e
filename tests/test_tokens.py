"""The first token, and what becomes of tokens afterwards: never broken, never lost, never two."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tool import Tool

from okta_scim_setup.errors import ConfigError
from okta_scim_setup.providers.dbt_cloud._token_name import TokenName

Start = Callable[..., Tool]

DAY = 24 * 3600.0
"""Seconds."""


def tokens(tool: Tool, tenant: int = 0) -> list[int]:
    return [token["id"] for token in tool.account(tenant)["tokens"]]


def sink(tool: Tool, name: str) -> str:
    return f"file:{tool.config.parent / name}"


def enter(tool: Tool, file: str) -> None:
    """The person's part for initech, with the token from the sink's file."""
    tool.do_the_clicks("initech", 2, (tool.config.parent / file).read_text().strip())


def test_the_first_token_is_made_tried_handed_over_and_seen_in_use(simulated: Start) -> None:
    tool = simulated()

    sent = tool.sent("apply", "--yes")

    order = [
        next(n for n, r in enumerate(sent) if (r["method"], fits(r["path"])) == step)
        for step in (
            ("POST", "mint"),
            ("GET", "probe"),
            ("POST", "hand over"),
        )
    ]
    assert order == sorted(order)
    assert any(fits(r["path"]) == "look" for r in sent[order[-1] :])


def fits(path: str) -> str:
    """What a path of the first token's order is for."""
    if path.endswith("/scim-config/tokens/"):
        return "mint"
    if "/scim/v2/Users" in path:
        return "probe"
    if "connections/default?activate=true" in path:
        return "hand over"
    return "look" if "/scim-config/tokens/" in path else ""


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "status:502"])
def test_a_token_whose_making_was_not_answered_is_neither_lost_nor_doubled(
    simulated: Start, fault: str
) -> None:
    tool = simulated()
    tool.simulator.add_fault(r"/scim-config/tokens/$", fault, method="POST")

    assert tool.run("apply", "--yes").code == 0
    assert tokens(tool) == [tool.app()["token_id"]]


def test_a_hand_over_that_okta_refuses_leaves_a_state_that_the_next_run_mends(
    simulated: Start,
) -> None:
    tool = simulated()
    tool.simulator.add_fault("connections/default", "status:403", method="POST")

    failed = tool.run("apply", "--yes")
    mended = tool.run("apply", "--yes")

    assert failed.code == 1
    assert "okta.group_push" in failed.out  # told, though it wasn't tried
    assert mended.code == 0, mended.out + mended.err
    assert tokens(tool) == [tool.app()["token_id"]]  # what Okta refused was revoked


def test_a_hand_over_whose_answer_was_lost_is_looked_at_and_set_once_more(simulated: Start) -> None:
    tool = simulated()
    tool.simulator.add_fault("connections/default", "drop_after", method="POST")

    assert tool.run("apply", "--yes").code == 0

    posts = [
        r
        for r in tool.simulator.requests()
        if r["method"] == "POST" and "connections/default" in r["path"]
    ]
    assert len(posts) == 2
    assert tokens(tool) == [tool.app()["token_id"]]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param(path, f"status:{status}", marks=() if by_day else pytest.mark.nightly)
        for path, daily in ((r"/connections/default$", (401, 404)), (r"/apps/0oa\w+$", (400, 403)))
        for status in (400, 401, 403, 404)
        for by_day in (status in daily,)
    ],
)
def test_a_refused_look_after_a_hand_over_takes_nothing_back(
    set_up_already: Start, path: str, status: str
) -> None:
    """Okta has the token by then: whatever is refused later says nothing of that.

    By day each path is refused, and each way of refusing is met, once.
    """
    tool = set_up_already()
    old = tool.app()["token_id"]
    for nth in range(1, 12):
        tool.simulator.clock.advance(3600)
        tool.simulator.add_fault(path, status, method="GET", nth=nth, by="client")
        tool.run("rotate", "--yes")
        tool.simulator.clear_faults()
        assert tool.app()["token_id"] in tokens(tool), nth
    assert tool.run("rotate", "--yes").code == 0
    assert tool.app()["token_id"] not in (None, old)


@pytest.mark.parametrize("status", ["status:400", "status:401", "status:403", "status:404"])
def test_a_second_try_that_is_refused_after_a_lost_answer_takes_nothing_back(
    set_up_already: Start, status: str
) -> None:
    """The first one may have been carried out, and here it was."""
    tool = set_up_already()
    tool.simulator.add_fault("connections/default", "drop_after", method="POST")
    tool.simulator.add_fault("connections/default", status, method="POST", nth=2)

    came = tool.run("rotate", "--yes")

    assert came.code == 1
    assert tool.app()["token_id"] in tokens(tool)
    assert tool.run("rotate", "--yes").code == 0
    assert tool.app()["token_id"] in tokens(tool)


def test_a_hand_over_that_was_acknowledged_and_not_done_is_an_error(simulated: Start) -> None:
    tool = simulated()
    tool.simulator.add_fault("connections/default", "not_applied", method="POST")

    came = tool.run("apply", "--yes")

    assert came.code == 1
    assert "Okta accepted the provisioning connection and it isn't as asked for" in came.out


@pytest.mark.parametrize("fault", ["status:403", "status:500", "drop_before", "not_applied"])
def test_a_hand_over_to_a_connection_that_people_made_is_never_taken_for_done(
    simulated: Start, patient: None, fault: str
) -> None:
    """The connection was on with somebody's token, so nothing else differs."""
    tool = simulated()
    made = tool.dbt("POST", "/scim-config/tokens/", json={"name": "okta-manual"})["data"]
    tool.dbt("POST", "/scim-config/", json={"enabled": True, "manual_updates_allowed": False})
    account = tool.simulator.summary()["dbt_cloud"][0]
    base_url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"
    path = f"/api/v1/apps/{tool.app()['id']}/connections/default?activate=true"
    profile = {"authScheme": "TOKEN", "token": made["token_string"]}
    tool.okta("POST", path, json={"baseUrl": base_url, "profile": profile})
    tool.simulator.add_fault("connections/default", fault, method="POST")

    first = tool.run("apply", "--yes")
    tool.run("apply", "--yes")
    held = tool.app()["token_id"]

    assert held in tokens(tool)
    assert first.code == 0 or tool.run("audit").code == 2 or held != made["id"]


def test_a_token_that_was_revoked_by_somebody_is_made_anew_and_handed_over(
    set_up_already: Start,
) -> None:
    tool = set_up_already()
    tool.dbt("DELETE", f"/scim-config/tokens/{tokens(tool)[0]}/")

    assert tool.run("audit").code == 2
    assert tool.run("apply", "--yes").code == 0
    assert tokens(tool) == [tool.app()["token_id"]]
    assert tool.run("audit").code == 0


def test_a_token_that_people_made_is_never_touched(simulated: Start) -> None:
    tool = simulated()
    tool.dbt("POST", "/scim-config/tokens/", json={"name": "okta-manual"})
    theirs = tokens(tool)[0]

    tool.run("apply", "--yes")
    tool.simulator.clock.advance(3 * DAY)
    tool.run("apply", "--yes")

    assert theirs in tokens(tool)


def test_a_superseded_token_is_retired_after_its_grace_and_on_evidence(
    set_up_already: Start,
) -> None:
    tool = set_up_already()
    first = tool.app()["token_id"]
    playbook = tool.config.parent / "rotated.yaml"
    playbook.write_text(
        """
variables: {app: null, groups: []}
resources:
  - {kind: okta.saml_app, name: dbt, label: "{{ app }}"}
  - {kind: dbt_cloud.scim_config}
  - {kind: dbt_cloud.scim_token, name: okta, rotate: 2}
  - kind: okta.scim_provisioning
    app: !ref okta.saml_app/dbt.id
    base_url: !ref dbt_cloud.scim_config.base_url
    token: !ref dbt_cloud.scim_token/okta.token
"""
    )
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "./rotated.yaml"))

    assert tool.run("apply", "--yes").code == 0
    second = tool.app()["token_id"]
    assert second != first
    assert sorted(tokens(tool)) == sorted([first, second])
    assert tool.run("audit").code == 0  # within grace it is neither a change nor a finding

    tool.simulator.clock.advance(DAY + 60)
    elsewhere = ("--journal", str(tool.config.parent / "elsewhere"))
    assert tool.run("audit", *elsewhere).code == 0  # no evidence that Okta used its successor
    user = tool.okta("GET", "/api/v1/users/radia.perlman@acme.example")
    tool.okta("POST", f"/api/v1/apps/{tool.app()['id']}/users", json={"id": user["id"]})
    assert "retired" in tool.run("audit", *elsewhere).out
    assert tool.run("apply", "--yes", *elsewhere).code == 0
    assert tokens(tool) == [second]
    assert tool.app()["token_id"] == second


def test_scim_cleared_in_the_console_means_a_new_token_and_the_step_again(by_hand: Tool) -> None:
    tool = by_hand
    tool.console({"Enable SCIM provisioning": False}, 2)

    audit = tool.run("audit", "--tenant", "initech")
    assert audit.code == 2
    assert "okta.scim_provisioning enabled  expected yes, found no" in audit.out
    again = tool.run("apply", "--yes", "--tenant", "initech", "--token-to", sink(tool, "second"))
    assert again.code == 3
    enter(tool, "second")
    assert tool.run("apply", "--yes", "--tenant", "initech").code == 0
    assert tool.app(2)["token_id"] == max(tokens(tool, 2))


def test_other_settings_for_a_custom_app_mean_a_new_token_and_the_step_again(by_hand: Tool) -> None:
    tool = by_hand
    playbook = tool.config.parent / "with_imports.yaml"
    playbook.write_text(
        """
variables: {app: null, groups: []}
resources:
  - {kind: okta.saml_app, name: dbt, label: "{{ app }}"}
  - {kind: dbt_cloud.scim_config}
  - {kind: dbt_cloud.scim_token, name: okta}
  - kind: okta.scim_provisioning
    app: !ref okta.saml_app/dbt.id
    base_url: !ref dbt_cloud.scim_config.base_url
    token: !ref dbt_cloud.scim_token/okta.token
    actions: [push_new_users, push_profile_updates, push_groups, import_groups]
"""
    )
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "./with_imports.yaml"))

    plan = tool.run("plan", "--tenant", "initech")

    assert "its value is needed again and was shown once" in plan.out
    assert "Import Groups" not in plan.out
    assert "import_groups" in plan.out


def test_a_token_that_waits_with_other_settings_is_made_anew_before_the_visit(
    simulated: Start,
) -> None:
    tool = simulated(3)
    tool.run("apply", "--yes", "--tenant", "initech", "--token-to", sink(tool, "first"))
    text = tool.config.read_text()
    old = text.index("70403103")
    tool.config.write_text(
        text[:old]
        + "70403103\n      scim_base_url: "
        + f"{tool.simulator.url}/api/v3/accounts/70403103/scim/v2/extra"
        + text[old + 8 :]
    )

    plan = tool.run("plan", "--tenant", "initech")

    assert "+ dbt_cloud.scim_token/okta" in plan.out
    assert "scim/v2/extra" in plan.out


def test_a_tokens_name_carries_what_must_be_remembered_in_64_characters() -> None:
    name = TokenName(70403103, "okta", 1, "2c080a17", "3af6557d")

    assert TokenName.parse(str(name)) == name
    assert str(name) == "okta-scim-setup/70403103/okta/r1/2c080a17/3af6557d"
    assert len(name.checked()) <= 64
    with pytest.raises(ConfigError, match="too long"):
        TokenName(70403103, "a" * 30, 1, "2c080a17", "3af6557d").checked()


@pytest.mark.parametrize(
    "text", ["okta-manual", "", "okta-scim-setup/x/okta/r1/2c080a17/3af6557d", "a/b/c/d/e/f"]
)
def test_a_name_of_another_form_is_not_ours(text: str) -> None:
    assert TokenName.parse(text) is None
