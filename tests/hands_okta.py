"""What other people do in Okta, by its own API or in the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenants import API, TENANTS, Tenants


def schema(**changed: Any) -> Callable[[Tenants], object]:
    """A change of the attribute licenseType of the app's users."""

    def make(t: Tenants) -> None:
        below = f"/api/v1/meta/schemas/apps/{t.app['id']}/default"
        now = t.okta("GET", below)["definitions"]["custom"]["properties"]["licenseType"]
        properties = {"licenseType": now | changed if changed else None}
        body = {"definitions": {"custom": {"properties": properties}}}
        t.okta("POST", below, json=body)

    return make


def mapping(rule: dict[str, str] | None) -> Callable[[Tenants], object]:
    def make(t: Tenants) -> None:
        found = t.okta("GET", f"/api/v1/mappings?targetId={t.app['id']}")
        body = {"properties": {"displayName": rule}}
        t.okta("POST", f"/api/v1/mappings/{found[0]['id']}", json=body)

    return make


def toggle(part: str, capability: str) -> Callable[[Tenants], object]:
    body = {part: {capability: {"status": "DISABLED"}}}
    return lambda t: t.of_app("PUT", "/features/USER_PROVISIONING", json=body)


def console(**fields: Any) -> Callable[[Tenants], object]:
    return lambda t: t.console(**fields)


def connect_elsewhere(t: Tenants) -> None:
    """Okta is pointed at somebody else's account."""
    number = TENANTS["globex"]
    t.dbt("POST", "/scim-config/", number, json={"enabled": True, "manual_updates_allowed": False})
    made = t.dbt("POST", "/scim-config/tokens/", number, json={"name": "x"})["data"]
    account = t.simulator.summary()["dbt_cloud"][number]
    url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"
    _connect(t, url, made["token_string"])


def another_token(t: Tenants) -> None:
    """Okta is given a token that an admin made."""
    made = t.dbt("POST", "/scim-config/tokens/", json={"name": "okta-manual"})["data"]
    account = t.simulator.summary()["dbt_cloud"][t.number]
    url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"
    _connect(t, url, made["token_string"])


def another_token_and_on(t: Tenants) -> None:
    """The same; then life goes on: only what Okta calls with afterwards shows which it holds."""
    another_token(t)
    t.okta("PUT", f"/api/v1/groups/{t.group('devs')['id']}/users/{t.user('radia')['id']}")


def _connect(t: Tenants, url: str, token: str) -> None:
    if t.tenant == API:
        body = {"baseUrl": url, "profile": {"authScheme": "TOKEN", "token": token}}
        t.of_app("POST", "/connections/default?activate=true", json=body)
    else:
        t.console(SCIM_connector_base_URL=url, Authorization=token)


def put_app(t: Tenants) -> None:
    """Terraform, say, changes a note."""
    app = t.of_app("GET")
    t.of_app("PUT", json=app | {"notes": {"admin": "by another tool"}})


def attribute_statements(name: str, **changed: Any) -> Callable[[Tenants], object]:
    """Another tool changes one of them; Okta takes the app only whole."""

    def make(t: Tenants) -> None:
        app = t.of_app("GET")
        signs_on = app["settings"]["signOn"]
        (one,) = (each for each in signs_on["attributeStatements"] if each["name"] == name)
        one |= changed
        t.of_app("PUT", json=app)

    return make


def assign(which: str, **changed: Any) -> Callable[[Tenants], object]:
    def make(t: Tenants) -> None:
        below = f"/groups/{t.group(which)['id']}"
        now = t.of_app("GET", below)
        body = {"priority": now["priority"], "profile": now["profile"]} | changed
        t.of_app("PUT", below, json=body)

    return make


def a_group(t: Tenants) -> str:
    """Another group, with one who isn't in the others."""
    made = t.okta("POST", "/api/v1/groups", json={"profile": {"name": "somebody-elses"}})
    t.okta("PUT", f"/api/v1/groups/{made['id']}/users/{t.user('radia')['id']}")
    return str(made["id"])


def push_of(t: Tenants, which: str) -> dict[str, Any]:
    source = t.group(which)["id"]
    found = t.of_app("GET", "/group-push/mappings")
    return next(m for m in found if m["sourceGroupId"] == source)


def unpush(t: Tenants, which: str) -> None:
    below = f"/group-push/mappings/{push_of(t, which)['id']}"
    t.of_app("PATCH", below, json={"status": "INACTIVE"})
    t.of_app("DELETE", f"{below}?deleteTargetGroup=false")


def push_elsewhere(t: Tenants) -> None:
    unpush(t, "devs")
    body = {"sourceGroupId": t.group("devs")["id"], "targetGroupName": "elsewhere"}
    t.of_app("POST", "/group-push/mappings", json=body)


def failing_push(t: Tenants) -> None:
    """dbt refuses a push of the group, as long as somebody hasn't accepted an invitation, say."""
    t.simulator.add_fault("/scim/v2/Groups/", "status:400", by="okta", times=9)
    t.okta("DELETE", f"/api/v1/groups/{t.group('devs')['id']}/users/{t.user('alan')['id']}")
    t.simulator.clear_faults()


def own_user_name(t: Tenants) -> None:
    body = {"credentials": {"userName": "alan@elsewhere.example"}}
    t.of_app("POST", f"/users/{t.user('alan')['id']}", json=body)


def own_licence(t: Tenants) -> None:
    body = {"scope": "USER", "profile": {"licenseType": "it"}}
    t.of_app("POST", f"/users/{t.user('alan')['id']}", json=body)


def group_in_okta(method: str, **sent: Any) -> Callable[[Tenants], object]:
    return lambda t: t.okta(method, f"/api/v1/groups/{t.group('devs')['id']}", **sent)


def status(what: str) -> Callable[[Tenants], object]:
    return lambda t: t.of_app("POST", f"/lifecycle/{what}")


def delete_app(t: Tenants) -> None:
    status("deactivate")(t)
    t.of_app("DELETE")
