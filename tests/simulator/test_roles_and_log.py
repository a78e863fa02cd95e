"""Admin roles beside scopes, and the System Log: who did what, when, from where."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from okta_scim_setup.simulator import Simulator
from tests.simulator.conftest import Lab


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("SUPER_ADMIN", (200, 200, 200)),
        ("APP_ADMIN", (200, 200, 403)),
        ("USER_ADMIN", (200, 403, 200)),
        ("READ_ONLY_ADMIN", (200, 403, 403)),
        ("REPORT_ADMIN", (403, 403, 403)),
        ("", (403, 403, 403)),
    ],
)
def test_a_role_bounds_what_a_token_may_do(lab: Lab, role: str, expected: tuple[int, ...]) -> None:
    okta = lab.okta(authorization=f"SSWS {lab.simulator.create_api_token(role=role)}")
    group = {"profile": {"name": "new"}}
    answers = (
        okta("GET", f"/apps/{lab.app()}"),
        okta("POST", f"/apps/{lab.app()}/lifecycle/activate"),
        okta("POST", "/groups", group),
    )
    assert tuple(answer.status_code for answer in answers) == expected
    refused = [answer.json()["errorCode"] for answer in answers if not answer.ok]
    assert set(refused) <= {"E0000006"}
    assert okta("GET", "/users/me").ok


def test_an_app_admin_of_one_app_does_not_see_the_others(lab: Lab) -> None:
    url = f"{lab.simulator.url}/_simulator/api-tokens"
    body = {"role": "APP_ADMIN", "apps": [lab.app()]}
    token = requests.post(url, json=body, timeout=20).json()["token"]
    okta = lab.okta(authorization=f"SSWS {token}")
    assert [app["id"] for app in okta.data("GET", "/apps")] == [lab.app()]
    other = okta("GET", f"/apps/{lab.app(label='Unused')}")
    assert (other.status_code, other.json()["errorCode"]) == (404, "E0000007")


def test_there_are_only_oktas_roles(lab: Lab) -> None:
    url = f"{lab.simulator.url}/_simulator/api-tokens"
    assert requests.post(url, json={"role": "KING"}, timeout=20).status_code == 400
    with pytest.raises(ValueError, match="KING"):
        lab.simulator.create_api_token(role="KING")


def test_a_deactivated_admins_token_is_no_good(lab: Lab) -> None:
    okta = lab.okta(authorization=f"SSWS {lab.simulator.create_api_token()}")
    me = okta.data("GET", "/users/me")["id"]
    lab.okta().data("POST", f"/users/{me}/lifecycle/deactivate")
    assert okta("GET", "/users/me").status_code == 401


def test_apps_are_found_by_whom_they_are_assigned_to(lab: Lab) -> None:
    okta, group = lab.okta(), lab.group("dbt-acme-devs")
    assert okta.data("GET", "/apps", filter=f'group.id eq "{group}"') == []
    okta.data("PUT", f"/apps/{lab.app()}/groups/{group}", {})
    found = okta.data("GET", "/apps", filter=f'group.id eq "{group}"')
    assert [app["id"] for app in found] == [lab.app()]


def events(lab: Lab, **query: str) -> list[dict[str, Any]]:
    return list(lab.okta().data("GET", "/logs", **query))


def test_an_admins_change_says_who_when_and_from_where(lab: Lab) -> None:
    begin = datetime.now(UTC) - timedelta(seconds=1)
    okta = lab.okta()
    okta.session.headers["User-Agent"] = "terraform/1.9"
    okta.data("POST", f"/apps/{lab.app()}/lifecycle/activate")
    (event,) = events(lab, filter='eventType eq "application.lifecycle.activate"')
    assert event["actor"]["alternateId"] == "okta-admin@acme.example"
    assert event["client"]["ipAddress"] == "127.0.0.1"
    assert event["client"]["userAgent"]["rawUserAgent"] == "terraform/1.9"
    assert event["request"]["ipChain"][0]["ip"] == "127.0.0.1"
    uri = event["debugContext"]["debugData"]["requestUri"]
    assert uri == f"/api/v1/apps/{lab.app()}/lifecycle/activate"
    assert event["target"][0]["id"] == lab.app()
    assert begin <= datetime.fromisoformat(event["published"]) <= datetime.now(UTC)


def test_a_person_at_the_console_is_told_from_a_client_of_the_api(lab: Lab) -> None:
    lab.simulator.console(lab.app(), {"Application label": "dbt acme new"})
    (event,) = events(lab, filter='eventType eq "application.lifecycle.update"')
    assert event["client"]["userAgent"]["rawUserAgent"] == "Mozilla/5.0"
    assert event["debugContext"]["debugData"]["changedFields"] == "label"


def test_pushes_are_oktas_own_and_their_failures_say_why(lab: Lab) -> None:
    lab.connect()
    lab.simulator.add_fault("/Users", "status:500", by="okta", times=2)
    people = lab.okta().data("GET", "/users")
    for person in people[1:4]:
        lab.okta().data("POST", f"/apps/{lab.app()}/users", {"id": person["id"]})
    pushes = events(lab, filter='eventType eq "application.provision.user.push"')
    results = [event["outcome"]["result"] for event in pushes]
    assert results == ["FAILURE", "FAILURE", "SUCCESS"]
    assert "500" in pushes[0]["outcome"]["reason"]
    assert pushes[0]["actor"]["type"] == "SystemPrincipal"
    assert pushes[0]["client"]["ipAddress"] is None
    failed = events(lab, filter='outcome.result eq "FAILURE"')
    assert [event["uuid"] for event in failed] == [event["uuid"] for event in pushes[:2]]


def test_the_log_is_asked_by_time_words_order_and_target(lab: Lab) -> None:
    okta = lab.okta()
    okta.data("POST", "/groups", {"profile": {"name": "early"}})
    lab.simulator.clock.advance(3600)
    okta.data("POST", "/groups", {"profile": {"name": "late"}})
    moment = (datetime.now(UTC) + timedelta(minutes=30)).isoformat()

    def names(**query: str) -> list[str]:
        return [event["target"][-1]["displayName"] for event in events(lab, **query)]

    assert names(since=moment) == ["late"]
    assert names(until=moment) == ["early"]
    assert names(since=moment.replace("+00:00", "Z")) == ["late"]
    assert names(sortOrder="DESCENDING") == ["late", "early"]
    assert names(q="EARLY") == ["early"]
    assert names(filter='target.type eq "UserGroup" and eventType sw "group."') == ["early", "late"]
    assert okta("GET", "/logs", since="yesterday").json()["errorCode"] == "E0000001"
    assert okta("GET", "/logs", sortOrder="UP").status_code == 400


def test_whoever_polls_the_log_always_gets_a_next_page(lab: Lab) -> None:
    okta = lab.okta()
    empty = okta("GET", "/logs")
    assert empty.json() == []
    okta.data("POST", "/groups", {"profile": {"name": "one"}})
    first = okta("GET", empty.links["next"]["url"])
    assert len(first.json()) == 1
    second = okta("GET", first.links["next"]["url"])
    assert second.json() == []
    okta.data("POST", "/groups", {"profile": {"name": "two"}})
    assert len(okta("GET", second.links["next"]["url"]).json()) == 1
    assert "next" not in okta("GET", "/logs", until="2999-01-01T00:00:00Z").links


def test_mappings_leave_a_trail(lab: Lab) -> None:
    okta, app = lab.okta(), lab.app()
    body = {"sourceGroupId": lab.group("dbt-acme-devs"), "targetGroupName": "x"}
    path = f"/apps/{app}/group-push/mappings"
    mapping = okta.data("POST", path, body)["id"]
    okta.data("PATCH", f"{path}/{mapping}", {"status": "INACTIVE"})
    okta("DELETE", f"{path}/{mapping}", deleteTargetGroup="false")
    kinds = [event["eventType"].rpartition(".")[2] for event in events(lab)]
    assert kinds == ["created", "deactivate_mapping", "removed"]


def test_logs_and_requests_are_kept_up_to_a_number() -> None:
    with Simulator(history=3) as simulator:
        lab = Lab(simulator)
        for number in range(40):
            lab.okta().data("POST", "/groups", {"profile": {"name": f"g{number}"}})
        assert len(events(lab)) == 3
        assert len(simulator.requests()) == 30
        lab.close()
