"""Groups, people and assignments of an org: searched, by pages, counted, changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import Client, Lab

PROFILE = {"login": "new@acme.example", "email": "new@acme.example"}
NAMED = PROFILE | {"firstName": "New", "lastName": "Person"}


def names(groups: list[dict[str, Any]]) -> list[str]:
    return [group["profile"]["name"] for group in groups]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "dbt-ACME-d"}, ["dbt-acme-devs"]),
        ({"search": 'profile.name eq "DBT-acme-admins"'}, ["dbt-acme-admins"]),
        ({"search": 'type eq "OKTA_GROUP" and profile.name sw "dbt"'}, None),
        ({"filter": 'type eq "BUILT_IN"'}, ["Everyone"]),
        ({"search": 'profile.name co "adm" or profile.name eq "Everyone"'}, None),
        ({"search": 'profile.name eq "no such"'}, []),
    ],
)
def test_groups_are_searched(lab: Lab, query: dict[str, str], expected: list[str] | None) -> None:
    found = names(lab.okta().data("GET", "/groups", **query))
    if expected is None:
        assert len(found) == 2
    else:
        assert found == expected


@pytest.mark.parametrize("path", ["/groups", "/users"])
def test_a_search_that_is_not_understood_is_refused(lab: Lab, path: str) -> None:
    answer = lab.okta()("GET", path, search="profile.name")
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "E0000001")


def all_pages(okta: Client, path: str, **query: str) -> list[list[dict[str, Any]]]:
    answer = okta("GET", path, **query)
    pages = [answer.json()]
    while "next" in answer.links:
        answer = okta("GET", answer.links["next"]["url"])
        pages.append(answer.json())
    return pages


@pytest.mark.parametrize(("path", "total"), [("/groups", 3), ("/users", 9)])
def test_groups_and_people_come_by_pages(lab: Lab, path: str, total: int) -> None:
    okta = lab.okta()
    pages = all_pages(okta, path, limit="2")
    assert {len(page) for page in pages[:-1]} == {2}
    ids = [each["id"] for page in pages for each in page]
    assert len(ids) == len(set(ids)) == total


def test_a_page_goes_on_where_the_last_one_ended_though_that_item_is_gone(lab: Lab) -> None:
    okta = lab.okta()
    for number in range(4):
        okta.data("POST", "/groups", {"profile": {"name": f"g{number}"}})
    first = okta("GET", "/groups", q="g", limit="2")
    assert okta("DELETE", f"/groups/{first.json()[1]['id']}").status_code == 204
    second = okta("GET", first.links["next"]["url"])
    assert names(first.json() + second.json()) == ["g0", "g1", "g2", "g3"]


def test_members_of_a_group_come_by_pages(lab: Lab) -> None:
    path = f"/groups/{lab.group('dbt-acme-devs')}/users"
    assert [len(page) for page in all_pages(lab.okta(), path, limit="3")] == [3, 2]


def test_statistics_of_a_group_count_people_apps_and_pushes(lab: Lab) -> None:
    okta, group = lab.okta(), lab.group("dbt-acme-devs")
    assert "_embedded" not in okta.data("GET", f"/groups/{group}")
    okta.data("PUT", f"/apps/{lab.app()}/groups/{group}", {})
    push = {"sourceGroupId": group, "targetGroupName": "devs"}
    okta.data("POST", f"/apps/{lab.app()}/group-push/mappings", push)
    found = okta.data("GET", "/groups", q="dbt-acme-devs", expand="stats")
    assert found[0]["_embedded"]["stats"] == {
        "usersCount": 5,
        "appsCount": 1,
        "groupPushMappingsCount": 1,
        "hasAdminPrivlege": False,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "ada"}, ["ada.lovelace@acme.example"]),
        ({"search": 'profile.lastName sw "Hop"'}, ["grace.hopper@acme.example"]),
        ({"filter": 'profile.login eq "alan.turing@acme.example"'}, ["alan.turing@acme.example"]),
        ({"search": 'status eq "DEPROVISIONED"'}, []),
    ],
)
def test_people_are_searched(lab: Lab, query: dict[str, str], expected: list[str]) -> None:
    found = lab.okta().data("GET", "/users", **query)
    assert [user["profile"]["login"] for user in found] == expected


def test_a_person_is_made_changed_replaced_and_deleted_in_two_steps(lab: Lab) -> None:
    okta = lab.okta()
    path = f"/users/{okta.data('POST', '/users', {'profile': NAMED})['id']}"
    changed = okta.data("POST", path, {"profile": {"nickName": "N"}})["profile"]
    assert (changed["nickName"], changed["firstName"]) == ("N", "New")
    assert "nickName" not in okta.data("PUT", path, {"profile": NAMED})["profile"]
    assert okta("PUT", path, {"profile": PROFILE}).json()["errorCode"] == "E0000001"
    assert okta("DELETE", path).status_code == 204
    assert okta.data("GET", path)["status"] == "DEPROVISIONED"
    assert okta("DELETE", path).status_code == 204
    assert okta("GET", path).status_code == 404
    assert okta.data("POST", "/users", {"profile": NAMED})["status"] == "ACTIVE"


def test_a_deleted_person_is_deactivated_downstream(lab: Lab) -> None:
    scim = lab.connect()
    okta = lab.okta()
    user = okta.data("POST", "/users", {"profile": NAMED})["id"]
    okta.data("POST", f"/apps/{lab.app()}/users", {"id": user})
    for _ in range(2):
        okta("DELETE", f"/users/{user}")
    (found,) = scim.data("GET", "/Users", filter='userName eq "new@acme.example"')["Resources"]
    assert found["active"] is False


def test_an_assignment_has_status_and_external_id_once_it_is_provisioned(lab: Lab) -> None:
    okta, app = lab.okta(), lab.app()
    first, second = (user["id"] for user in okta.data("GET", "/users")[1:3])
    before = okta.data("POST", f"/apps/{app}/users", {"id": first})
    assert (before["status"], before["syncState"], "externalId" in before) == (
        "ACTIVE",
        "DISABLED",
        False,
    )
    lab.connect()
    pending = okta.data("POST", f"/apps/{app}/users", {"id": second})
    assert (pending["status"], pending["syncState"]) == ("PENDING", "SYNCING")
    after = okta.data("GET", f"/apps/{app}/users/{second}")
    assert (after["status"], after["syncState"]) == ("PROVISIONED", "SYNCHRONIZED")
    assert after["externalId"]


def test_an_assigned_groups_profile_is_patched(lab: Lab) -> None:
    okta, path = lab.okta(), f"/apps/{lab.app()}/groups/{lab.group('dbt-acme-devs')}"
    okta.data("PUT", path, {"profile": {"licenseType": "developer", "team": "a"}})
    steps = [
        {"op": "replace", "path": "/profile/licenseType", "value": "it"},
        {"op": "remove", "path": "/profile/team"},
    ]
    assert okta.data("PATCH", path, steps)["profile"] == {"licenseType": "it"}
    people = okta.data("GET", f"/apps/{lab.app()}/users")
    assert {person["profile"].get("licenseType") for person in people} == {"it"}
    for wrong in ({"op": "move", "path": "/profile/x"}, {"op": "remove", "path": "/priority"}, 1):
        assert okta("PATCH", path, [wrong]).json()["errorCode"] == "E0000001"


def test_what_okta_pushes_cannot_be_set_by_hand(lab: Lab) -> None:
    lab.connect()
    okta, app = lab.okta(), lab.app()
    user = okta.data("GET", "/users")[1]["id"]
    okta.data("POST", f"/apps/{app}/users", {"id": user})
    (mapping,) = okta.data("GET", "/mappings", targetId=app)
    email = {"email": {"expression": "user.email", "pushStatus": "PUSH"}}
    okta.data("POST", f"/mappings/{mapping['id']}", {"properties": email})
    path = f"/apps/{app}/users/{user}"
    refused = okta("POST", path, {"profile": {"email": "else@acme.example"}})
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "E0000075")
    assert okta("POST", path, {"profile": {"title": "Dr"}}).ok


@pytest.mark.parametrize(
    ("headers", "code"), [({}, "E0000018"), ({"Content-Type": "text/plain"}, "E0000021")]
)
def test_a_body_has_to_be_said_to_be_json(lab: Lab, headers: dict[str, str], code: str) -> None:
    okta = lab.okta()
    answer = okta.session.request(
        "POST",
        f"{okta.base}/groups",
        data=b'{"profile": {"name": "g"}}',
        headers={"Authorization": okta.authorization, **headers},
        timeout=20,
    )
    assert (answer.status_code, answer.json()["errorCode"]) == (400, code)


def test_an_org_tells_its_admins_which_contacts_it_has(lab: Lab) -> None:
    found = lab.okta().data("GET", "/org/contacts")
    assert [each["contactType"] for each in found] == ["BILLING", "TECHNICAL"]
    token = lab.simulator.create_api_token(role="REPORT_ADMIN")
    assert lab.okta(authorization=f"SSWS {token}")("GET", "/org/contacts").status_code == 403
