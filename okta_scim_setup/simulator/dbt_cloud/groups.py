"""dbt's groups, in the admin API; deletion is state 2 (reported)."""

from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.clock import dbt_time
from okta_scim_setup.simulator.dbt_cloud.audit import record
from okta_scim_setup.simulator.dbt_cloud.call import Call
from okta_scim_setup.simulator.dbt_cloud.envelope import bad_request, detail, not_found
from okta_scim_setup.simulator.dbt_cloud.permissions import PERMISSION_SETS
from okta_scim_setup.simulator.dbt_cloud.records import AccountGroup
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.routes import Route

_PATH = "/api/v3/accounts/{account_id}/groups/"
_PERMISSIONS = "/api/v3/accounts/{account_id}/group-permissions/{group_id}/"
_DELETED = 2
_TIMES = ("created_at", "updated_at")


def list_groups(call: Call) -> Response:
    """GET groups/: filters name and name__icontains (specified)."""
    query = call.request.query
    part = query.get("name__icontains", "").lower()
    chosen = [
        group_body(call, group)
        for group in call.account.groups.values()
        if query.get("name") in (None, group.name)
        and part in group.name.lower()
        and not group.deleted
    ]
    return call.page(chosen, account_id=call.account.id)


def get_group(call: Call, group_id: str) -> Response:
    """GET groups/{id}/."""
    return detail(group_body(call, _group(call, group_id)))


def create_group(call: Call) -> Response:
    """POST groups/: 201 (reported)."""
    body = call.request.json_object()
    if not body.get("name"):
        raise bad_request("name: This field is required.")
    now = call.world.clock.now()
    group = AccountGroup(call.world.ids.number(), str(body["name"]), now, now)
    _apply(group, body)
    call.account.groups[group.id] = group
    record(call.world, call.account, "user_group.Added", group.name)
    return detail(group_body(call, group), HTTPStatus.CREATED)


def update_group(call: Call, group_id: str) -> Response:
    """POST groups/{id}/: changes what is given."""
    group = _group(call, group_id)
    _apply(group, call.request.json_object())
    group.updated = call.world.clock.now()
    what = "Removed" if group.deleted else "Changed"
    record(call.world, call.account, f"user_group.{what}", group.name)
    return detail(group_body(call, group))


def replace_permissions(call: Call, group_id: str) -> Response:
    """POST group-permissions/{id}/: the list given replaces all (reported)."""
    group = _group(call, group_id)
    given = call.request.json()
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise bad_request("A list of permissions is wanted.")
    for permission in given:
        _check_permission(call, permission)
    now = dbt_time(call.world.clock.now())
    group.permissions = [
        {
            "account_id": call.account.id,
            "all_projects": False,
            "writable_environment_categories": [],
        }
        | permission
        | {
            "id": call.world.ids.number(),
            "group_id": group.id,
            "created_at": now,
            "updated_at": now,
        }
        for permission in given
    ]
    return call.page(group.permissions)


def _check_permission(call: Call, permission: dict[str, Any]) -> None:
    """A known permission set, and either all projects or one of the account's."""
    if permission.get("permission_set") not in PERMISSION_SETS:
        raise bad_request(f"permission_set: {permission.get('permission_set')} is not a choice.")
    project = permission.get("project_id")
    if project is not None and project not in call.account.projects:
        raise bad_request(f"project_id: {project} is no project of this account.")


def assign_groups(call: Call) -> Response:
    """POST assign-groups/ {user_id, desired_group_ids}: replaces the user's groups (reported)."""
    call.refuse_by_hand()
    body = call.body({"user_id": int, "desired_group_ids": list}, {})
    if body["user_id"] not in call.account.members:
        raise not_found()
    wanted = [_group(call, str(group_id)) for group_id in body["desired_group_ids"]]
    for group in call.account.groups.values():
        group.members.pop(body["user_id"], None)
    for group in wanted:
        group.members[body["user_id"]] = None
    record(call.world, call.account, "user_group_user.Changed", f"user {body['user_id']}")
    return call.page([group_body(call, group) for group in wanted])


def _group(call: Call, group_id: str) -> AccountGroup:
    group = call.account.groups.get(int(group_id)) if group_id.isdigit() else None
    if group is None or group.deleted:
        raise not_found()
    return group


def _apply(group: AccountGroup, body: dict[str, Any]) -> None:
    group.name = str(body.get("name", group.name))
    group.assign_by_default = bool(body.get("assign_by_default", group.assign_by_default))
    group.sso_mapping_groups = list(body.get("sso_mapping_groups", group.sso_mapping_groups))
    group.deleted = body.get("state") == _DELETED


def group_body(call: Call, group: AccountGroup) -> dict[str, Any]:
    """The group as the admin API shows it (specified: GroupResponse)."""
    return {
        "id": group.id,
        "account_id": call.account.id,
        "name": group.name,
        "state": _DELETED if group.deleted else 1,
        "assign_by_default": group.assign_by_default,
        "sso_mapping_groups": group.sso_mapping_groups,
        "group_permissions": [
            {key: part for key, part in permission.items() if key not in _TIMES}
            for permission in group.permissions
        ],
        "member_count": len(group.members),
        "scim_managed": group.scim_managed,
        "created_at": dbt_time(group.created),
        "updated_at": dbt_time(group.updated),
    }


ROUTES = (
    Route("GET", _PATH, list_groups),
    Route("POST", _PATH, create_group),
    Route("GET", f"{_PATH}{{group_id}}/", get_group),
    Route("POST", f"{_PATH}{{group_id}}/", update_group),
    Route("POST", _PERMISSIONS, replace_permissions),
    Route("POST", "/api/v3/accounts/{account_id}/assign-groups/", assign_groups),
)
