"""Okta's Application Groups API: groups assigned to an app."""

from functools import partial
from typing import Any

from okta_scim_setup.simulator import group_pushing
from okta_scim_setup.simulator.clock import okta_time
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.okta import events
from okta_scim_setup.simulator.okta.assignments import reconcile
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.errors import invalid, not_found
from okta_scim_setup.simulator.okta.groups import group_body
from okta_scim_setup.simulator.okta.records import App, AppGroup
from okta_scim_setup.simulator.routes import Route

_PATH = "/api/v1/apps/{app_id}/groups"
_PROFILE = "/profile/"


def list_app_groups(call: Call, app_id: str) -> Response:
    """GET: `q` is a prefix of the group's name, `expand=group` embeds it; 20 a page."""
    app = call.app(app_id)
    q = call.request.query.get("q", "").lower()
    chosen = sorted(app.groups.values(), key=lambda assignment: assignment.priority)
    items = [
        (assignment.group_id, partial(_body, call, app, assignment))
        for assignment in chosen
        if call.org.groups[assignment.group_id].name.lower().startswith(q)
    ]
    return call.page(items, 20, 200)


def get_app_group(call: Call, app_id: str, group_id: str) -> Response:
    """GET one assignment."""
    app = call.app(app_id)
    return Response(body=_body(call, app, _assignment(app, group_id)))


def assign_group(call: Call, app_id: str, group_id: str) -> Response:
    """PUT: assigns the group, and with it its members, or changes priority and profile."""
    app = call.app(app_id)
    call.group(group_id)
    body = call.request.json_object() if call.request.body else {}
    before = app.groups.get(group_id)
    priority = body.get("priority", before.priority if before else len(app.groups))
    if not isinstance(priority, int) or priority < 0:
        raise invalid("priority", "priority: must be a number from 0")
    profile = dict(body.get("profile") or (before.profile if before else {}))
    now = call.world.clock.now()
    assignment = app.groups[group_id] = AppGroup(group_id, priority, profile, now)
    _log(call, app, group_id, "group.application_assignment.add")
    changes = reconcile(call.world, call.org, app)
    _log_people(call, app, changes.added, "application.user_membership.add")
    follow = partial(group_pushing.follow, call.engine, call.org, app, changes)
    return Response(body=_body(call, app, assignment), jobs=[follow])


def update_app_group(call: Call, app_id: str, group_id: str) -> Response:
    """PATCH [{op, path, value}]: replaces or removes parts of the profile (specified)."""
    app = call.app(app_id)
    assignment = _assignment(app, group_id)
    operations = call.request.json()
    profile = dict(assignment.profile)
    for each in operations if isinstance(operations, list) else [operations]:
        _patch(profile, each)
    assignment.profile, assignment.updated = profile, call.world.clock.now()
    changes = reconcile(call.world, call.org, app)
    follow = partial(group_pushing.follow, call.engine, call.org, app, changes)
    return Response(body=_body(call, app, assignment), jobs=[follow])


def _patch(profile: dict[str, Any], operation: Any) -> None:
    given = operation if isinstance(operation, dict) else {}
    name = str(given.get("path", "")).removeprefix(_PROFILE)
    if not name or not str(given.get("path")).startswith(_PROFILE):
        raise invalid("path", f"path: must begin with {_PROFILE}")
    match given.get("op"):
        case "replace":
            profile[name] = given.get("value")
        case "remove":
            profile.pop(name, None)
        case _:
            raise invalid("op", "op: must be replace or remove")


def unassign_group(call: Call, app_id: str, group_id: str) -> Response:
    """DELETE: 204; members whom nothing else assigns leave the app."""
    app = call.app(app_id)
    _assignment(app, group_id)
    del app.groups[group_id]
    _log(call, app, group_id, "group.application_assignment.remove")
    changes = reconcile(call.world, call.org, app)
    gone = [assignment.user_id for assignment in changes.removed]
    _log_people(call, app, gone, "application.user_membership.remove")
    follow = partial(group_pushing.follow, call.engine, call.org, app, changes)
    return Response(204, jobs=[follow])


def _assignment(app: App, group_id: str) -> AppGroup:
    assignment = app.groups.get(group_id)
    if assignment is None:
        raise not_found(group_id, "AppGroup")
    return assignment


def _log(call: Call, app: App, group_id: str, event_type: str) -> None:
    targets = (events.group_entity(call.org.groups[group_id]), events.app_entity(app))
    events.write(call.world, call.org, event_type, call.actor, *targets)


def _log_people(call: Call, app: App, user_ids: list[str], event_type: str) -> None:
    for user_id in user_ids:
        targets = (events.user_entity(call.org.users[user_id]), events.app_entity(app))
        events.write(call.world, call.org, event_type, call.actor, *targets)


def _body(call: Call, app: App, assignment: AppGroup) -> dict[str, Any]:
    app_url = f"{call.org.url}/api/v1/apps/{app.id}"
    body: dict[str, Any] = {
        "id": assignment.group_id,
        "lastUpdated": okta_time(assignment.updated),
        "priority": assignment.priority,
        "profile": assignment.profile,
        "_links": {
            "app": {"href": app_url},
            "self": {"href": f"{app_url}/groups/{assignment.group_id}"},
            "group": {"href": f"{call.org.url}/api/v1/groups/{assignment.group_id}"},
        },
    }
    if call.request.query.get("expand") == "group":
        group = call.org.groups[assignment.group_id]
        body["_embedded"] = {"group": group_body(call, group)}
    return body


ROUTES = (
    Route("GET", _PATH, list_app_groups),
    Route("GET", f"{_PATH}/{{group_id}}", get_app_group),
    Route("PUT", f"{_PATH}/{{group_id}}", assign_group),
    Route("PATCH", f"{_PATH}/{{group_id}}", update_app_group),
    Route("DELETE", f"{_PATH}/{{group_id}}", unassign_group),
)
