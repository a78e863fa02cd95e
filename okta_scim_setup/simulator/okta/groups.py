"""Okta's Groups API: /api/v1/groups."""

from functools import partial
from typing import Any

from okta_scim_setup.simulator import group_pushing
from okta_scim_setup.simulator.clock import okta_time
from okta_scim_setup.simulator.message import Job, Response
from okta_scim_setup.simulator.okta import events
from okta_scim_setup.simulator.okta.assignments import members_of, reconcile
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.errors import OktaError, invalid
from okta_scim_setup.simulator.okta.records import OktaGroup
from okta_scim_setup.simulator.okta.search import matches
from okta_scim_setup.simulator.okta.users import user_body
from okta_scim_setup.simulator.routes import Route

_PATH = "/api/v1/groups"


def list_groups(call: Call) -> Response:
    """GET: `search`, `filter`, `q` (a prefix of the name), `expand=stats`; 10,000 at most."""
    chosen = [group for group in call.org.groups.values() if _fits(call, group)]
    items = [(group.id, partial(group_body, call, group)) for group in chosen]
    return call.page(items, 10_000, 10_000)


def _fits(call: Call, group: OktaGroup) -> bool:
    query = call.request.query
    if not group.name.lower().startswith(query.get("q", "").lower()):
        return False
    values = {"profile.name": group.name, "type": group.kind, "id": group.id}
    expressions = (query.get("search"), query.get("filter"))
    return all(matches(expression, values.get) for expression in expressions if expression)


def get_group(call: Call, group_id: str) -> Response:
    """GET one group."""
    return Response(body=group_body(call, call.group(group_id)))


def create_group(call: Call) -> Response:
    """POST {profile: {name, description}}: 200 (recorded)."""
    profile = _profile(call)
    taken = any(g.name == profile["name"] for g in call.org.groups.values() if not g.app_id)
    if taken:
        raise invalid("name", "name: An object with this field already exists in the organization")
    now = call.world.clock.now()
    group = OktaGroup(
        call.world.ids.okta("00g"),
        str(profile["name"]),
        profile.get("description"),
        "OKTA_GROUP",
        now,
        now,
        now,
    )
    call.org.groups[group.id] = group
    _log(call, group, "group.lifecycle.create")
    return Response(body=group_body(call, group))


def replace_group(call: Call, group_id: str) -> Response:
    """PUT {profile}: renames the group."""
    group = _changeable(call, group_id)
    profile = _profile(call)
    _rename_targets(call, group, str(profile["name"]))
    group.name, group.description = str(profile["name"]), profile.get("description")
    group.updated = call.world.clock.now()
    _log(call, group, "group.profile.update")
    return Response(body=group_body(call, group), jobs=_follow_members(call, group))


def _rename_targets(call: Call, group: OktaGroup, name: str) -> None:
    """App groups that are called as their source follow it (specified: a setting, on at first)."""
    for app in call.org.apps.values():
        for mapping in app.mappings.values():
            target = call.org.groups[mapping.target_group_id]
            if mapping.source_group_id == group.id and target.name == group.name:
                target.name = name


def delete_group(call: Call, group_id: str) -> Response:
    """DELETE: 204 (recorded); its assignments and push mappings go with it."""
    group = _changeable(call, group_id)
    group.members.clear()
    jobs = _follow_members(call, group)
    for app in call.org.apps.values():
        app.groups.pop(group.id, None)
        for mapping in list(app.mappings.values()):
            if mapping.source_group_id == group.id:
                del app.mappings[mapping.id]
    del call.org.groups[group.id]
    _log(call, group, "group.lifecycle.delete")
    return Response(204, jobs=jobs)


def list_members(call: Call, group_id: str) -> Response:
    """GET /groups/{id}/users: 1,000 a page."""
    group = call.group(group_id)
    members = [call.org.users[user_id] for user_id in members_of(call.org, group)]
    return call.page([(user.id, user_body(call, user)) for user in members], 1000, 1000)


def add_member(call: Call, group_id: str, user_id: str) -> Response:
    """PUT /groups/{id}/users/{id}: 204, and what follows from it for apps and pushes."""
    group, user = _changeable(call, group_id), call.user(user_id)
    if user.id in group.members:
        return Response(204)
    group.members[user.id] = None
    _log(call, group, "group.user_membership.add", events.user_entity(user))
    return Response(204, jobs=_follow_members(call, group))


def remove_member(call: Call, group_id: str, user_id: str) -> Response:
    """DELETE /groups/{id}/users/{id}: 204."""
    group, user = _changeable(call, group_id), call.user(user_id)
    if user.id not in group.members:
        return Response(204)
    del group.members[user.id]
    _log(call, group, "group.user_membership.remove", events.user_entity(user))
    return Response(204, jobs=_follow_members(call, group))


def _follow_members(call: Call, group: OktaGroup) -> list[Job]:
    """What a change of a group's members means for the apps that have or push it."""
    group.members_updated = call.world.clock.now()
    jobs: list[Job] = []
    for app in call.org.apps.values():
        pushed = any(m.source_group_id == group.id for m in app.mappings.values())
        if group.id in app.groups or pushed:
            changes = reconcile(call.world, call.org, app)
            ids = frozenset({group.id})
            follow = partial(group_pushing.follow, call.engine, call.org, app, changes, ids)
            jobs.append(follow)
    return jobs


def _profile(call: Call) -> dict[str, Any]:
    profile = call.request.json_object().get("profile")
    if not isinstance(profile, dict) or not profile.get("name"):
        raise invalid("name", "name: The field cannot be left blank")
    return profile


def _changeable(call: Call, group_id: str) -> OktaGroup:
    group = call.group(group_id)
    if group.kind != "OKTA_GROUP":
        summary = "You do not have permission to perform the requested action"
        raise OktaError(403, "E0000006", summary)
    return group


def _log(call: Call, group: OktaGroup, event_type: str, *others: events.Entity) -> None:
    targets = (*others, events.group_entity(group))
    events.write(call.world, call.org, event_type, call.actor, *targets)


def group_body(call: Call, group: OktaGroup) -> dict[str, Any]:
    """The group object (recorded)."""
    own = f"{call.org.url}{_PATH}/{group.id}"
    body: dict[str, Any] = {
        "id": group.id,
        "created": okta_time(group.created),
        "lastUpdated": okta_time(group.updated),
        "lastMembershipUpdated": okta_time(group.members_updated),
        "objectClass": ["okta:user_group"],
        "type": group.kind,
        "profile": {"name": group.name, "description": group.description},
        "_links": {
            "logo": [
                {"name": size, "href": f"{own}/{size}.png", "type": "image/png"}
                for size in ("medium", "large")
            ],
            "owners": {"href": f"{own}/owners"},
            "users": {"href": f"{own}/users"},
            "apps": {"href": f"{own}/apps"},
        },
    }
    if group.app_id:
        body["source"] = {"id": group.app_id}
    if "stats" in call.request.query.get("expand", ""):
        body["_embedded"] = {"stats": _stats(call, group)}
    return body


def _stats(call: Call, group: OktaGroup) -> dict[str, Any]:
    """What `expand=stats` counts; the last name is misspelt by Okta (specified)."""
    apps = call.org.apps.values()
    return {
        "usersCount": len(members_of(call.org, group)),
        "appsCount": sum(group.id in app.groups for app in apps),
        "groupPushMappingsCount": sum(
            mapping.source_group_id == group.id for app in apps for mapping in app.mappings.values()
        ),
        "hasAdminPrivlege": False,
    }


ROUTES = (
    Route("GET", _PATH, list_groups),
    Route("POST", _PATH, create_group),
    Route("GET", f"{_PATH}/{{group_id}}", get_group),
    Route("PUT", f"{_PATH}/{{group_id}}", replace_group),
    Route("DELETE", f"{_PATH}/{{group_id}}", delete_group),
    Route("GET", f"{_PATH}/{{group_id}}/users", list_members),
    Route("PUT", f"{_PATH}/{{group_id}}/users/{{user_id}}", add_member),
    Route("DELETE", f"{_PATH}/{{group_id}}/users/{{user_id}}", remove_member),
)
