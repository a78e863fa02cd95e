"""dbt's service tokens and their permission sets (specified: ServiceToken)."""

from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.clock import dbt_time
from okta_scim_setup.simulator.dbt_cloud.audit import record
from okta_scim_setup.simulator.dbt_cloud.call import Call
from okta_scim_setup.simulator.dbt_cloud.envelope import bad_request, detail, not_found
from okta_scim_setup.simulator.dbt_cloud.permissions import PERMISSION_SETS
from okta_scim_setup.simulator.dbt_cloud.records import Account, ServiceToken
from okta_scim_setup.simulator.ids import dbt_token
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.routes import Route
from okta_scim_setup.simulator.state import World

_PATH = "/api/v3/accounts/{account_id}/service-tokens/"
_OPTIONAL = {"permission_grants": list, "metadata_only": bool, "webhooks_only": bool}


def add(
    world: World, account: Account, name: str, grants: list[dict[str, Any]], value: str
) -> ServiceToken:
    """Add a service token to an account; hold the lock."""
    now = world.clock.now()
    token = ServiceToken(world.ids.number(), name, value, grants, now, now)
    account.service_tokens[token.id] = token
    world.account_of_token[value] = account
    return token


def list_tokens(call: Call) -> Response:
    """GET service-tokens/: the deleted ones too, with state 2 (reported)."""
    return call.page([_body(call.account, token) for token in call.account.service_tokens.values()])


def create_token(call: Call) -> Response:
    """POST service-tokens/: the value is shown this once."""
    body = call.body({"name": str}, _OPTIONAL)
    grants = _checked(body.get("permission_grants", []))
    token = add(call.world, call.account, body["name"], grants, dbt_token())
    record(call.world, call.account, "service_token.created", token.name)
    return detail(_body(call.account, token) | {"token_string": token.value})


def get_token(call: Call, token_id: str) -> Response:
    """GET service-tokens/{id}/."""
    return detail(_body(call.account, _token(call, token_id)))


def update_token(call: Call, token_id: str) -> Response:
    """PUT service-tokens/{id}/: name and permission sets."""
    token = _token(call, token_id)
    body = call.body({"name": str}, _OPTIONAL)
    token.name = body["name"]
    token.permissions = _checked(body.get("permission_grants", token.permissions))
    token.updated = call.world.clock.now()
    return detail(_body(call.account, token))


def delete_token(call: Call, token_id: str) -> Response:
    """DELETE service-tokens/{id}/: 204; from then on it is refused."""
    token = _token(call, token_id)
    token.active = False
    call.world.account_of_token.pop(token.value, None)
    record(call.world, call.account, "service_token.revoked", token.name)
    return Response(HTTPStatus.NO_CONTENT)


def list_permissions(call: Call, token_id: str) -> Response:
    """GET service-tokens/{id}/permissions/ (reported)."""
    return call.page(_token(call, token_id).permissions)


def _token(call: Call, token_id: str) -> ServiceToken:
    token = call.account.service_tokens.get(int(token_id)) if token_id.isdigit() else None
    if token is None:
        raise not_found()
    return token


def _checked(grants: list[Any]) -> list[dict[str, Any]]:
    for grant in grants:
        name = grant.get("permission_set") if isinstance(grant, dict) else None
        if name not in PERMISSION_SETS:
            raise bad_request(f"permission_set: {name} is not a choice.")
    return grants


def _body(account: Account, token: ServiceToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "uid": f"{token.id:012d}",
        "account_id": account.id,
        "name": token.name,
        "state": 1 if token.active else 2,
        "permission_grants": token.permissions,
        "metadata_only": False,
        "webhooks_only": False,
        "created_at": dbt_time(token.created),
        "updated_at": dbt_time(token.updated),
        "last_used": dbt_time(token.last_used) if token.last_used else None,
    }


ROUTES = (
    Route("GET", _PATH, list_tokens),
    Route("POST", _PATH, create_token),
    Route("GET", f"{_PATH}{{token_id}}/", get_token),
    Route("PUT", f"{_PATH}{{token_id}}/", update_token),
    Route("DELETE", f"{_PATH}{{token_id}}/", delete_token),
    Route("GET", f"{_PATH}{{token_id}}/permissions/", list_permissions),
)
