"""SCIM Users of a dbt account: the same people as in its admin API."""

import re
from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.clock import dbt_time
from okta_scim_setup.simulator.dbt_cloud import invites
from okta_scim_setup.simulator.dbt_cloud.audit import record
from okta_scim_setup.simulator.dbt_cloud.records import Account, AccountGroup, Member
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.routes import Route
from okta_scim_setup.simulator.scim import limits
from okta_scim_setup.simulator.scim.call import Call, ScimError, answer, invalid, not_found
from okta_scim_setup.simulator.scim.filters import fits

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
DBT_USER = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User"
LICENSE_TYPES = ("developer", "read_only", "analyst", "it")

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def list_users(call: Call) -> Response:
    """GET /Users: filter, startIndex, count; everyone in the account, managed or not."""
    expression = call.request.query.get("filter")
    chosen = [
        user_body(call.account, member)
        for member in call.account.members.values()
        if not expression or fits(expression, _values(member))
    ]
    return call.page(chosen)


def get_user(call: Call, user_id: str) -> Response:
    """GET /Users/{id}."""
    return answer(user_body(call.account, _member(call, user_id)))


def create_user(call: Call) -> Response:
    """POST /Users: 201; 409 for one who is managed already; a user of that e-mail is joined."""
    limits.count_user_write(call)
    body = _checked(call.request.json_object())
    now = call.world.clock.now()
    member = _by_name(call.account, body["userName"])
    if member is not None and member.scim_managed:
        detail = f"User with userName {body['userName']} already exists"
        raise ScimError(HTTPStatus.CONFLICT, detail, "uniqueness")
    if member is None:
        name = str(body["userName"])
        member = Member(call.world.ids.number(), name, "", "", "developer", now, now)
        call.account.members[member.id] = member
        invites.add(call.world, call.account, name, invites.SCIM, member.license_type)
    _apply(call, member, body)
    record(call.world, call.account, "account.UserAdded", member.user_name, "scim")
    return answer(user_body(call.account, member), HTTPStatus.CREATED)


def replace_user(call: Call, user_id: str) -> Response:
    """PUT /Users/{id}: the whole user; what no extension does to the licence is a switch."""
    limits.count_user_write(call)
    member = _member(call, user_id)
    body = _checked(call.request.json_object())
    if call.world.switches.put_without_licence == "resets":
        body = {DBT_USER: {"licenseType": LICENSE_TYPES[0]}, **body}
    _apply(call, member, body)
    record(call.world, call.account, "account.UserUpdated", member.user_name, "scim")
    return answer(user_body(call.account, member))


def patch_user(call: Call, user_id: str) -> Response:
    """PATCH /Users/{id}: add, replace, remove of active, userName, name and the licence."""
    member = _member(call, user_id)
    body = user_body(call.account, member)
    for operation in call.request.json_object().get("Operations", []):
        _patch(body, operation)
    _apply(call, member, _checked(body))
    record(call.world, call.account, "account.UserUpdated", member.user_name, "scim")
    return answer(user_body(call.account, member))


def delete_user(call: Call, user_id: str) -> Response:
    """DELETE /Users/{id}: 204; the person leaves the account (specified: loses the licence)."""
    member = _member(call, user_id)
    del call.account.members[member.id]
    invites.forget(call.account, member.user_name)
    for group in call.account.groups.values():
        group.members.pop(member.id, None)
    record(call.world, call.account, "account.UserRemoved", member.user_name, "scim")
    return Response(HTTPStatus.NO_CONTENT)


def _member(call: Call, user_id: str) -> Member:
    member = call.account.members.get(int(user_id)) if user_id.isdigit() else None
    if member is None:
        raise not_found("User", user_id)
    return member


def _by_name(account: Account, user_name: str) -> Member | None:
    wanted = user_name.lower()
    return next((m for m in account.members.values() if m.user_name.lower() == wanted), None)


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    """The body, if dbt takes it: userName an e-mail, and the same as in emails (specified)."""
    user_name = body.get("userName")
    if not isinstance(user_name, str) or not _EMAIL.fullmatch(user_name):
        raise invalid("userName must be in email address format")
    emails = [email.get("value") for email in body.get("emails") or []]
    if emails and user_name not in emails:
        raise invalid("userName must match emails[].value exactly, including case")
    license_type = body.get(DBT_USER, {}).get("licenseType")
    if license_type is not None and license_type not in LICENSE_TYPES:
        raise invalid(f"licenseType must be one of {', '.join(LICENSE_TYPES)}")
    return body


def _apply(call: Call, member: Member, body: dict[str, Any]) -> None:
    other = _by_name(call.account, body["userName"])
    if other is not None and other is not member:
        detail = f"User with userName {body['userName']} already exists"
        raise ScimError(HTTPStatus.CONFLICT, detail, "uniqueness")
    name = body.get("name") or {}
    member.user_name = body["userName"]
    member.given_name = name.get("givenName") or member.given_name
    member.family_name = name.get("familyName") or member.family_name
    member.active = bool(body.get("active", True))
    member.external_id = body.get("externalId", member.external_id)
    license_type = body.get(DBT_USER, {}).get("licenseType")
    # SCIM decides on licences only where the account says so; else dbt's own rules do (specified).
    if license_type and call.account.scim_controlled_license_type:
        member.license_type = license_type
    member.scim_managed = True
    member.updated = call.world.clock.now()


def _patch(body: dict[str, Any], operation: dict[str, Any]) -> None:
    verb, path = str(operation.get("op", "")).lower(), operation.get("path")
    value = operation.get("value")
    if verb not in ("add", "replace", "remove"):
        raise invalid(f"op {verb!r} is not known")
    if not path:
        if not isinstance(value, dict):
            raise invalid("value must be an object where there is no path")
        for key, part in value.items():
            _put(body, key, part)
    elif verb == "remove":
        _put(body, path, None)
    else:
        _put(body, path, value)


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    path = path.removeprefix(f"{USER}:")
    if path == DBT_USER:
        body[DBT_USER] = body.get(DBT_USER, {}) | (value or {})
        return
    if path.startswith(f"{DBT_USER}:"):
        body.setdefault(DBT_USER, {})[path.removeprefix(f"{DBT_USER}:")] = value
        return
    first, _, second = path.partition(".")
    if second:
        body.setdefault(first, {})[second] = value
        return
    if path == "userName" and value != body["userName"]:
        body["emails"] = [{"value": value, "primary": True, "type": "work"}]
    body[path] = str(value).lower() == "true" if path == "active" else value


def _values(member: Member) -> dict[str, list[str]]:
    return {
        "id": [str(member.id)],
        "username": [member.user_name],
        "emails.value": [member.user_name],
        "emails": [member.user_name],
        "externalid": [member.external_id] if member.external_id else [],
        "active": [str(member.active).lower()],
    }


def user_body(account: Account, member: Member) -> dict[str, Any]:
    """The user as SCIM shows it (specified: UserSCIM, location relative)."""
    body = {
        "schemas": [USER, DBT_USER],
        "id": str(member.id),
        "userName": member.user_name,
        "active": member.active,
        "name": {"givenName": member.given_name, "familyName": member.family_name},
        "emails": [{"value": member.user_name, "primary": True, "type": "work"}],
        "groups": [
            _group_of_user(group)
            for group in account.groups.values()
            if member.id in group.members and not group.deleted
        ],
        "meta": {
            "resourceType": "User",
            "location": f"/scim/v2/Users/{member.id}",
            "created": dbt_time(member.created),
            "lastModified": dbt_time(member.updated),
        },
        DBT_USER: {"licenseType": member.license_type},
    }
    return body | ({"externalId": member.external_id} if member.external_id else {})


def _group_of_user(group: AccountGroup) -> dict[str, Any]:
    """A group as it stands in a user (specified: UserGroupComponent)."""
    return {
        "id": str(group.id),
        "value": str(group.id),
        "display": group.name,
        "displayName": group.name,
        "meta": {"resourceType": "Group", "location": f"/scim/v2/Groups/{group.id}"},
    }


ROUTES = (
    Route("GET", "/Users", list_users),
    Route("POST", "/Users", create_user),
    Route("GET", "/Users/{user_id}", get_user),
    Route("PUT", "/Users/{user_id}", replace_user),
    Route("PATCH", "/Users/{user_id}", patch_user),
    Route("DELETE", "/Users/{user_id}", delete_user),
)
