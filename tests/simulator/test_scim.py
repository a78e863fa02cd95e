"""The SCIM endpoint: what Okta's published test asks for, and dbt's own rules."""

from typing import Any

import pytest

from tests.simulator.conftest import Lab

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
DBT = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User"


def person(name: str = "new.person@acme.example", **more: Any) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "name": {"givenName": "New", "familyName": "Person"},
        "emails": [{"value": name, "primary": True, "type": "work"}],
        "active": True,
        **more,
    }


def test_what_oktas_published_test_asks_for(lab: Lab) -> None:
    scim = lab.scim()
    first = scim.data("GET", "/Users", count="1", startIndex="1")
    assert [first[key] for key in ("itemsPerPage", "startIndex", "totalResults")] == [1, 1, 3]
    known = first["Resources"][0]
    assert scim.data("GET", f"/Users/{known['id']}")["id"] == known["id"]
    none = scim.data("GET", "/Users", filter='userName eq "abcdefgh@atko.com"')
    assert none["totalResults"] == 0
    made = scim("POST", "/Users", person())
    assert (made.status_code, made.json()["active"]) == (201, True)
    assert scim("POST", "/Users", person()).status_code == 409
    upper = scim.data("GET", "/Users", filter='userName eq "NEW.PERSON@ACME.EXAMPLE"')
    assert upper["totalResults"] == 1
    assert scim("GET", "/Groups").headers["Content-Type"] == "application/scim+json"
    missing = scim("GET", "/Users/00919288221112222")
    assert (missing.status_code, missing.json()["status"]) == (404, "404")
    scim.authorization = "non-token"
    refused = scim("GET", "/Users")
    assert (refused.status_code, refused.json()["status"]) == (401, "401")
    assert refused.json()["schemas"] == [ERROR]


@pytest.mark.parametrize(
    "expression",
    [
        'id eq "{id}"',
        'emails.value eq "{name}"',
        'emails[type eq "work"].value eq "{name}"',
        'externalId eq "00u1"',
    ],
)
def test_filters(lab: Lab, expression: str) -> None:
    scim = lab.scim()
    made = scim.data("POST", "/Users", person(externalId="00u1"))
    query = expression.format(id=made["id"], name=made["userName"])
    assert scim.data("GET", "/Users", filter=query)["Resources"] == [made]


def test_a_filter_that_is_not_understood_is_refused(lab: Lab) -> None:
    refused = lab.scim()("GET", "/Users", filter='shoeSize gt "3"')
    assert (refused.status_code, refused.json()["scimType"]) == (400, "invalidFilter")


@pytest.mark.parametrize(
    "body",
    [
        person("00u123"),
        person() | {"emails": [{"value": "other@acme.example"}]},
        person() | {"emails": [{"value": "New.Person@acme.example"}]},
        person(**{DBT: {"licenseType": "gold"}}),
    ],
)
def test_user_names_are_email_addresses_and_licences_are_known(
    lab: Lab, body: dict[str, Any]
) -> None:
    assert lab.scim()("POST", "/Users", body).status_code == 400


def test_a_user_whom_dbt_knows_is_joined(lab: Lab) -> None:
    scim = lab.scim()
    before = lab.account_state()["users"][1]
    made = scim("POST", "/Users", person(before["userName"]))
    assert (made.status_code, made.json()["id"]) == (201, str(before["id"]))
    assert lab.account_state()["users"][1]["scim_managed"]


def test_patch_put_and_delete_of_a_user(lab: Lab) -> None:
    scim = lab.scim()
    made = scim.data("POST", "/Users", person())
    path = f"/Users/{made['id']}"
    off = {"op": "replace", "value": {"active": False}}
    assert not scim.data("PATCH", path, {"Operations": [off]})["active"]
    name = {"op": "replace", "path": "name.givenName", "value": "Newer"}
    assert scim.data("PATCH", path, {"Operations": [name]})["name"]["givenName"] == "Newer"
    assert scim.data("PUT", path, made)["active"]
    assert scim("DELETE", path).status_code == 204
    assert scim("GET", path).status_code == 404


def test_licences_are_scims_only_where_the_account_says_so(lab: Lab) -> None:
    scim, dbt = lab.scim(), lab.dbt()
    body = person(**{DBT: {"licenseType": "it"}})
    made = scim.data("POST", "/Users", body)
    assert made[DBT]["licenseType"] == "developer"
    on = {"enabled": True, "manual_updates_allowed": True, "scim_controlled_license_type": True}
    dbt.data("POST", "/scim-config/", on)
    assert scim.data("PUT", f"/Users/{made['id']}", body)[DBT]["licenseType"] == "it"
    assert scim.data("PUT", f"/Users/{made['id']}", person())[DBT]["licenseType"] == "it"


def test_groups_are_joined_by_name_filled_patched_and_deleted(lab: Lab) -> None:
    scim = lab.scim()
    user = scim.data("POST", "/Users", person())
    member = {"value": user["id"], "display": user["userName"]}
    existing = scim.data("GET", "/Groups", filter='displayName eq "dbt-acme-devs"')["Resources"][0]
    joined = scim("POST", "/Groups", {"displayName": "dbt-acme-devs", "members": [member]})
    assert (joined.status_code, joined.json()["id"]) == (201, existing["id"])
    path = f"/Groups/{existing['id']}"
    removal = {"op": "remove", "path": f'members[value eq "{user["id"]}"]'}
    assert scim.data("PATCH", path, {"Operations": [removal]})["members"] == []
    addition = {"op": "add", "path": "members", "value": [member]}
    assert scim.data("PATCH", path, {"Operations": [addition]})["members"] == [member]
    renamed = scim.data("PUT", path, {"displayName": "renamed", "members": []})
    assert (renamed["displayName"], renamed["members"]) == ("renamed", [])
    assert scim("PUT", path, {"displayName": "Owner"}).status_code == 409
    assert scim("PUT", path, {"displayName": "x", "members": [{"value": "1"}]}).status_code == 400
    assert scim("DELETE", path).status_code == 204


def test_scim_is_refused_while_it_is_off_and_with_others_tokens(lab: Lab) -> None:
    scim, other = lab.scim(), lab.scim(1)
    assert other("GET", f"{scim.base}/Users").status_code == 401
    off = {"enabled": False, "manual_updates_allowed": True}
    lab.dbt().data("POST", "/scim-config/", off)
    refused = scim("GET", "/Users")
    assert (refused.status_code, refused.json()["schemas"]) == (403, [ERROR])


def test_it_describes_itself(lab: Lab) -> None:
    scim = lab.scim()
    assert scim.data("GET", "/ServiceProviderConfig")["patch"]["supported"]
    assert scim.data("GET", "/ResourceTypes")["totalResults"] == 2
    assert scim.data("GET", f"/Schemas/{DBT}")["attributes"][0]["name"] == "licenseType"


def test_only_json_is_taken(lab: Lab) -> None:
    scim = lab.scim()
    scim.content_type = "text/plain"
    assert scim("POST", "/Users", person()).status_code == 415
