"""What the simulated Okta sends to SCIM when people and groups are assigned, changed, removed."""

from typing import Any

import pytest

from tests.simulator.conftest import Lab


def user_of(lab: Lab, login: str, tenant: int = 0) -> Any:
    users = lab.account_state(tenant)["users"]
    return next((user for user in users if user["userName"] == login), None)


def okta_id(lab: Lab, login: str) -> str:
    return lab.okta().data("GET", f"/users/{login}")["id"]


def test_an_assigned_person_is_looked_for_and_then_made(lab: Lab) -> None:
    scim = lab.connect()
    lab.okta().data(
        "POST", f"/apps/{lab.app()}/users", {"id": okta_id(lab, "alan.turing@acme.example")}
    )
    assert lab.from_okta()[1:] == [
        "GET /Users?filter=userName+eq+%22alan.turing%40acme.example%22&startIndex=1&count=100",
        "POST /Users",
    ]
    user = user_of(lab, "alan.turing@acme.example")
    (assigned,) = lab.app_state()["assigned"]
    assert user["scim_managed"]
    assert (assigned["status"], assigned["externalId"]) == ("PROVISIONED", str(user["id"]))
    assert scim.data("GET", f"/Users/{user['id']}")["externalId"] == assigned["id"]


def test_a_person_whom_dbt_knows_is_linked_by_get_and_put(lab: Lab) -> None:
    lab.connect()
    known = user_of(lab, "ada.lovelace@acme.example")
    body = {"id": okta_id(lab, known["userName"])}
    lab.okta().data("POST", f"/apps/{lab.app()}/users", body)
    assert [line.split("?")[0] for line in lab.from_okta()[1:]] == [
        "GET /Users",
        f"GET /Users/{known['id']}",
        f"PUT /Users/{known['id']}",
    ]
    assert user_of(lab, known["userName"])["scim_managed"]


def test_an_assigned_group_brings_its_members_and_a_pushed_group_lists_them(lab: Lab) -> None:
    lab.connect()
    okta, app = lab.okta(), lab.app()
    group = lab.group("dbt-acme-admins")
    okta.data("PUT", f"/apps/{app}/groups/{group}", {})
    body = {"sourceGroupId": group, "targetGroupName": "dbt-acme-admins"}
    mapping = okta.data("POST", f"/apps/{app}/group-push/mappings", body)
    assert "lastPush" not in mapping
    assert "lastPush" in okta.data("GET", f"/apps/{app}/group-push/mappings/{mapping['id']}")
    pushed = next(g for g in lab.account_state()["groups"] if g["displayName"] == "dbt-acme-admins")
    assert pushed["members"] == ["ada.lovelace@acme.example", "grace.hopper@acme.example"]
    assert {a["scope"] for a in lab.app_state()["assigned"]} == {"GROUP"}


def test_a_push_joins_the_group_of_that_name_and_lists_only_people_of_the_app(lab: Lab) -> None:
    lab.connect()
    body = {"sourceGroupId": lab.group("dbt-acme-devs"), "targetGroupName": "dbt-acme-devs"}
    lab.okta().data("POST", f"/apps/{lab.app()}/group-push/mappings", body)
    groups = [g for g in lab.account_state()["groups"] if g["displayName"] == "dbt-acme-devs"]
    assert len(groups) == 1
    assert groups[0]["scim_managed"]
    assert groups[0]["members"] == []


def test_a_changed_membership_is_pushed_as_the_full_list(lab: Lab) -> None:
    lab.connect()
    okta, app, group = lab.okta(), lab.app(), lab.group("dbt-acme-admins")
    okta.data("PUT", f"/apps/{app}/groups/{group}", {})
    body = {"sourceGroupId": group, "targetGroupName": "dbt-acme-admins"}
    okta.data("POST", f"/apps/{app}/group-push/mappings", body)
    user = okta_id(lab, "radia.perlman@acme.example")
    assert okta("PUT", f"/groups/{group}/users/{user}").status_code == 204
    (scim_id,) = (m["scim_id"] for m in lab.app_state()["push_mappings"])
    assert lab.from_okta()[-3:] == [
        "POST /Users",
        f"GET /Groups/{scim_id}",
        f"PUT /Groups/{scim_id}",
    ]
    assert okta("DELETE", f"/groups/{group}/users/{user}").status_code == 204
    assert not user_of(lab, "radia.perlman@acme.example")["active"]
    pushed = next(g for g in lab.account_state()["groups"] if g["id"] == int(scim_id))
    assert pushed["members"] == ["ada.lovelace@acme.example", "grace.hopper@acme.example"]


def test_an_unassigned_person_is_deactivated_by_put_and_never_deleted(lab: Lab) -> None:
    lab.connect()
    okta, app = lab.okta(), lab.app()
    person = okta_id(lab, "alan.turing@acme.example")
    okta.data("POST", f"/apps/{app}/users", {"id": person})
    assert okta("DELETE", f"/apps/{app}/users/{person}").status_code == 204
    assert not user_of(lab, "alan.turing@acme.example")["active"]
    okta.data("POST", f"/apps/{app}/users", {"id": person})
    assert user_of(lab, "alan.turing@acme.example")["active"]


def test_without_deactivate_users_a_leaver_stays_active(lab: Lab) -> None:
    lab.connect()
    okta, app = lab.okta(), lab.app()
    off = {"update": {"lifecycleDeactivate": {"status": "DISABLED"}}}
    okta.data("PUT", f"/apps/{app}/features/USER_PROVISIONING", off)
    person = okta_id(lab, "alan.turing@acme.example")
    okta.data("POST", f"/apps/{app}/users", {"id": person})
    okta("DELETE", f"/apps/{app}/users/{person}")
    assert user_of(lab, "alan.turing@acme.example")["active"]


def test_without_create_users_nobody_is_created(lab: Lab) -> None:
    lab.connect()
    okta, app = lab.okta(), lab.app()
    off = {"create": {"lifecycleCreate": {"status": "DISABLED"}}}
    okta.data("PUT", f"/apps/{app}/features/USER_PROVISIONING", off)
    okta.data("POST", f"/apps/{app}/users", {"id": okta_id(lab, "alan.turing@acme.example")})
    assert user_of(lab, "alan.turing@acme.example") is None
    assert lab.app_state()["assigned"][0]["externalId"] is None


def test_people_assigned_before_provisioning_was_on_are_not_provisioned_by_it(lab: Lab) -> None:
    okta, app = lab.okta(), lab.app()
    okta.data("POST", f"/apps/{app}/users", {"id": okta_id(lab, "alan.turing@acme.example")})
    lab.connect()
    assert user_of(lab, "alan.turing@acme.example") is None
    lab.simulator.console(app, {"Provision User": ["alan.turing@acme.example"]})
    assert user_of(lab, "alan.turing@acme.example")["scim_managed"]


def test_a_changed_profile_is_pushed(lab: Lab) -> None:
    lab.connect()
    okta, app = lab.okta(), lab.app()
    person = okta_id(lab, "alan.turing@acme.example")
    okta.data("POST", f"/apps/{app}/users", {"id": person})
    okta.data("POST", f"/users/{person}", {"profile": {"lastName": "Mathison"}})
    assert user_of(lab, "alan.turing@acme.example")["name"] == "Alan Mathison"


def test_a_failed_deactivation_is_not_tried_again_but_logged(lab: Lab) -> None:
    lab.connect()
    okta, app = lab.okta(), lab.app()
    person = okta_id(lab, "alan.turing@acme.example")
    okta.data("POST", f"/apps/{app}/users", {"id": person})
    lab.simulator.add_fault(r"/scim/v2/Users/", "status:502", method="PUT")
    assert okta("DELETE", f"/apps/{app}/users/{person}").status_code == 204
    assert user_of(lab, "alan.turing@acme.example")["active"]
    failed = 'eventType eq "application.provision.user.deactivate" and outcome.result eq "FAILURE"'
    assert len(okta.data("GET", "/logs", filter=failed)) == 1


def test_a_push_that_fails_leaves_the_mapping_in_error(lab: Lab) -> None:
    lab.connect()
    okta, app = lab.okta(), lab.app()
    lab.simulator.add_fault(r"/scim/v2/Groups", "status:500", method="POST")
    body = {"sourceGroupId": lab.group("dbt-acme-devs"), "targetGroupName": "dbt-acme-devs"}
    made = okta.data("POST", f"/apps/{app}/group-push/mappings", body)
    path = f"/apps/{app}/group-push/mappings/{made['id']}"
    mapping = okta.data("GET", path)
    assert mapping["status"] == "ERROR"
    assert "500" in mapping["errorSummary"]
    assert okta("PATCH", path, {"status": "INACTIVE"}).status_code == 400
    assert okta("DELETE", path, deleteTargetGroup="false").status_code == 200


@pytest.mark.parametrize("delete_target", ["true", "false"])
def test_deleting_a_mapping_deletes_the_pushed_group_if_asked(lab: Lab, delete_target: str) -> None:
    lab.connect()
    okta, app = lab.okta(), lab.app()
    body = {"sourceGroupId": lab.group("dbt-acme-admins"), "targetGroupName": "dbt-acme-admins"}
    made = okta.data("POST", f"/apps/{app}/group-push/mappings", body)
    path = f"/apps/{app}/group-push/mappings/{made['id']}"
    assert okta("DELETE", path, deleteTargetGroup=delete_target).status_code == 400
    okta.data("PATCH", path, {"status": "INACTIVE"})
    assert okta("DELETE", path).json()["errorCode"] == "E0000028"
    deleted = okta("DELETE", path, deleteTargetGroup=delete_target)
    assert (deleted.status_code, deleted.content) == (200, b"")
    names = [group["displayName"] for group in lab.account_state()["groups"]]
    assert ("dbt-acme-admins" in names) == (delete_target == "false")


def test_without_provisioning_a_mapping_can_be_made_and_nothing_is_pushed(lab: Lab) -> None:
    okta, app = lab.okta(2), lab.app(2)
    body = {"sourceGroupId": lab.group("dbt-initech-devs", 2), "targetGroupName": "devs"}
    mapping = okta.data("POST", f"/apps/{app}/group-push/mappings", body)
    assert mapping["status"] == "ACTIVE"
    assert lab.from_okta() == []


def test_a_licence_travels_through_schema_and_group_profile_once_scim_controls_it(lab: Lab) -> None:
    scim = lab.connect()
    dbt, okta, app = lab.dbt(), lab.okta(), lab.app()
    on = {"enabled": True, "manual_updates_allowed": True, "scim_controlled_license_type": True}
    dbt.data("POST", "/scim-config/", on)
    namespace = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User"
    attribute = {
        "title": "License Type",
        "type": "string",
        "externalName": "licenseType",
        "externalNamespace": namespace,
    }
    definition = {"definitions": {"custom": {"properties": {"licenseType": attribute}}}}
    okta.data("POST", f"/meta/schemas/apps/{app}/default", definition)
    profile = {"profile": {"licenseType": "read_only"}}
    okta.data("PUT", f"/apps/{app}/groups/{lab.group('dbt-acme-admins')}", profile)
    user = user_of(lab, "grace.hopper@acme.example")
    assert user["license_type"] == "read_only"
    assert scim.data("GET", f"/Users/{user['id']}")[namespace] == {"licenseType": "read_only"}


def test_a_renamed_group_is_renamed_in_dbt(lab: Lab) -> None:
    lab.connect()
    okta, app, group = lab.okta(), lab.app(), lab.group("dbt-acme-admins")
    body = {"sourceGroupId": group, "targetGroupName": "dbt-acme-admins"}
    okta.data("POST", f"/apps/{app}/group-push/mappings", body)
    okta.data("PUT", f"/groups/{group}", {"profile": {"name": "renamed"}})
    assert "renamed" in [g["displayName"] for g in lab.account_state()["groups"]]
