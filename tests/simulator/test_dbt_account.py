"""dbt's account beside SCIM: permission sets, SSO, invites, IP restrictions, projects, groups."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from okta_scim_setup.simulator.dbt_cloud.permissions import PERMISSION_SETS
from okta_scim_setup.simulator.okta.certificates import certificate_of
from tests.simulator.conftest import ON, Client, Lab

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "dbt-platform-v3.json"


def with_sets(lab: Lab, *sets: str) -> Client:
    grants = [{"permission_set": name} for name in sets]
    body = {"name": "limited", "permission_grants": grants}
    token = lab.dbt().data("POST", "/service-tokens/", body)["data"]["token_string"]
    return Client(lab.dbt().base, f"Token {token}", lab.dbt().session)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("account_admin", (200, 200, 200, 200)),
        ("security_admin", (200, 200, 200, 403)),
        ("account_viewer", (200, 403, 403, 403)),
        ("job_admin", (404, 404, 404, 404)),
        ("scim_only", (404, 404, 404, 404)),
    ],
)
def test_a_permission_set_bounds_what_a_token_may_do(
    lab: Lab, name: str, expected: tuple[int, ...]
) -> None:
    dbt = with_sets(lab, name)
    answers = (
        dbt("GET", "/scim-config/"),
        dbt("POST", "/scim-config/", ON),
        dbt("POST", "/license-maps/", {"license_type": "it"}),
        dbt("POST", "/service-tokens/", {"name": "another"}),
    )
    statuses = [200 if answer.ok else answer.status_code for answer in answers]
    assert tuple(statuses) == expected
    for answer in answers:
        assert answer.ok or "permission" in answer.text


def test_the_scim_configuration_may_need_an_account_admin(lab: Lab) -> None:
    lab.simulator.switches.scim_config_needs = "account_admin"
    assert with_sets(lab, "security_admin")("POST", "/scim-config/", ON).status_code == 403


def test_everyone_sees_projects(lab: Lab) -> None:
    (project,) = with_sets(lab, "job_viewer").data("GET", "/projects/")["data"]
    assert lab.dbt().data("GET", f"/projects/{project['id']}/")["data"]["name"] == "Analytics"
    assert lab.dbt()("GET", "/projects/1/").status_code == 404


def test_the_permission_sets_are_those_of_the_specification() -> None:
    if not SPEC.exists():
        pytest.skip("the specifications are not beside this checkout")
    schemas = json.loads(SPEC.read_text())["components"]["schemas"]
    assert set(schemas["PredefinedPermissionSet"]["enum"]) == PERMISSION_SETS


def test_a_deleted_service_token_is_refused_and_still_listed(lab: Lab) -> None:
    dbt = lab.dbt()
    made = dbt.data("POST", "/service-tokens/", {"name": "old"})["data"]
    limited = Client(dbt.base, f"Token {made['token_string']}", dbt.session)
    path = f"/service-tokens/{made['id']}/"
    grants = [{"permission_set": "account_viewer"}]
    dbt.data("PUT", path, {"name": "older", "permission_grants": grants})
    assert dbt.data("GET", f"{path}permissions/")["data"] == grants
    assert limited("GET", "/groups/").ok
    assert dbt.data("GET", path)["data"]["last_used"]
    assert dbt("DELETE", path).status_code == 204
    assert limited("GET", "/groups/").status_code == 401
    listed = dbt.data("GET", "/service-tokens/")
    assert [(token["name"], token["state"]) for token in listed["data"]] == [
        ("automation", 1),
        ("older", 2),
    ]
    assert "token_string" not in json.dumps(listed)
    assert dbt("POST", "/service-tokens/", {"name": "x", "extra": 1}).status_code == 400


def test_an_account_has_one_sso_provider_whose_certificate_is_never_shown(lab: Lab) -> None:
    dbt = lab.dbt()
    (provider,) = dbt.data("GET", "/auth-provider/")["data"]
    assert (provider["type"], provider["slug"]) == ("okta", "acme")
    path = f"/auth-provider/{provider['id']}/"
    assert dbt("POST", "/auth-provider/", {"type": "okta"}).status_code == 400
    assert dbt("POST", path, {"cert": "CERTIFICATE"}).status_code == 400
    lines = certificate_of("acme", "0oa1", 1_800_000_000).lines
    pem = f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
    changed = dbt("POST", path, {"cert": pem, "sso_url": "https://x.example"})
    assert changed.json()["data"]["sso_url"] == "https://x.example"
    assert changed.json()["data"]["cert_expiry_date"].startswith("2037-01-15")
    assert "CERTIFICATE" not in changed.text
    assert dbt("DELETE", path).status_code == 204
    assert dbt("GET", path).status_code == 404
    assert dbt("POST", "/auth-provider/", {"type": "kerberos"}).status_code == 400
    assert dbt("POST", "/auth-provider/", {"type": "saml"}).status_code == 201


def invites(lab: Lab) -> list[dict[str, Any]]:
    url = lab.dbt().base.replace("/v3/", "/v2/") + "/invites/"
    return list(lab.dbt().data("GET", url)["data"])


def test_who_is_created_by_scim_is_invited(lab: Lab) -> None:
    lab.scim().data("POST", "/Users", {"userName": "new@acme.example", "active": True})
    (invite,) = invites(lab)
    assert (invite["type"], invite["redeemed_at"]) == ("scim", None)
    url = f"{lab.simulator.url}/_simulator/accept-invite"
    body = {"account_id": 70403101, "email": "New@acme.example"}
    assert requests.post(url, json=body, timeout=20).status_code == 204
    assert invites(lab)[0]["redeemed_at"]
    assert requests.post(url, json=body | {"email": "x"}, timeout=20).status_code == 400


def test_a_push_of_one_who_has_not_accepted_may_fail_as_a_whole(lab: Lab) -> None:
    lab.simulator.switches.invites_must_be_accepted = True
    scim = lab.scim()
    user = scim.data("POST", "/Users", {"userName": "new@acme.example", "active": True})
    group = {"displayName": "g", "members": [{"value": user["id"]}]}
    refused = scim("POST", "/Groups", group)
    assert refused.json()["detail"] == "All users must have licenses on the account"
    body = {"account_id": 70403101, "email": "new@acme.example"}
    requests.post(f"{lab.simulator.url}/_simulator/accept-invite", json=body, timeout=20)
    assert scim("POST", "/Groups", group).status_code == 201


def test_by_hand_nobody_is_invited_or_moved_while_scim_rules(lab: Lab) -> None:
    dbt = lab.dbt()
    invite = {"email_addresses": ["by.hand@acme.example"], "license_type": "read_only"}
    assert dbt.data("POST", "/invites/", invite)["data"] == {"sent": ["by.hand@acme.example"]}
    assert invites(lab)[0]["type"] == "standard"
    state = lab.account_state()
    user, group = state["users"][0]["id"], state["groups"][1]["id"]
    move = {"user_id": user, "desired_group_ids": [group]}
    dbt.data("POST", "/assign-groups/", move)
    names = [g["displayName"] for g in lab.account_state()["groups"] if state_has(g, state)]
    assert names == [state["groups"][1]["displayName"]]
    dbt.data("POST", "/scim-config/", ON | {"manual_updates_allowed": False})
    assert dbt("POST", "/invites/", invite).status_code == 403
    assert dbt("POST", "/assign-groups/", move).status_code == 403


def state_has(group: dict[str, Any], state: dict[str, Any]) -> bool:
    return state["users"][0]["userName"] in group["members"]


RULE = {"name": "office", "type": 1, "rule_set_enabled": True, "cidrs": [{"cidr": "192.0.2.0/24"}]}


def test_ip_restrictions_keep_okta_out(lab: Lab) -> None:
    dbt, scim = lab.dbt(), lab.scim()
    rule = dbt.data("POST", "/ip-restrictions/", RULE)["data"]
    assert scim("GET", "/Users").status_code == 403
    assert dbt("GET", "/scim-config/").ok
    path = f"/ip-restrictions/{rule['id']}"
    rule_set = rule["ip_restriction_rule_set_id"]
    check = f"/ip-restrictions-set/{rule_set}/validate/"
    assert dbt.data("GET", check) == {"is_valid_for_admin": False}
    assert dbt.data("GET", f"{check}{rule['id']}") == {"is_valid_for_admin": True}
    wider = RULE | {"id": rule["id"], "cidrs": [{"cidr": "127.0.0.0/8"}]}
    assert dbt.data("PUT", path, wider)["cidrs"][0]["cidr"] == "127.0.0.0/8"
    assert scim("GET", "/Users").ok
    assert dbt.data("GET", check) == {"is_valid_for_admin": True}
    dbt.data("POST", "/ip-restrictions/", RULE | {"type": 2, "cidrs": [{"cidr": "127.0.0.1/32"}]})
    assert scim("GET", "/Users").status_code == 403
    dbt.data("POST", "/ip-restrictions-set/", {"enabled": False})
    assert scim("GET", "/Users").ok
    assert dbt("DELETE", path).status_code == 204
    assert dbt("GET", path).status_code == 404
    assert len(dbt.data("GET", "/ip-restrictions/")["data"]) == 1


@pytest.mark.parametrize("wrong", [{"type": 3}, {"cidrs": [{"cidr": "everywhere"}]}, {"name": 1}])
def test_a_rule_that_makes_no_sense_is_refused(lab: Lab, wrong: dict[str, Any]) -> None:
    assert lab.dbt()("POST", "/ip-restrictions/", RULE | wrong).status_code == 400


def test_group_permissions_are_replaced_as_a_whole_and_checked(lab: Lab) -> None:
    dbt = lab.dbt()
    group, account = lab.account_state()["groups"][0]["id"], 70403101
    project = dbt.data("GET", "/projects/")["data"][0]["id"]
    path = f"/group-permissions/{group}/"
    own = {"account_id": account, "group_id": group, "writable_environment_categories": []}
    one = own | {"permission_set": "developer", "all_projects": True}
    other = own | {"permission_set": "job_admin", "all_projects": False, "project_id": project}
    dbt.data("POST", path, [one, other])
    dbt.data("POST", path, [other])
    (left,) = dbt.data("GET", f"/groups/{group}/")["data"]["group_permissions"]
    assert (left["permission_set"], left["project_id"]) == ("job_admin", project)
    assert dbt("POST", path, [one | {"permission_set": "king"}]).status_code == 400
    assert dbt("POST", path, [other | {"project_id": 1}]).status_code == 400
    assert dbt("POST", path, one).status_code == 400


def test_what_admins_do_is_in_the_audit_log(lab: Lab) -> None:
    dbt = lab.dbt()
    dbt.data("POST", "/groups/", {"name": "new"})
    made = dbt.data("POST", "/license-maps/", {"license_type": "it"})["data"]["id"]
    dbt.data("POST", f"/license-maps/{made}/", {"sso_license_mapping_groups": ["x"]})
    dbt("DELETE", f"/license-maps/{made}/")
    log = dbt.data("GET", "/audit-logs/")
    kinds = [event["event_type"].removeprefix("v1.events.") for event in log["data"]]
    assert kinds == [
        "license_map.removed",
        "license_map.changed",
        "license_map.added",
        "user_group.Added",
    ]
    assert log["extra"]["order_by"] == "-logged_at"
    later = dbt.data("GET", "/audit-logs/", logged_at_start="2999-01-01")
    assert later["data"] == []


@pytest.mark.parametrize(
    ("path", "status"), [("/ip-restrictions/x", 404), ("/service-tokens/0/", 404)]
)
def test_what_is_not_there_is_not_found(lab: Lab, path: str, status: int) -> None:
    assert lab.dbt()("GET", path).status_code == status
