"""Doctor: the way each setting will take and why, whose tokens there are and how old."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from tool import Tool

Start = Callable[..., Tool]


def test_each_settings_channel_is_told_with_the_reason(simulated: Start) -> None:
    tool = simulated(3)

    came = tool.run("doctor")

    acme, initech = came.out.partition("initech")[::2]
    assert came.code == 0
    assert re.search(r"okta\.provisioning_features: by API: Okta documents its API for zscal", acme)
    assert re.search(
        r"okta\.scim_provisioning \(provision_assigned_users\): by a person: Okta has no API", acme
    )
    assert "okta.scim_provisioning: by a person: Okta has no API for this on a custom" in initech
    assert "okta.saml_app/dbt: by a person: Okta's API takes an app only whole" in initech
    assert "dbt_cloud.scim_config: by API: a published API for every account" in initech


def test_what_terraform_owns_is_said_to_take_no_way_here(simulated: Start) -> None:
    tool = simulated()
    (tool.config.parent / "own.yaml").write_text(
        "variables: {app: , groups: []}\nresources:\n"
        '  - {kind: okta.saml_app, name: dbt, label: "{{ app }}", owner: terraform}\n'
    )
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "own.yaml"))

    assert "okta.saml_app/dbt: by Terraform, its owner" in tool.run("doctor").out


def test_tokens_of_ours_are_told_with_age_and_use(set_up_already: Start) -> None:
    tool = set_up_already()
    tool.simulator.clock.advance(timedelta(days=40, minutes=1).total_seconds())

    said = tool.run("doctor").out

    token = tool.app()["token_id"]
    assert re.search(rf"live tokens of ours: {token} 40 days old, last used 20.* current", said)
    assert re.search(r'may be the one in use: "automation" \(account_admin\), 40 days old', said)


def test_a_service_token_that_is_a_year_old_is_warned_of_and_fails_nothing(
    simulated: Start,
) -> None:
    tool = simulated()
    tool.simulator.clock.advance(timedelta(days=366).total_seconds())

    came = tool.run("doctor", "--output", "json")

    (check,) = [c for c in came.json["tenants"][0]["checks"] if "may be the one" in c["title"]]
    assert (came.code, check["status"]) == (0, "warned")


def test_service_tokens_that_cannot_be_listed_are_said_to_be_unread(simulated: Start) -> None:
    tool = simulated()
    tool.simulator.add_fault("/service-tokens/", "status:403", times=9)

    came = tool.run("doctor")

    assert came.code == 0
    assert "service tokens that may be the one in use: can't be read" in came.out


def test_the_administrator_behind_an_api_token_is_named(simulated: Start) -> None:
    said = simulated().run("doctor").out

    assert "made by okta-admin@acme.example; it may do what this administrator's role" in said
