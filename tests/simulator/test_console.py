"""A person's clicks in the admin console."""

from typing import Any

import pytest

from okta_scim_setup.simulator import ConsoleError
from tests.simulator.conftest import Client, Lab


def fields(scim: Client, **more: Any) -> dict[str, Any]:
    return {
        "Provision User": True,
        "create users": "yes",
        "Update User Attributes": "on",
        "Deactivate Users": "tick",
        "SCIM connector base URL": scim.base,
        "Unique identifier field for users": "userName",
        "Supported provisioning actions": "Push New Users, Push Profile Updates, Push Groups",
        "Authentication Mode": "HTTP Header",
        "Authorization": scim.authorization.removeprefix("Bearer "),
        "Enable SCIM provisioning": True,
        **more,
    }


def test_a_custom_app_is_set_up_in_one_visit_whatever_the_order(lab: Lab) -> None:
    scim = lab.scim(2)
    lab.simulator.console(lab.app(2), fields(scim))
    state = lab.app_state(2)
    assert state["token_id"] == lab.account_state(2)["tokens"][0]["id"]
    assert state["connection"] == {"status": "ENABLED", "base_url": scim.base}
    assert state["actions"] == ["Push New Users", "Push Profile Updates", "Push Groups"]
    assert all(person["externalId"] for person in state["assigned"])
    assert set(state["features"]) >= {"SCIM_PROVISIONING", "PUSH_NEW_USERS", "AUTO_CONFIRM_IMPORTS"}


def test_saving_tests_twice_and_to_app_looks_at_users_and_groups(lab: Lab) -> None:
    scim = lab.scim(2)
    wanted = fields(scim)
    del wanted["Provision User"]
    lab.simulator.console(lab.app(2), wanted)
    test = "GET /Users?startIndex=1&count=2"
    assert lab.from_okta() == [test, test, test, "GET /Groups?startIndex=1&count=100"]


def test_a_failing_test_saves_nothing(lab: Lab) -> None:
    scim = lab.scim(2)
    before = lab.app_state(2)
    with pytest.raises(ConsoleError, match="401"):
        lab.simulator.console(lab.app(2), fields(scim, Authorization="wrong"))
    assert lab.app_state(2) == before


@pytest.mark.parametrize("mode", ["Basic Auth", "OAuth 2"])
def test_a_mode_that_would_send_no_bearer_token_is_not_taken(lab: Lab, mode: str) -> None:
    scim = lab.scim(2)
    with pytest.raises(ConsoleError, match="choose HTTP Header"):
        lab.simulator.console(lab.app(2), fields(scim, **{"Authentication Mode": mode}))
    assert lab.app_state(2)["scim_enabled"] is False


def test_the_token_stays_when_other_fields_change(lab: Lab) -> None:
    scim = lab.scim(2)
    lab.simulator.console(lab.app(2), fields(scim))
    lab.simulator.console(lab.app(2), {"Unique identifier field": "email"})
    state = lab.app_state(2)
    assert state["unique_identifier"] == "email"
    assert state["token_id"] is not None


def test_unticking_scim_drops_connection_features_and_token(lab: Lab) -> None:
    scim = lab.scim(2)
    lab.simulator.console(lab.app(2), fields(scim))
    lab.simulator.console(lab.app(2), {"SCIM": "untick"})
    state = lab.app_state(2)
    assert (state["features"], state["token_id"]) == ([], None)
    assert state["connection"] == {"status": "DISABLED", "base_url": None}


@pytest.mark.parametrize(
    "given",
    [
        {"SCIM base URL": "http://127.0.0.1/x"},
        {"Create Users": True},
        {"Provision User": True},
        {"Enable API integration": True},
        {"SCIM": "perhaps"},
        {"SCIM": True, "Supported provisioning actions": "Push Everything"},
        {"SCIM": True, "No such label": 1},
        {"SCIM": True, "SCIM base URL": "http://127.0.0.1/with_underscore"},
    ],
)
def test_what_the_console_does_not_take_changes_nothing(lab: Lab, given: dict[str, Any]) -> None:
    before = lab.app_state(2)
    with pytest.raises(ConsoleError):
        lab.simulator.console(lab.app(2), given)
    assert lab.app_state(2) == before


def test_an_unknown_label_is_answered_with_the_known_ones(lab: Lab) -> None:
    okta = lab.okta()
    body = {"app_id": lab.app(), "fields": {"Nonsense": True}}
    answer = okta("POST", f"{lab.simulator.url}/_simulator/console", body)
    assert answer.status_code == 400
    assert "Enable SCIM provisioning" in answer.json()["labels"]


def test_sign_on_and_general_fields(lab: Lab) -> None:
    okta = lab.okta()
    wanted = {"Application username format": "Okta username", "Application label": "New"}
    body = {"app_id": lab.app(), "fields": wanted | {"App status": "inactive"}}
    answer = okta.data("POST", f"{lab.simulator.url}/_simulator/console", body)
    assert answer == {"changed": list(body["fields"])}
    app = okta.data("GET", f"/apps/{lab.app()}")
    assert (app["label"], app["status"]) == ("New", "INACTIVE")
    assert app["credentials"]["userNameTemplate"]["template"] == "${source.login}"


def test_api_integration_needs_base_url_and_token(lab: Lab) -> None:
    with pytest.raises(ConsoleError, match="required"):
        lab.simulator.console(lab.app(), {"Enable API integration": True})
    scim = lab.connect()
    lab.simulator.console(lab.app(), {"Enable API integration": False})
    assert lab.app_state()["connection"]["base_url"] is None
    token = scim.authorization.removeprefix("Bearer ")
    wanted = {"Enable API integration": True, "Base URL": scim.base, "API Token": token}
    lab.simulator.console(lab.app(), wanted)
    assert lab.app_state()["connection"]["status"] == "ENABLED"


def test_a_catalogue_app_is_connected_in_the_console_too(lab: Lab) -> None:
    scim = lab.scim()
    token = scim.authorization.removeprefix("Bearer ")
    wanted = {"Enable API integration": True, "Base URL": scim.base, "API Token": token}
    lab.simulator.console(lab.app(), wanted)
    assert lab.app_state()["connection"]["status"] == "ENABLED"
