"""What an audit finds on a custom SAML app, and what it says of what nobody can see."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tool import Tool

Start = Callable[..., Tool]


def test_a_clean_audit_says_what_no_api_shows_and_what_stands_in_for_it(by_hand: Tool) -> None:
    audit = by_hand.run("audit", "--tenant", "initech")

    assert audit.code == 0
    assert "No API shows base_url, unique_identifier" in audit.out
    assert "of 1 custom SAML app." in audit.out
    assert "each used its token, least recently at 20" in audit.out
    report = by_hand.run("audit", "--tenant", "initech", "--output", "json").json
    assert "base_url" in report["tenants"][0]["plan"]["unseen"]


def test_push_groups_taken_from_the_actions_is_found(by_hand: Tool) -> None:
    by_hand.console({"Supported provisioning actions": "Push New Users, Push Profile Updates"}, 2)

    audit = by_hand.run("audit", "--tenant", "initech")

    assert audit.code == 2
    assert "AUD214" in audit.out
    assert "okta.scim_provisioning actions  expected push_new_users" in audit.out


def test_actions_alone_are_put_right_without_a_new_token(by_hand: Tool) -> None:
    by_hand.console({"Supported provisioning actions": "Push New Users"}, 2)
    before = [token["id"] for token in by_hand.account(2)["tokens"]]

    by_hand.do_the_clicks("initech", 2, "not-needed")

    assert by_hand.run("apply", "--yes", "--tenant", "initech").code == 0
    assert [token["id"] for token in by_hand.account(2)["tokens"]] == before


@pytest.mark.parametrize(
    ("fields", "attribute"),
    [
        ({"Enable SCIM provisioning": False}, "enabled"),
        ({"Create Users": False}, "create_users"),
        ({"Update User Attributes": False}, "update_user_attributes"),
        ({"Deactivate Users": False}, "deactivate_users"),
        ({"Application username format": "Okta username"}, "username_format"),
    ],
)
def test_each_change_in_the_console_that_okta_shows_is_found(
    by_hand: Tool, fields: dict[str, object], attribute: str
) -> None:
    by_hand.console(fields, 2)

    audit = by_hand.run("audit", "--tenant", "initech", "--output", "json")

    assert audit.code == 2
    found = {f["attribute"] for f in audit.json["tenants"][0]["findings"]}
    assert attribute in found


def test_the_tenants_beside_it_stay_in_sync(by_hand: Tool) -> None:
    by_hand.run("apply", "--yes", "--tenant", "acme")
    by_hand.console({"Deactivate Users": False}, 2)

    assert by_hand.run("audit", "--tenant", "acme").code == 0
