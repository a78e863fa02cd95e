"""dbt's admin API: SCIM configuration, tokens, users, groups, seats."""

import pytest

from tests.simulator.conftest import Lab


def test_scim_config_is_three_booleans_and_takes_nothing_else(lab: Lab) -> None:
    dbt = lab.dbt()
    assert dbt.data("GET", "/scim-config/")["data"] == {
        "enabled": False,
        "manual_updates_allowed": True,
        "scim_controlled_license_type": False,
    }
    wanted = {"enabled": True, "manual_updates_allowed": False}
    assert dbt.data("POST", "/scim-config/", wanted)["data"]["enabled"]
    assert dbt("POST", "/scim-config/", wanted | {"extra": 1}).status_code == 400
    assert dbt("POST", "/scim-config/", {"enabled": True}).status_code == 400
    assert dbt("POST", "/scim-config/", wanted | {"enabled": "yes"}).status_code == 400


def test_a_token_shows_its_value_once_and_stops_working_when_deleted(lab: Lab) -> None:
    scim, dbt = lab.scim(), lab.dbt()
    (token,) = dbt.data("GET", "/scim-config/tokens/")["data"]
    assert set(token) == {"id", "name", "created_at", "last_used"}
    assert token["last_used"] is None
    assert scim("GET", "/Users").status_code == 200
    used = dbt.data("GET", f"/scim-config/tokens/{token['id']}/")["data"]["last_used"]
    assert used.endswith("+00:00")
    assert "." in used
    assert dbt("DELETE", f"/scim-config/tokens/{token['id']}/").status_code == 204
    assert dbt("GET", f"/scim-config/tokens/{token['id']}/").status_code == 404
    assert scim("GET", "/Users").status_code == 401


def test_last_used_may_come_late_and_coarse(lab: Lab) -> None:
    scim, dbt = lab.scim(), lab.dbt()
    lab.simulator.switches.last_used_delay = 60.0
    lab.simulator.switches.last_used_resolution = "minute"
    scim("GET", "/Users")
    assert dbt.data("GET", "/scim-config/tokens/")["data"][0]["last_used"] is None
    lab.simulator.clock.advance(61)
    assert ":00.000000+00:00" in dbt.data("GET", "/scim-config/tokens/")["data"][0]["last_used"]


def test_an_account_of_others_is_not_found_and_a_wrong_token_refused(lab: Lab) -> None:
    dbt, other = lab.dbt(), lab.dbt(1)
    answer = dbt("GET", f"{other.base}/scim-config/")
    assert answer.status_code == 404
    assert "proper permissions" in answer.json()["status"]["user_message"]
    dbt.authorization = "Token nonsense"
    assert dbt("GET", "/scim-config/").status_code == 401


@pytest.mark.parametrize("scheme", ["Token", "Bearer"])
def test_token_and_bearer_mean_the_same(lab: Lab, scheme: str) -> None:
    dbt = lab.dbt()
    dbt.authorization = dbt.authorization.replace("Token", scheme)
    for version in ("v2", "v3"):
        (account,) = dbt.data("GET", f"{lab.simulator.url}/api/{version}/accounts/")["data"]
        assert (account["id"], account["developer_seats"]) == (70403101, 50)


def test_paths_end_with_a_slash(lab: Lab) -> None:
    assert lab.dbt()("GET", "/scim-config").status_code == 404


def test_lists_come_in_pages(lab: Lab) -> None:
    dbt = lab.dbt()
    first = dbt.data("GET", "/users/", limit="2")
    second = dbt.data("GET", "/users/", limit="2", offset="2")
    assert first["extra"]["pagination"] == {"count": 2, "total_count": 3}
    emails = [user["email"] for user in first["data"] + second["data"]]
    assert emails[0] == "admin@acme.example"
    assert len(set(emails)) == 3


def test_seats_are_counted(lab: Lab) -> None:
    base = lab.dbt().base.replace("v3", "v2")
    (seats,) = lab.dbt().data("GET", f"{base}/licenses/")["data"]
    assert (seats["developer"]["total"], seats["developer"]["in_use"]) == (50, 3)
    assert seats["it"]["available"] == 10


def test_groups_can_be_found_made_and_given_permissions(lab: Lab) -> None:
    dbt = lab.dbt()
    made = dbt.data("POST", "/groups/", {"name": "new"})["data"]
    assert (made["scim_managed"], made["member_count"]) == (False, 0)
    permission = {"permission_set": "developer", "all_projects": True}
    dbt.data("POST", f"/group-permissions/{made['id']}/", [permission])
    found = dbt.data("GET", "/groups/", name="new")["data"]
    assert found[0]["group_permissions"][0]["permission_set"] == "developer"
    dbt.data("POST", f"/groups/{made['id']}/", {"state": 2})
    assert dbt.data("GET", "/groups/", name="new")["data"] == []


def test_scim_writes_are_in_the_audit_log(lab: Lab) -> None:
    scim = lab.scim()
    user = {"userName": "n@acme.example", "emails": [{"value": "n@acme.example"}], "active": True}
    assert scim("POST", "/Users", user).status_code == 201
    events = lab.dbt().data("GET", "/audit-logs/")["data"]
    assert events[0]["event_type"] == "v1.events.account.UserAdded"
    assert {event["source"] for event in events} == {"scim", "api"}


def test_a_token_finds_its_account_in_both_versions_of_the_list(lab: Lab) -> None:
    dbt = lab.dbt(1)
    for version in ("v2", "v3"):
        (found,) = dbt.data("GET", f"{lab.simulator.url}/api/{version}/accounts/")["data"]
        assert (found["id"], found["developer_seats"]) == (70403102, 50)


def test_one_user_shows_whether_scim_manages_them_and_the_list_does_not(lab: Lab) -> None:
    dbt, scim = lab.dbt(), lab.scim()
    made = scim.data("POST", "/Users", {"userName": "new@acme.example", "active": True})
    one = dbt.data("GET", f"/users/{made['id']}/")["data"]
    assert (one["email"], one["scim_managed"]) == ("new@acme.example", True)
    assert one["license"]["license_type"] == "developer"
    (row,) = (u for u in dbt.data("GET", "/users/")["data"] if str(u["id"]) == made["id"])
    assert "scim_managed" not in row


def test_there_is_one_licence_map_for_each_type(lab: Lab) -> None:
    dbt = lab.dbt()
    made = dbt("POST", "/license-maps/", {"license_type": "it", "sso_license_mapping_groups": []})
    assert made.status_code == 201
    path = f"/license-maps/{made.json()['data']['id']}/"
    dbt.data("POST", path, {"sso_license_mapping_groups": ["admins"]})
    assert dbt.data("GET", path)["data"]["sso_license_mapping_groups"] == ["admins"]
    assert dbt("POST", "/license-maps/", {"license_type": "it"}).status_code == 400
    assert dbt("POST", "/license-maps/", {"license_type": "none"}).status_code == 400
    assert dbt("DELETE", path).status_code == 204
    assert dbt.data("GET", "/license-maps/")["data"] == []
