"""dbt's SSO provider, whose certificate is never shown; known from its Terraform provider."""

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
_SETTABLE = (*_SHOWN, "allow_password_backdoor", "cert")
_HIDDEN = "cert"


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
    made["cert_expiry_date"] = _expiry(made)
    account.auth_providers[made["id"]] = made
    return made


def list_providers(call: Call) -> Response:
    """GET auth-provider/."""
    return call.page([_shown(each) for each in call.account.auth_providers.values()])


def create_provider(call: Call) -> Response:
    """POST auth-provider/: 201; one for each account; the certificate isn't shown again."""
    body = call.request.json_object()
    if body.get("type") not in _TYPES:
        raise bad_request(f"type: one of {', '.join(_TYPES)} is wanted.")
    if call.account.auth_providers:
        raise bad_request("There is an auth provider for this account already.")
    _check_certificate(body)
    made = add(call.world, call.account, body)
    record(call.world, call.account, "auth_provider.changed", made["type"])
    return detail(_shown(made), HTTPStatus.CREATED)


def get_provider(call: Call, provider_id: str) -> Response:
    """GET auth-provider/{id}/."""
    return detail(_shown(_provider(call, provider_id)))


def update_provider(call: Call, provider_id: str) -> Response:
    """POST auth-provider/{id}/: changes what is given."""
    found, body = _provider(call, provider_id), call.request.json_object()
    if body.get("type", found["type"]) not in _TYPES:
        raise bad_request(f"type: one of {', '.join(_TYPES)} is wanted.")
    _check_certificate(body)
    found |= {name: body[name] for name in _SETTABLE if name in body}
    found |= {
        "updated_at": dbt_time(call.world.clock.now()),
        "cert_expiry_date": _expiry(found),
    }
    record(call.world, call.account, "auth_provider.changed", found["type"])
    return detail(_shown(found))


def delete_provider(call: Call, provider_id: str) -> Response:
    """DELETE auth-provider/{id}/: 204."""
    found = _provider(call, provider_id)
    del call.account.auth_providers[found["id"]]
    record(call.world, call.account, "auth_provider.changed", found["type"])
    return Response(HTTPStatus.NO_CONTENT)


def _shown(provider: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in provider.items() if name != _HIDDEN}


def _check_certificate(body: dict[str, Any]) -> None:
    try:
        _expiry(body)
    except ValueError as error:
        raise bad_request(f"cert: {error}") from None


def _expiry(provider: dict[str, Any]) -> str | None:
    """When the certificate ends, as dbt shows it; the form is assumed.

    Raises:
        ValueError: it is none.

    """
    if not provider.get(_HIDDEN):
        return None
    # Imported late: the library for certificates is slow to load, and few runs need it.
    from cryptography import x509  # noqa: PLC0415

    found = x509.load_pem_x509_certificate(str(provider[_HIDDEN]).encode())
    return dbt_time(found.not_valid_after_utc.timestamp())


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
