"""dbt's SSO provider; in no specification, known from its Terraform provider (reported)."""

from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.clock import dbt_time
from okta_scim_setup.simulator.dbt_cloud.audit import record
from okta_scim_setup.simulator.dbt_cloud.call import Call
from okta_scim_setup.simulator.dbt_cloud.envelope import bad_request, detail, not_found
from okta_scim_setup.simulator.dbt_cloud.records import Account
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.routes import Route
from okta_scim_setup.simulator.state import World

_PATH = "/api/v3/accounts/{account_id}/auth-provider/"
_TYPES = (
    "saml",
    "okta",
    "gsuite",
    "azure_single_tenant",
    "azure_multi_tenant",
    "azure_active_directory",
)
_SHOWN = ("type", "slug", "entity_id", "sso_url", "sign_request", "attribute_map")
_SETTABLE = (*_SHOWN, "allow_password_backdoor")


def add(world: World, account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """Add a provider to an account; hold the lock."""
    now = dbt_time(world.clock.now())
    slug = body.get("slug") or account.name
    made = {
        "id": world.ids.number(),
        "account_id": account.id,
        "state": 1,
        "allow_password_backdoor": False,
        "login_url": f"{world.url}/enterprise-login/{slug}/",
        "cert_expiry_date": None,
        "created_at": now,
        "updated_at": now,
        **dict.fromkeys(_SHOWN),
        **{name: body[name] for name in _SETTABLE if name in body},
        "slug": slug,
    }
    account.auth_providers[made["id"]] = made
    return made


def list_providers(call: Call) -> Response:
    """GET auth-provider/."""
    return call.page(list(call.account.auth_providers.values()))


def create_provider(call: Call) -> Response:
    """POST auth-provider/: 201; one for each account; the certificate isn't shown again."""
    body = call.request.json_object()
    if body.get("type") not in _TYPES:
        raise bad_request(f"type: one of {', '.join(_TYPES)} is wanted.")
    if call.account.auth_providers:
        raise bad_request("There is an auth provider for this account already.")
    made = add(call.world, call.account, body)
    record(call.world, call.account, "auth_provider.changed", made["type"])
    return detail(made, HTTPStatus.CREATED)


def get_provider(call: Call, provider_id: str) -> Response:
    """GET auth-provider/{id}/."""
    return detail(_provider(call, provider_id))


def update_provider(call: Call, provider_id: str) -> Response:
    """POST auth-provider/{id}/: changes what is given."""
    found, body = _provider(call, provider_id), call.request.json_object()
    if body.get("type", found["type"]) not in _TYPES:
        raise bad_request(f"type: one of {', '.join(_TYPES)} is wanted.")
    found |= {name: body[name] for name in _SETTABLE if name in body}
    found["updated_at"] = dbt_time(call.world.clock.now())
    record(call.world, call.account, "auth_provider.changed", found["type"])
    return detail(found)


def delete_provider(call: Call, provider_id: str) -> Response:
    """DELETE auth-provider/{id}/: 204."""
    found = _provider(call, provider_id)
    del call.account.auth_providers[found["id"]]
    record(call.world, call.account, "auth_provider.changed", found["type"])
    return Response(HTTPStatus.NO_CONTENT)


def _provider(call: Call, provider_id: str) -> dict[str, Any]:
    providers = call.account.auth_providers
    found = providers.get(int(provider_id)) if provider_id.isdigit() else None
    if found is None:
        raise not_found()
    return found


ROUTES = (
    Route("GET", _PATH, list_providers),
    Route("POST", _PATH, create_provider),
    Route("GET", f"{_PATH}{{provider_id}}/", get_provider),
    Route("POST", f"{_PATH}{{provider_id}}/", update_provider),
    Route("DELETE", f"{_PATH}{{provider_id}}/", delete_provider),
)
