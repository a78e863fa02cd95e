"""Apps: finding, making, removing them; who may ask; pages."""

import pytest

from tests.simulator.conftest import Lab


def test_an_unknown_app_is_answered_as_recorded(lab: Lab) -> None:
    response = lab.okta()("GET", "/apps/invalid-app-id-12345")
    body = response.json()
    assert response.status_code == 404
    assert body.pop("errorId").startswith("oae")
    assert body == {
        "errorCode": "E0000007",
        "errorSummary": "Not found: Resource not found: invalid-app-id-12345 (AppInstance)",
        "errorLink": "E0000007",
        "errorCauses": [],
    }


def test_q_finds_apps_by_the_beginning_of_label_or_name(lab: Lab) -> None:
    okta = lab.okta()
    assert [app["label"] for app in okta.data("GET", "/apps", q="DBT AC")] == ["dbt acme"]
    assert [app["label"] for app in okta.data("GET", "/apps", q="zscaler")] == ["dbt acme"]
    assert okta.data("GET", "/apps", q="acme") == []


def test_filter_finds_apps_by_exact_name(lab: Lab) -> None:
    found = lab.okta().data("GET", "/apps", filter='name eq "zscalerbyz"')
    assert [app["label"] for app in found] == ["dbt acme"]


def test_lists_come_in_pages_that_link_to_the_next(lab: Lab) -> None:
    okta = lab.okta()
    first = okta("GET", "/apps", limit="1")
    second = okta("GET", first.links["next"]["url"])
    assert [app["label"] for app in first.json() + second.json()] == [
        "dbt acme",
        "Unused custom app",
    ]
    assert "next" not in second.links


def test_a_created_custom_app_has_a_name_of_the_org_and_no_features(lab: Lab) -> None:
    okta = lab.okta()
    sign_on = {"ssoAcsUrl": "https://sp.example/acs", "audience": "urn:sp"}
    body = {"label": "My App", "signOnMode": "SAML_2_0", "features": ["SCIM_PROVISIONING"]}
    app = okta.data("POST", "/apps", body | {"settings": {"signOn": sign_on}}, activate="true")
    assert (app["name"], app["status"], app["features"]) == ("okta_myapp_2", "ACTIVE", [])


def test_an_active_app_cannot_be_deleted(lab: Lab) -> None:
    okta, app = lab.okta(), lab.app()
    refused = okta("DELETE", f"/apps/{app}")
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "E0000056")
    assert okta("POST", f"/apps/{app}/lifecycle/deactivate").status_code == 200
    assert okta("DELETE", f"/apps/{app}").status_code == 204
    assert okta("GET", f"/apps/{app}").status_code == 404


@pytest.mark.parametrize("scheme", ["SSWS ", "SSWS"])
def test_an_api_token_is_taken_with_and_without_a_space(lab: Lab, scheme: str) -> None:
    token = lab.summary["okta"][0]["api_token"]
    assert lab.okta(authorization=scheme + token)("GET", "/users/me").status_code == 200


def test_a_wrong_token_is_refused(lab: Lab) -> None:
    response = lab.okta(authorization="SSWS nonsense")("GET", "/apps")
    assert (response.status_code, response.json()["errorCode"]) == (401, "E0000011")


def test_unknown_paths_and_methods_are_told_apart(lab: Lab) -> None:
    okta = lab.okta()
    assert okta("GET", "/no/such/path").json()["errorCode"] == "E0000008"
    assert okta("PATCH", "/apps").json()["errorCode"] == "E0000022"
    assert okta("POST", "/apps").json()["errorCode"] == "E0000003"


def test_put_of_a_custom_app_wipes_its_scim_settings(lab: Lab) -> None:
    okta, app = lab.okta(2), lab.app(2)
    lab.simulator.console(app, {"SCIM": True})
    assert "SCIM_PROVISIONING" in okta.data("GET", f"/apps/{app}")["features"]
    lab.simulator.switches.put_wipes_scim = False
    okta.data("PUT", f"/apps/{app}", {"label": "dbt initech"})
    assert "SCIM_PROVISIONING" in okta.data("GET", f"/apps/{app}")["features"]
    lab.simulator.switches.put_wipes_scim = True
    okta.data("PUT", f"/apps/{app}", {"label": "dbt initech"})
    assert okta.data("GET", f"/apps/{app}")["features"] == []


def test_a_created_app_of_the_catalogue_has_the_connections_api(lab: Lab) -> None:
    okta = lab.okta()
    body = {"name": "zscalerbyz", "label": "dbt new", "signOnMode": "SAML_2_0"}
    app = okta.data("POST", "/apps", body, activate="false")
    assert (app["name"], app["status"]) == ("zscalerbyz", "INACTIVE")
    assert okta.data("GET", f"/apps/{app['id']}/connections/default")["status"] == "DISABLED"
    assert okta("DELETE", f"/apps/{app['id']}").status_code == 204
    assert okta("GET", f"/apps/{app['id']}").status_code == 404
