"""dbt's licence maps: which SSO groups get which licence, where SCIM doesn't decide (specified)."""

from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.clock import dbt_time
from okta_scim_setup.simulator.dbt_cloud.audit import record
from okta_scim_setup.simulator.dbt_cloud.call import Call
from okta_scim_setup.simulator.dbt_cloud.envelope import bad_request, detail, not_found
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.routes import Route

_PATH = "/api/v3/accounts/{account_id}/license-maps/"
_TYPES = ("developer", "read_only", "analyst", "it")


def list_maps(call: Call) -> Response:
    """GET license-maps/."""
    return call.page(list(call.account.license_maps.values()))


def create_map(call: Call) -> Response:
    """POST license-maps/: 201; one for each type of licence (reported)."""
    body = call.request.json_object()
    if body.get("license_type") not in _TYPES:
        raise bad_request(f"license_type: one of {', '.join(_TYPES)} is wanted.")
    maps = call.account.license_maps
    if any(each["license_type"] == body["license_type"] for each in maps.values()):
        raise bad_request("license_type: there is a licence map for this type already.")
    now = dbt_time(call.world.clock.now())
    made = {
        "id": call.world.ids.number(),
        "account_id": call.account.id,
        "license_type": body["license_type"],
        "sso_license_mapping_groups": list(body.get("sso_license_mapping_groups", [])),
        "state": 1,
        "created_at": now,
        "updated_at": now,
    }
    maps[made["id"]] = made
    record(call.world, call.account, "license_map.added", body["license_type"])
    return detail(made, HTTPStatus.CREATED)


def get_map(call: Call, map_id: str) -> Response:
    """GET license-maps/{id}/."""
    return detail(_map(call, map_id))


def update_map(call: Call, map_id: str) -> Response:
    """POST license-maps/{id}/: changes the groups."""
    found, body = _map(call, map_id), call.request.json_object()
    groups = body.get("sso_license_mapping_groups", found["sso_license_mapping_groups"])
    found["sso_license_mapping_groups"] = list(groups)
    found["updated_at"] = dbt_time(call.world.clock.now())
    record(call.world, call.account, "license_map.changed", found["license_type"])
    return detail(found)


def delete_map(call: Call, map_id: str) -> Response:
    """DELETE license-maps/{id}/: 204."""
    found = _map(call, map_id)
    del call.account.license_maps[found["id"]]
    record(call.world, call.account, "license_map.removed", found["license_type"])
    return Response(HTTPStatus.NO_CONTENT)


def _map(call: Call, map_id: str) -> dict[str, Any]:
    found = call.account.license_maps.get(int(map_id)) if map_id.isdigit() else None
    if found is None:
        raise not_found()
    return found


ROUTES = (
    Route("GET", _PATH, list_maps),
    Route("POST", _PATH, create_map),
    Route("GET", f"{_PATH}{{map_id}}/", get_map),
    Route("POST", f"{_PATH}{{map_id}}/", update_map),
    Route("DELETE", f"{_PATH}{{map_id}}/", delete_map),
)
