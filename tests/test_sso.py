"""SSO from nothing: the app as dbt's guide has it, whom dbt trusts, and when passwords may end."""

from __future__ import annotations

from typing import Any

import pytest
from mortal import DIES_AFTER, DIES_BEFORE, KILLED, OK, Mortal
from sso import (
    ADMINS,
    DEVS,
    SSO,
    Start,
    app_of,
    apply,
    changes,
    data,
    forget,
    from_nothing,
    provider,
    set_up,
    use,
)
from tool import Tool

DAY = 24 * 3600.0
"""Seconds."""

UNSPECIFIED = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"

ALONE = """
variables: {app: null, groups: [], create_app: true, login_slug: "", auth0_uri: "",
  auth0_entity_id: ""}
resources:
  - kind: okta.saml_app
    name: dbt
    label: "{{ app }}"
    create: true
    single_sign_on_url: "https://{{ auth0_uri }}/login/callback?connection={{ login_slug }}"
    audience: "urn:auth0:{{ auth0_entity_id }}:{{ login_slug }}"
  - {kind: dbt_cloud.scim_config, enabled: false, manual_updates_allowed: true}
"""
"""The app, and what can tell who is in the account, as it is."""


def alone(start: Start) -> Tool:
    """A tenant whose playbook declares little more than the app."""
    tool = from_nothing(start)
    (tool.config.parent / "alone.yaml").write_text(ALONE)
    use(tool, "dbt_cloud_full", "./alone.yaml")
    return tool


def apps(tool: Tool) -> list[str]:
    return [app["label"] for app in tool.simulator.state()["okta"][0]["apps"]]


def writes(sent: list[dict[str, Any]]) -> list[str]:
    return [f"{r['method']} {r['path'].partition('?')[0]}" for r in sent if r["method"] != "GET"]


def test_the_app_is_made_as_dbts_guide_has_it_by_one_post(simulated: Start) -> None:
    tool = alone(simulated)

    sent = tool.sent("apply", "--yes")

    assert writes(sent) == ["POST /api/v1/apps"]
    made = app_of(tool)
    signs_on = made["settings"]["signOn"]
    assert made["credentials"]["userNameTemplate"]["template"] == "${source.email}"
    assert signs_on["ssoAcsUrl"] == "https://auth.dbt.example/login/callback?connection=acme"
    assert signs_on["audience"] == "urn:auth0:us_entity:acme"
    assert signs_on["defaultRelayState"] == "acme"
    assert signs_on["subjectNameIdFormat"].endswith(":nameid-format:unspecified")
    assert {s["namespace"] for s in signs_on["attributeStatements"]} == {UNSPECIFIED}
    assert [(s["name"], s.get("values")) for s in signs_on["attributeStatements"][:3]] == [
        ("email", ["user.email"]),
        ("first_name", ["user.firstName"]),
        ("last_name", ["user.lastName"]),
    ]
    assert signs_on["attributeStatements"][3] == {
        "type": "GROUP",
        "name": "groups",
        "namespace": UNSPECIFIED,
        "filterType": "REGEX",
        "filterValue": ".*",
    }
    assert changes(tool) == []


@pytest.mark.parametrize("fault", ["drop_after", "truncate", "status:502"])
def test_an_app_whose_making_got_no_answer_is_looked_for_and_never_posted_twice(
    simulated: Start, fault: str
) -> None:
    tool = alone(simulated)
    tool.simulator.add_fault(r"/api/v1/apps\?activate", fault, method="POST")

    sent = tool.sent("apply", "--yes")
    came = tool.run("apply", "--yes")

    assert len(writes(sent)) == 1
    assert came.code == 0, came.out
    assert apps(tool) == ["dbt acme"]


@pytest.mark.parametrize("fate", [DIES_BEFORE, DIES_AFTER])
@pytest.mark.parametrize("path", ["/api/v1/apps", "/auth-provider/", "/scim-config/", "/tokens/"])
def test_a_run_that_dies_on_the_way_from_nothing_is_followed_by_one_that_goes_on(
    simulated: Start, monkeypatch: pytest.MonkeyPatch, path: str, fate: str
) -> None:
    tool = from_nothing(simulated)
    sink = f"file:{tool.config.parent / 'first'}"

    died, _ = Mortal(tool, monkeypatch).run(
        "apply",
        "--yes",
        "--token-to",
        sink,
        fate=lambda r: fate if r.method == "POST" and path in r.path else OK,
    )
    came = set_up(tool)

    assert died.code == KILLED
    assert came.code == 0, came.out
    assert apps(tool) == ["dbt acme"]
    assert len(data(tool, "/auth-provider/")) == 1
    assert tool.app()["token_id"] in [token["id"] for token in tool.account()["tokens"]]


def test_an_app_that_somebody_made_meanwhile_is_adopted(simulated: Start) -> None:
    tool = alone(simulated)
    saved = tool.config.parent / "plan.json"
    tool.run("plan", "--out", str(saved))
    tool.run("apply", "--yes")

    came = tool.run("apply", "--yes")

    assert came.code == 0
    assert apps(tool) == ["dbt acme"]


def test_two_apps_with_the_label_are_an_error_that_names_both(simulated: Start) -> None:
    tool = alone(simulated)
    for _ in range(2):
        sign_on = {"ssoAcsUrl": "https://x.example", "audience": "x"}
        body = {"label": "dbt acme", "signOnMode": "SAML_2_0", "settings": {"signOn": sign_on}}
        tool.okta("POST", "/api/v1/apps", json=body)

    came = tool.run("apply", "--yes")

    assert came.code == 1
    assert '2 apps labelled "dbt acme"' in came.out
    assert apps(tool) == ["dbt acme"] * 2


def test_what_differs_of_an_app_that_is_there_is_a_persons_step_that_says_why(
    simulated: Start,
) -> None:
    tool = alone(simulated)
    tool.run("apply", "--yes")
    tool.console({"Single sign-on URL": "https://evil.example/login"})

    sent = tool.sent("apply", "--yes")
    came = tool.run("apply", "--yes")
    tool.do_the_clicks("acme", 0, "")

    assert writes(sent) == []
    assert came.code == 3
    assert "Okta's API takes an app only whole" in came.out
    assert "https://auth.dbt.example/login/callback?connection=acme" in came.out
    assert changes(tool) == []


def test_the_username_format_of_a_live_app_is_changed_by_a_person_with_the_number_of_people(
    simulated: Start,
) -> None:
    tool = from_nothing(simulated)
    assert set_up(tool).code == 0
    tool.console({"Application username format": "Okta username"})

    came = apply(tool)
    tool.do_the_clicks("acme", 0, "")

    assert came.code == 3
    assert "the user names of 7 assigned people are made anew" in came.out
    assert changes(tool) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"auth0_uri": ""}, "single_sign_on_url: must be https://HOST/"),
        ({"auth0_uri": "a b"}, "single_sign_on_url"),
    ],
)
def test_an_app_to_be_made_without_dbts_values_is_told_offline(
    simulated: Start, wrong: dict[str, str], said: str
) -> None:
    tool = from_nothing(simulated, **wrong)

    came = tool.run("validate")

    assert came.code == 1
    assert said in came.out + came.err
    assert tool.simulator.requests() == []


def test_dbt_is_told_of_the_app_and_of_its_certificate(simulated: Start) -> None:
    tool = from_nothing(simulated)
    assert set_up(tool).code == 0

    found = provider(tool)
    assert found["entity_id"].startswith("http://www.okta.com/exk")
    assert found["sso_url"].endswith("/sso/saml")
    assert (found["slug"], found["allow_password_backdoor"]) == ("acme", True)
    assert tool.simulator.sign_in(tool.app()["id"], "ada.lovelace@acme.example") == ""


def test_no_report_holds_the_certificate(simulated: Start) -> None:
    tool = from_nothing(simulated)
    plan = tool.run("plan", "--output", "json")
    came = tool.run("apply", "--yes", "--output", "json", "--token-to", "terminal", "--no-wait")
    again = tool.run("apply", "--yes", "--output", "json")

    assert "BEGIN CERTIFICATE" not in plan.out + came.out + again.out


def test_a_certificate_about_to_end_is_a_persons_step_and_dbt_gets_the_new_one(
    simulated: Start,
) -> None:
    tool = from_nothing(simulated)
    assert set_up(tool).code == 0
    before = provider(tool)["cert_expiry_date"]
    tool.simulator.clock.advance(3640 * DAY)

    came = apply(tool)
    tool.do_the_clicks("acme", 0, "")
    signed_in = tool.simulator.sign_in(tool.app()["id"], "ada.lovelace@acme.example")
    again = apply(tool)

    assert came.code == 3
    assert "Generate new certificate" in came.out
    assert "the certificate ends on" in came.out
    assert signed_in == "dbt doesn't trust the app"
    assert again.code == 0, again.out
    assert provider(tool)["cert_expiry_date"] > before
    assert tool.simulator.sign_in(tool.app()["id"], "ada.lovelace@acme.example") == ""
    assert changes(tool) == []


def test_a_certificate_that_somebody_renewed_in_okta_is_handed_on(simulated: Start) -> None:
    tool = from_nothing(simulated)
    assert set_up(tool).code == 0
    tool.simulator.clock.advance(2 * DAY)
    tool.console({"Generate new certificate": True})

    audit = tool.run("audit")
    came = apply(tool)

    assert "AUD146" in audit.out
    assert came.code == 0, came.out
    assert tool.simulator.sign_in(tool.app()["id"], "ada.lovelace@acme.example") == ""


def enforcing(tool: Tool) -> None:
    use(tool, "dbt_cloud_full", "dbt_cloud_enforce")
    tool.change(groups=[])
    forget(tool, *SSO, "groups")


def two_administrators(start: Start) -> Tool:
    """Everything is set up, and both admins of the Okta group administer the account."""
    tool = from_nothing(start)
    assert set_up(tool).code == 0
    assert changes(tool) == []
    return tool


def test_passwords_stay_on_until_somebody_was_seen_to_sign_in(simulated: Start) -> None:
    tool = two_administrators(simulated)
    enforcing(tool)

    refused = apply(tool)
    tool.simulator.sign_in(tool.app()["id"], "ada.lovelace@acme.example")
    came = apply(tool)

    assert refused.code == 4
    assert "dbt_cloud.auth_provider: nobody was seen to sign in with Okta" in refused.out
    assert came.code == 0, came.out
    assert provider(tool)["allow_password_backdoor"] is False
    assert changes(tool) == []


def test_a_sign_in_that_dbt_did_not_accept_proves_nothing(simulated: Start) -> None:
    tool = two_administrators(simulated)
    enforcing(tool)
    tool.console({"Generate new certificate": True})
    refusal = tool.simulator.sign_in(tool.app()["id"], "ada.lovelace@acme.example")

    came = apply(tool)

    assert refusal == "dbt doesn't trust the app"
    assert came.code == 4
    assert provider(tool)["allow_password_backdoor"] is True


def test_a_sign_in_before_sso_was_changed_proves_nothing(simulated: Start) -> None:
    tool = two_administrators(simulated)
    tool.simulator.sign_in(tool.app()["id"], "ada.lovelace@acme.example")
    tool.simulator.clock.advance(3600)
    found = provider(tool)
    tool.dbt("POST", f"/auth-provider/{found['id']}/", json={"slug": "acme"})
    enforcing(tool)

    assert apply(tool).code == 4


def test_passwords_stay_on_where_one_administrator_alone_has_the_app(simulated: Start) -> None:
    tool = from_nothing(simulated, groups=[{**ADMINS, "permissions": ["developer"]}, DEVS])
    assert set_up(tool).code == 0
    tool.simulator.sign_in(tool.app()["id"], "ada.lovelace@acme.example")
    enforcing(tool)

    came = apply(tool)

    assert came.code == 4
    assert "0 people could administer dbt Cloud afterwards, at least 2 must be able to" in came.out
    assert "- admin@acme.example no more" in came.out
    assert provider(tool)["allow_password_backdoor"] is True


def test_the_declared_break_glass_address_is_enough(simulated: Start) -> None:
    one = {"name": "dbt-acme-admins", "license": "it", "permissions": ["account_admin"]}
    tool = from_nothing(simulated, groups=[one])
    group = next(
        g["id"]
        for g in tool.simulator.summary()["okta"][0]["groups"]
        if g["name"] == "dbt-acme-admins"
    )
    (grace,) = [
        u
        for u in tool.okta("GET", f"/api/v1/groups/{group}/users")
        if u["profile"]["firstName"] == "Grace"
    ]
    tool.okta("DELETE", f"/api/v1/groups/{group}/users/{grace['id']}")
    assert set_up(tool).code == 0
    tool.simulator.sign_in(tool.app()["id"], "ada.lovelace@acme.example")
    enforcing(tool)
    text = tool.config.read_text()
    declared = "      break_glass:\n      - admin@acme.example\n"
    tool.config.write_text(text.replace(declared, ""))

    refused = apply(tool)
    text = text.replace(declared, "      break_glass: ada.lovelace@acme.example\n")
    tool.config.write_text(text)
    came = apply(tool)

    assert refused.code == 4
    assert "1 person could administer" in refused.out
    assert came.code == 0, came.out


def test_whom_dbt_trusts_is_not_changed_while_passwords_are_off(simulated: Start) -> None:
    tool = two_administrators(simulated)
    tool.simulator.sign_in(tool.app()["id"], "ada.lovelace@acme.example")
    enforcing(tool)
    assert apply(tool).code == 0
    found = provider(tool)
    tool.dbt("POST", f"/auth-provider/{found['id']}/", json={"sso_url": "https://x.example"})

    came = apply(tool)

    assert came.code == 4
    assert "whom dbt trusts isn't changed while passwords are off" in came.out


def test_the_full_playbook_lets_passwords_work_again(simulated: Start) -> None:
    tool = two_administrators(simulated)
    found = provider(tool)
    tool.dbt("POST", f"/auth-provider/{found['id']}/", json={"allow_password_backdoor": False})

    came = apply(tool)

    assert came.code == 0, came.out
    assert provider(tool)["allow_password_backdoor"] is True


def test_another_identity_provider_is_never_replaced(simulated: Start) -> None:
    tool = from_nothing(simulated)
    tool.dbt("POST", "/auth-provider/", json={"type": "azure_single_tenant", "slug": "acme"})

    came = apply(tool)

    assert came.code == 4
    assert "the account signs in with azure_single_tenant: that is never replaced" in came.out
    assert data(tool, "/auth-provider/")[0]["type"] == "azure_single_tenant"
    assert apps(tool) == []
