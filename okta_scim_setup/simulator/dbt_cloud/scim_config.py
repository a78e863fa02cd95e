"""dbt's SCIM configuration and SCIM tokens (specified; no body was ever recorded)."""

from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.clock import dbt_time
from okta_scim_setup.simulator.dbt_cloud.audit import record
from okta_scim_setup.simulator.dbt_cloud.call import Call
from okta_scim_setup.simulator.dbt_cloud.envelope import bad_request, detail, not_found
from okta_scim_setup.simulator.dbt_cloud.records import ScimToken
from okta_scim_setup.simulator.ids import dbt_token
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.routes import Route
from okta_scim_setup.simulator.state import World

_PATH = "/api/v3/accounts/{account_id}/scim-config/"
_STEPS = {"second fraction": 0, "second": 1, "minute": 60, "hour": 3600, "day": 86_400}


def get_config(call: Call) -> Response:
    """GET scim-config/: three booleans, nothing else (specified)."""
    account = call.account
    return detail(
        {
            "enabled": account.enabled,
            "manual_updates_allowed": account.manual_updates_allowed,
            "scim_controlled_license_type": account.scim_controlled_license_type,
        }
    )


def update_config(call: Call) -> Response:
    """POST scim-config/: creates and updates; the third boolean may be left out (specified)."""
    body = call.body(
        {"enabled": bool, "manual_updates_allowed": bool}, {"scim_controlled_license_type": bool}
    )
    was_on = call.account.enabled
    for name, value in body.items():
        setattr(call.account, name, value)
    _follow_switches(call, was_on=was_on)
    return get_config(call)


def _follow_switches(call: Call, *, was_on: bool) -> None:
    """What else switching SCIM on or off does isn't documented: switches."""
    account, switches = call.account, call.world.switches
    if account.enabled and not was_on and switches.existing_users_become_managed:
        for member in account.members.values():
            member.scim_managed = True
        for group in account.groups.values():
            group.scim_managed = True
    if was_on and not account.enabled and switches.off_revokes_tokens:
        account.scim_tokens.clear()


def list_tokens(call: Call) -> Response:
    """GET tokens/: never a value (specified)."""
    return call.page([_body(call.world, token) for token in call.account.scim_tokens.values()])


def create_token(call: Call) -> Response:
    """POST tokens/ {name}: the only time that the value is shown (specified)."""
    name = call.body({"name": str}, {})["name"]
    if not name.strip():
        raise bad_request("name: must not be empty.")
    _check_token(call, name)
    now = call.world.clock.now()
    token = ScimToken(call.world.ids.number(), name, dbt_token("dbts_"), now)
    call.account.scim_tokens[token.id] = token
    record(call.world, call.account, "service_token.created", f"SCIM token {token.id}")
    return detail(_body(call.world, token) | {"token_string": token.value})


def _check_token(call: Call, name: str) -> None:
    """Whether names are unique, and SCIM must be on, isn't documented: switches."""
    tokens = call.account.scim_tokens.values()
    if call.world.switches.token_names_unique and any(each.name == name for each in tokens):
        raise bad_request("name: there is a SCIM token of this name already.")
    if not call.account.enabled and not call.world.switches.tokens_while_off:
        raise bad_request("SCIM is not enabled for this account.")


def get_token(call: Call, token_id: str) -> Response:
    """GET tokens/{id}/."""
    return detail(_body(call.world, _token(call, token_id)))


def delete_token(call: Call, token_id: str) -> Response:
    """DELETE tokens/{id}/: 204; from then on SCIM refuses it."""
    token = _token(call, token_id)
    del call.account.scim_tokens[token.id]
    record(call.world, call.account, "service_token.revoked", f"SCIM token {token.id}")
    return Response(HTTPStatus.NO_CONTENT)


def _token(call: Call, token_id: str) -> ScimToken:
    token = call.account.scim_tokens.get(int(token_id)) if token_id.isdigit() else None
    if token is None:
        raise not_found()
    return token


def _body(world: World, token: ScimToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "created_at": dbt_time(token.created),
        "last_used": last_used(world, token),
    }


def last_used(world: World, token: ScimToken) -> str | None:
    """When the token was used, as late and as coarse as the switches say (unknown: a switch)."""
    until = world.clock.now() - world.switches.last_used_delay
    seen = [use for use in token.uses if use <= until]
    if not seen:
        return None
    step = _STEPS[world.switches.last_used_resolution]
    return dbt_time(seen[-1] - seen[-1] % step if step else seen[-1])


ROUTES = (
    Route("GET", _PATH, get_config),
    Route("POST", _PATH, update_config),
    Route("GET", f"{_PATH}tokens/", list_tokens),
    Route("POST", f"{_PATH}tokens/", create_token),
    Route("GET", f"{_PATH}tokens/{{token_id}}/", get_token),
    Route("DELETE", f"{_PATH}tokens/{{token_id}}/", delete_token),
)
