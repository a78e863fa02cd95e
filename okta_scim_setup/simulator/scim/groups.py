"""SCIM Groups of a dbt account: one of a name that exists is joined (specified: same name)."""

import re
from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.clock import dbt_time
from okta_scim_setup.simulator.dbt_cloud import invites
from okta_scim_setup.simulator.dbt_cloud.audit import record
from okta_scim_setup.simulator.dbt_cloud.records import Account, AccountGroup, Member
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.routes import Route
from okta_scim_setup.simulator.scim.call import Call, ScimError, answer, invalid, not_found
from okta_scim_setup.simulator.scim.filters import fits

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_PATCHED = ("displayName", "externalId", "members")
_ONE_MEMBER = re.compile(r'members\[value eq "([^"]+)"\]', re.IGNORECASE)


def list_groups(call: Call) -> Response:
    """GET /Groups: filter, startIndex, count."""
    expression = call.request.query.get("filter")
    chosen = [
        group_body(call.account, group)
        for group in call.account.groups.values()
        if not group.deleted and (not expression or fits(expression, _values(group)))
    ]
    return call.page(chosen)


def get_group(call: Call, group_id: str) -> Response:
    """GET /Groups/{id}."""
    return answer(group_body(call.account, _group(call, group_id)))


def create_group(call: Call) -> Response:
    """POST /Groups: 201; the group of that name, if there is one, becomes managed by SCIM."""
    body = _checked(call.request.json_object())
    group = _by_name(call.account, body["displayName"])
    if group is None:
        now = call.world.clock.now()
        group = AccountGroup(call.world.ids.number(), body["displayName"], now, now)
        call.account.groups[group.id] = group
        record(call.world, call.account, "user_group.Added", group.name, "scim")
    _apply(call, group, body)
    return answer(group_body(call.account, group), HTTPStatus.CREATED)


def replace_group(call: Call, group_id: str) -> Response:
    """PUT /Groups/{id}: name and the full list of members."""
    group = _group(call, group_id)
    body = _checked(call.request.json_object())
    other = _by_name(call.account, body["displayName"])
    if other is not None and other is not group:
        detail = f"Group with displayName {other.name} already exists"
        raise ScimError(HTTPStatus.CONFLICT, detail, "uniqueness")
    _apply(call, group, body)
    return answer(group_body(call.account, group))


def patch_group(call: Call, group_id: str) -> Response:
    """PATCH /Groups/{id}: displayName and members."""
    group = _group(call, group_id)
    body = group_body(call.account, group)
    for operation in call.request.json_object().get("Operations", []):
        _patch(body, operation)
    _apply(call, group, _checked(body))
    return answer(group_body(call.account, group))


def delete_group(call: Call, group_id: str) -> Response:
    """DELETE /Groups/{id}: 204."""
    group = _group(call, group_id)
    del call.account.groups[group.id]
    record(call.world, call.account, "user_group.Removed", group.name, "scim")
    return Response(HTTPStatus.NO_CONTENT)


def _group(call: Call, group_id: str) -> AccountGroup:
    group = call.account.groups.get(int(group_id)) if group_id.isdigit() else None
    if group is None or group.deleted:
        raise not_found("Group", group_id)
    return group


def _by_name(account: Account, name: str) -> AccountGroup | None:
    groups = account.groups.values()
    return next((g for g in groups if g.name.lower() == name.lower() and not g.deleted), None)


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(body.get("displayName"), str) or not body["displayName"].strip():
        raise invalid("displayName is required")
    return body


def _apply(call: Call, group: AccountGroup, body: dict[str, Any]) -> None:
    ids: dict[int, None] = {}
    for member in body.get("members") or []:
        value = str(member.get("value", ""))
        if not value.isdigit() or int(value) not in call.account.members:
            raise invalid(f"member {value} is no user of this account")
        ids[int(value)] = None
        _check_license(call, call.account.members[int(value)])
    if ids != group.members:
        record(call.world, call.account, "user_group_user.Changed", group.name, "scim")
    group.name, group.members = body["displayName"], ids
    group.external_id = body.get("externalId", group.external_id)
    group.scim_managed = True
    group.updated = call.world.clock.now()


def _check_license(call: Call, member: Member) -> None:
    """Who hasn't accepted an invite has no licence, and fails the whole push (specified)."""
    must = call.world.switches.invites_must_be_accepted
    if must and invites.waits(call.account, member.user_name):
        raise invalid("All users must have licenses on the account")


def _patch(body: dict[str, Any], operation: dict[str, Any]) -> None:
    verb, path = str(operation.get("op", "")).lower(), operation.get("path") or ""
    value = operation.get("value")
    one = _ONE_MEMBER.fullmatch(path)
    if verb not in ("add", "replace", "remove"):
        raise invalid(f"op {verb!r} is not known")
    if not path and isinstance(value, dict):
        body |= {key: part for key, part in value.items() if key in _PATCHED}
    elif path in ("displayName", "externalId"):
        body[path] = None if verb == "remove" else value
    elif one:
        body["members"] = [m for m in body["members"] if m["value"] != one[1]]
    elif path == "members":
        body["members"] = _members(body["members"], verb, value)
    else:
        raise ScimError(HTTPStatus.BAD_REQUEST, f"path {path!r} is not supported", "invalidPath")


def _members(current: list[dict[str, Any]], verb: str, value: Any) -> list[dict[str, Any]]:
    given = value if isinstance(value, list) else [value] if value else []
    if verb == "replace":
        return given
    if verb == "add":
        return [*current, *given]
    gone = {str(member.get("value")) for member in given}
    return [member for member in current if gone and member["value"] not in gone]


def _values(group: AccountGroup) -> dict[str, list[str]]:
    return {
        "id": [str(group.id)],
        "displayname": [group.name],
        "externalid": [group.external_id] if group.external_id else [],
    }


def group_body(account: Account, group: AccountGroup) -> dict[str, Any]:
    """The group as SCIM shows it (specified: GroupSCIM)."""
    body = {
        "schemas": [GROUP],
        "id": str(group.id),
        "displayName": group.name,
        "members": [
            {"value": str(member_id), "display": account.members[member_id].user_name}
            for member_id in group.members
        ],
        "meta": {
            "resourceType": "Group",
            "location": f"/scim/v2/Groups/{group.id}",
            "created": dbt_time(group.created),
            "lastModified": dbt_time(group.updated),
        },
    }
    return body | ({"externalId": group.external_id} if group.external_id else {})


ROUTES = (
    Route("GET", "/Groups", list_groups),
    Route("POST", "/Groups", create_group),
    Route("GET", "/Groups/{group_id}", get_group),
    Route("PUT", "/Groups/{group_id}", replace_group),
    Route("PATCH", "/Groups/{group_id}", patch_group),
    Route("DELETE", "/Groups/{group_id}", delete_group),
)
