"""An audit finds nothing on tenants that are as declared, and only ever reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sso import use
from tool import Tool

from okta_scim_setup.providers.okta._sign_in import READ_SCOPES
from okta_scim_setup.simulator import Chance, Target

Start = Callable[..., Tool]

QUIETLY = ("--workers", "16")


def audited(tool: Tool, tenants: int) -> None:
    """All but the one on a custom SAML app are set up, and days pass; then nothing is found."""
    by_api = ("--exclude", "initech")
    assert tool.run("apply", "--yes", *by_api, *QUIETLY).code == 0
    tool.simulator.clock.advance(3 * 86_400 + 60)

    audit = tool.run("audit", *by_api, *QUIETLY, "--output", "json")

    assert audit.code == 0
    assert audit.json["counts"]["in_sync"] == tenants - 1
    assert audit.json["counts"]["findings"] == 0


def test_nothing_is_found_on_tenants_that_are_as_declared(simulated: Start) -> None:
    audited(simulated(12, orgs=3), 12)


@pytest.mark.nightly
def test_nothing_is_found_on_a_thousand_tenants_that_are_as_declared(simulated: Start) -> None:
    audited(simulated(1_001, orgs=50), 1_001)


def test_what_a_tenant_of_the_full_playbook_does_not_say_of_its_app_is_as_it_is(
    simulated: Start,
) -> None:
    tool = simulated()
    use(tool, "dbt_cloud_scim", "dbt_cloud_full")
    assert tool.run("apply", "--yes").code == 0
    settings = {"Single sign-on URL": "https://own.example/login", "Default RelayState": "own"}
    tool.console({**settings, "Audience URI (SP Entity ID)": "urn:own"})

    audit = tool.run("audit", "--output", "json")

    assert tool.app()["label"] == "dbt acme"
    assert audit.json["tenants"][0]["findings"] == []
    assert audit.code == 0
    assert "in sync. Nothing to do." in tool.run("apply", "--yes").out


@pytest.mark.parametrize("seed", range(6))
def test_whatever_goes_wrong_only_get_is_sent_and_nothing_is_called_clean_that_was_not_read(
    simulated: Start, patient: None, seed: int
) -> None:
    tool = simulated(3)
    tool.run("apply", "--yes", "--tenant", "acme")
    tool.console({"Application username format": "Okta username"})
    tool.simulator.add_chance(
        Chance(
            target=Target(path="/api/"),
            rate=0.25,
            seed=seed,
            do=("status:500", "drop_before", "html200", "truncate", "page_loop", "status:403"),
        )
    )
    before = len(tool.simulator.requests())

    audit = tool.run("audit", "--output", "json")

    sent = [r for r in tool.simulator.requests()[before:] if r["by"] == "client"]
    assert sent
    assert {r["method"] for r in sent} == {"GET"}
    for tenant in audit.json["tenants"]:
        whole = tenant["plan"] is not None and not tenant["problems"]
        assert whole or audit.code == 1
        assert tenant["state"] != "in-sync"  # none of the three is as declared
        assert whole or any(not finding["drift"] for finding in tenant["findings"])


SIGN_IN = """      client_id: {client_id}
      private_key: !secret file:secrets/key.pem
"""


def as_service_app(tool: Tool, *scopes: str) -> None:
    """From now on the tool signs in as a service app that was granted *scopes*."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forms = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private = key.private_bytes(*forms, serialization.NoEncryption()).decode()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    client_id = tool.simulator.register_service_app(key=public.decode(), scopes=scopes)
    (tool.config.parent / "secrets/key.pem").write_text(private)
    config = tool.config.read_text()
    own = SIGN_IN.format(client_id=client_id)
    token = "      token: !secret file:secrets/okta-acme.token\n"
    tool.config.write_text(config.replace(token, own))


def test_a_service_app_signs_in_and_sends_nothing_else_but_get(set_up_already: Start) -> None:
    tool = set_up_already()
    as_service_app(tool, *READ_SCOPES, "okta.logs.read")

    sent = tool.sent("audit")

    writes = {r["path"].partition("?")[0] for r in sent if r["method"] != "GET"}
    assert writes == {"/oauth2/v1/token"}
    assert tool.run("audit").code == 0


def test_without_the_scope_for_the_log_it_is_said_that_nobody_can_be_named(
    set_up_already: Start,
) -> None:
    tool = set_up_already()
    as_service_app(tool, *READ_SCOPES)

    clean = tool.run("audit")
    tool.console({"Application username format": "Okta username"})
    drifted = tool.run("audit")

    assert clean.code == 0  # whoever keeps an access shows as one who has it
    assert "Okta's log of failures was read: Okta won't let this service app read the" in clean.out
    assert drifted.code == 2
    assert "who     unknown: " in drifted.out
    assert "can't be read: Okta won't let this service app read the System Log" in drifted.out


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/users/", "members"),
        ("/invites/", "invites"),
        ("/ip-restrictions/", "ip_rules"),
        ("/license-maps/", "licence_maps"),
        ("/credentials/keys", "certificate_ends"),
    ],
)
def test_a_part_that_could_not_be_read_is_a_finding_and_never_counts_as_clean(
    set_up_already: Start, path: str, part: str
) -> None:
    tool = set_up_already()
    tool.simulator.add_fault(path, "status:403", method="GET", times=9)

    audit = tool.run("audit", "--output", "json")
    tool.simulator.add_fault(path, "status:403", method="GET", times=9)
    text = tool.run("audit")

    tenant = audit.json["tenants"][0]
    assert audit.code == text.code == 1
    assert [(f["id"], f["attribute"], f["drift"]) for f in tenant["findings"]] == [
        ("AUD912", part, False)
    ]
    assert audit.json["counts"]["in_sync"] == 0
    assert "0 in sync, 0 drifted, 1 read in part, 0 unreadable" in text.out


def test_every_format_tells_of_a_part_that_could_not_be_read_and_of_who_did_what(
    set_up_already: Start,
) -> None:
    tool = set_up_already()
    tool.console({"Application username format": "Okta username"})
    for name in ("text", "json", "markdown", "junit", "sarif", "html"):
        tool.simulator.add_fault("/invites/", "status:403", method="GET", times=9)

        audit = tool.run("audit", "--output", name)

        assert audit.code == 1, name
        told = audit.out.replace("&#64;", "@").replace("@<!-- -->", "@")
        assert "AUD912" in told, name
        assert "AUD001" in told, name
        assert "console.example" in told, name
        tool.simulator.clear_faults()


def test_people_are_found_unmanaged_only_where_dbt_lists_licences_by_person(
    set_up_already: Start,
) -> None:
    tool = set_up_already()
    tool.simulator.switches.licenses_list = "people"

    assert tool.run("audit").code == 0


def test_parts_that_could_be_read_are_judged_beside_one_that_could_not(
    set_up_already: Start,
) -> None:
    tool = set_up_already()
    tool.dbt("POST", "/scim-config/tokens/", json={"name": "mine"})
    tool.simulator.add_fault("/invites/", "status:403", method="GET", times=9)

    audit = tool.run("audit", "--output", "json")

    assert audit.code == 1
    assert {f["id"] for f in audit.json["tenants"][0]["findings"]} == {"AUD501", "AUD912"}
