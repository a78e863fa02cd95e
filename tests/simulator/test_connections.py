"""The connections and features API, on apps with and without it."""

from typing import Any

from tests.simulator.conftest import Lab

UNKNOWN = {"status": "UNKNOWN", "profile": {"authScheme": "UNKNOWN"}}


def connection(lab: Lab, token: str = "x", base_url: str | None = None) -> dict[str, Any]:  # noqa: S107 - no password
    base = base_url or f"{lab.dbt().base}/scim/v2"
    return {"baseUrl": base, "profile": {"authScheme": "TOKEN", "token": token}}


def test_a_custom_saml_app_answers_unknown_and_success(lab: Lab) -> None:
    okta, path = lab.okta(2), f"/apps/{lab.app(2)}/connections/default"
    assert okta.data("GET", path) == UNKNOWN
    assert okta.data("POST", path, connection(lab), activate="true") == UNKNOWN
    assert okta("POST", f"{path}/lifecycle/activate").status_code == 204
    assert okta("POST", f"{path}/lifecycle/deactivate").status_code == 204
    assert okta.data("GET", path) == UNKNOWN


def test_features_of_a_custom_saml_app_are_not_supported(lab: Lab) -> None:
    response = lab.okta(2)("GET", f"/apps/{lab.app(2)}/features")
    assert response.status_code == 400
    assert response.json()["errorSummary"] == "Api validation failed: feature"
    cause = {"errorSummary": "Provisioning is not supported."}
    assert response.json()["errorCauses"] == [cause]


def test_an_unknown_feature_is_refused_before_an_unknown_app(lab: Lab) -> None:
    response = lab.okta()("GET", "/apps/nonsense/features/INVALID_FEATURE_TYPE")
    summary = "Not found: Resource not found: INVALID_FEATURE_TYPE (PublicAppFeatureSetName)"
    assert response.json()["errorSummary"] == summary


def test_post_leaves_the_connection_disabled_and_never_shows_the_token(lab: Lab) -> None:
    lab.connect()
    okta, path = lab.okta(), f"/apps/{lab.app()}/connections/default"
    assert okta.data("GET", path)["status"] == "ENABLED"
    answer = okta("POST", path, connection(lab, "secret-token"))
    assert answer.json()["status"] == "DISABLED"
    assert "secret-token" not in answer.text
    assert set(answer.json()["_links"]) == {"self", "activate"}
    assert lab.app_state()["token_id"] is None


def test_activating_tries_the_credentials_once_and_shows_deactivate(lab: Lab) -> None:
    scim = lab.scim()
    okta, path = lab.okta(), f"/apps/{lab.app()}/connections/default"
    okta.data("POST", path, connection(lab, scim.authorization.removeprefix("Bearer ")))
    assert lab.from_okta() == []
    assert okta("POST", f"{path}/lifecycle/activate").status_code == 204
    assert lab.from_okta() == ["GET /Users?startIndex=1&count=2"]
    shown = okta.data("GET", path)
    assert (shown["status"], shown["authScheme"]) == ("ENABLED", "TOKEN")
    assert set(shown["_links"]) == {"self", "deactivate"}


def test_a_token_that_is_refused_changes_nothing(lab: Lab) -> None:
    lab.connect()
    okta, path = lab.okta(), f"/apps/{lab.app()}/connections/default"
    before = lab.app_state()
    refused = okta("POST", path, connection(lab, "wrong"), activate="true")
    assert (refused.status_code, refused.json()["errorCode"]) == (400, "E0000001")
    assert "401" in refused.json()["errorCauses"][0]["errorSummary"]
    assert lab.app_state() == before


def test_okta_speaks_to_loopback_only(lab: Lab) -> None:
    okta, path = lab.okta(), f"/apps/{lab.app()}/connections/default"
    body = connection(lab, base_url="http://192.0.2.1/scim/v2")
    refused = okta("POST", path, body, activate="true")
    assert refused.status_code == 400
    assert "loopback" in refused.json()["errorCauses"][0]["errorSummary"]


def test_a_connection_never_configured_is_a_disabled_one(lab: Lab) -> None:
    shown = lab.okta().data("GET", f"/apps/{lab.app()}/connections/default")
    assert (shown["status"], shown["profile"]) == ("DISABLED", {"authScheme": "TOKEN"})
    assert "baseUrl" not in shown


def test_features_wait_for_the_connection_and_take_part_of_the_capabilities(lab: Lab) -> None:
    okta, path = lab.okta(), f"/apps/{lab.app()}/features"
    cause = okta("GET", path).json()["errorCauses"][0]["errorSummary"]
    assert cause == "Provisioning is not enabled for the app instance."
    lab.connect()
    body = {"update": {"profile": {"status": "DISABLED"}}}
    feature = okta.data("PUT", f"{path}/USER_PROVISIONING", body)
    capabilities = feature["capabilities"]
    assert capabilities["create"]["lifecycleCreate"]["status"] == "ENABLED"
    assert capabilities["update"]["profile"]["status"] == "DISABLED"
    assert okta.data("GET", path) == [feature]


def test_an_apps_features_follow_the_toggles_or_the_actions_as_switched(lab: Lab) -> None:
    okta, app = lab.okta(), lab.app()
    assert okta.data("GET", f"/apps/{app}")["features"] == ["GROUP_PUSH"]
    lab.connect()
    off = {"create": {"lifecycleCreate": {"status": "DISABLED"}}}
    okta.data("PUT", f"/apps/{app}/features/USER_PROVISIONING", off)
    shown = okta.data("GET", f"/apps/{app}")["features"]
    assert "SCIM_PROVISIONING" in shown
    assert "PUSH_NEW_USERS" not in shown
    lab.simulator.switches.features_follow = "actions"
    assert "PUSH_NEW_USERS" in okta.data("GET", f"/apps/{app}")["features"]


def test_a_switch_gives_custom_apps_the_connections_api(lab: Lab) -> None:
    lab.simulator.switches.connections_on_custom_apps = True
    okta, path = lab.okta(2), f"/apps/{lab.app(2)}/connections/default"
    assert okta.data("GET", path) == UNKNOWN
    lab.simulator.console(lab.app(2), {"Enable SCIM provisioning": "tick"})
    assert okta.data("GET", path)["status"] == "DISABLED"


def org2org(lab: Lab) -> str:
    """An Org2Org app with provisioning on; what it provisions is dbt here."""
    okta, scim = lab.okta(), lab.scim()
    body = {"name": "okta_org2org", "label": "Org2Org", "signOnMode": "SAML_2_0"}
    app = str(okta.data("POST", "/apps", body)["id"])
    token = scim.authorization.removeprefix("Bearer ")
    connection = {"baseUrl": scim.base, "profile": {"authScheme": "TOKEN", "token": token}}
    okta.data("POST", f"/apps/{app}/connections/default", connection, activate="true")
    return app


def test_imports_are_set_in_part_and_only_where_there_are_some(lab: Lab) -> None:
    okta = lab.okta()
    path = f"/apps/{org2org(lab)}/features"
    listed = okta.data("GET", path)
    assert [each["name"] for each in listed] == ["USER_PROVISIONING", "INBOUND_PROVISIONING"]
    before = okta.data("GET", f"{path}/INBOUND_PROVISIONING")
    assert before == listed[1]
    rules = {"userCreateAndMatch": {"exactMatchCriteria": "EMAIL"}}
    change = {"importSettings": {}, "importRules": rules}
    after = okta.data("PUT", f"{path}/INBOUND_PROVISIONING", change)["capabilities"]
    assert after["importRules"]["userCreateAndMatch"]["exactMatchCriteria"] == "EMAIL"
    assert after["importRules"]["userCreateAndMatch"]["allowPartialMatch"] is True
    assert after["importSettings"] == before["capabilities"]["importSettings"]
    refused = okta("PUT", f"{path}/INBOUND_PROVISIONING", {"importRules": rules})
    assert refused.json()["errorCode"] == "E0000001"
    lab.connect()
    (only,) = okta.data("GET", f"/apps/{lab.app()}/features")
    assert only["name"] == "USER_PROVISIONING"
    none = okta("GET", f"/apps/{lab.app()}/features/INBOUND_PROVISIONING")
    assert (none.status_code, none.json()["errorCode"]) == (400, "E0000001")


def test_an_org2org_connection_has_keys_and_others_have_none(lab: Lab) -> None:
    okta = lab.okta()
    path = f"/apps/{org2org(lab)}/connections/default/jwks"
    (key,) = okta.data("GET", path)["jwks"]["keys"]
    assert (key["kty"], key["use"], key["e"]) == ("RSA", "sig", "AQAB")
    assert key == okta.data("GET", path)["jwks"]["keys"][0]
    none = okta("GET", f"/apps/{lab.app()}/connections/default/jwks")
    assert (none.status_code, none.json()["errorCode"]) == (404, "E0000007")
