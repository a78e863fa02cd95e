"""Okta's Application Users API: people assigned to an app."""

from functools import partial
from typing import Any

from okta_scim_setup.simulator import group_pushing
from okta_scim_setup.simulator.clock import okta_time
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.okta import events
from okta_scim_setup.simulator.okta.assignments import Changes, assign, reconcile
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.errors import invalid, mapped, not_found
from okta_scim_setup.simulator.okta.records import App, AppUser
from okta_scim_setup.simulator.routes import Route
from okta_scim_setup.simulator.settings import is_usable

_PATH = "/api/v1/apps/{app_id}/users"


def list_app_users(call: Call, app_id: str) -> Response:
    """GET: `q` is a prefix of the user name or of a name; 50 a page, 500 at most."""
    app = call.app(app_id)
    q = call.request.query.get("q", "").lower()
    chosen = [found for found in app.users.values() if _fits(call, found, q)]
    return call.page([(a.user_id, partial(_body, call, app, a)) for a in chosen], 50, 500)


def _fits(call: Call, assignment: AppUser, q: str) -> bool:
    profile = call.org.users[assignment.user_id].profile
    names = (
        assignment.user_name,
        profile.get("firstName"),
        profile.get("lastName"),
        profile.get("email"),
    )
    return any(str(name or "").lower().startswith(q) for name in names)


def get_app_user(call: Call, app_id: str, user_id: str) -> Response:
    """GET one assignment."""
    app = call.app(app_id)
    return Response(body=_body(call, app, _assignment(app, user_id)))


def assign_user(call: Call, app_id: str) -> Response:
    """POST {id, scope, credentials, profile}: assigns a person."""
    app = call.app(app_id)
    body = call.request.json_object()
    user = call.user(str(body.get("id")))
    if user.status == "DEPROVISIONED":
        raise invalid("user", "User is deactivated.")
    scope = body.get("scope", "USER")
    is_new = user.id not in app.users
    assignment = assign(
        call.world,
        app,
        user,
        scope,
        profile=body.get("profile"),
        user_name=body.get("credentials", {}).get("userName"),
    )
    changes = Changes(added=[user.id]) if is_new else Changes(changed=[user.id])
    if is_new:
        _log(call, app, user.id, "application.user_membership.add")
    return Response(body=_body(call, app, assignment), jobs=[_follow(call, app, changes)])


def update_app_user(call: Call, app_id: str, user_id: str) -> Response:
    """POST to one assignment: changes its app profile or user name."""
    app = call.app(app_id)
    assignment = _assignment(app, user_id)
    body = call.request.json_object()
    profile = body.get("profile") or {}
    pushes = is_usable(app) and app.provisioning.update_user_attributes
    taken = sorted(profile.keys() & app.expressions.keys()) if pushes else []
    if taken:
        raise mapped(taken[0])
    assignment.profile |= profile
    given = body.get("credentials", {}).get("userName")
    assignment.user_name = given or assignment.user_name
    assignment.scope = body.get("scope", assignment.scope)
    assignment.updated = call.world.clock.now()
    changes = Changes(changed=[assignment.user_id])
    return Response(body=_body(call, app, assignment), jobs=[_follow(call, app, changes)])


def unassign_user(call: Call, app_id: str, user_id: str) -> Response:
    """DELETE: 204; one whom a group assigns as well stays, with scope GROUP (assumed)."""
    app = call.app(app_id)
    removed = app.users.pop(_assignment(app, user_id).user_id)
    back = reconcile(call.world, call.org, app)
    if removed.user_id in back.added:
        app.users[removed.user_id] = removed
        removed.scope = "GROUP"
        return Response(204)
    _log(call, app, user_id, "application.user_membership.remove")
    return Response(204, jobs=[_follow(call, app, Changes(removed=[removed]))])


def _follow(call: Call, app: App, changes: Changes) -> Any:
    return partial(group_pushing.follow, call.engine, call.org, app, changes)


def _assignment(app: App, user_id: str) -> AppUser:
    assignment = app.users.get(user_id)
    if assignment is None:
        raise not_found(user_id, "AppUser")
    return assignment


def _log(call: Call, app: App, user_id: str, event_type: str) -> None:
    targets = (events.user_entity(call.org.users[user_id]), events.app_entity(app))
    events.write(call.world, call.org, event_type, call.actor, *targets)


def _body(call: Call, app: App, assignment: AppUser) -> dict[str, Any]:
    """The assignment (specified: AppUser); `externalId` only once the SCIM side gave one."""
    body: dict[str, Any] = {"id": assignment.user_id}
    if assignment.external_id:
        body["externalId"] = assignment.external_id
    if assignment.last_sync:
        body["lastSync"] = okta_time(assignment.last_sync)
    app_url = f"{call.org.url}/api/v1/apps/{app.id}"
    profile = call.org.users[assignment.user_id].profile
    names = {key: profile.get(key) for key in ("email", "firstName", "lastName")}
    return body | {
        "created": okta_time(assignment.created),
        "lastUpdated": okta_time(assignment.updated),
        "scope": assignment.scope,
        "status": assignment.status,
        "statusChanged": okta_time(assignment.updated),
        "passwordChanged": None,
        "syncState": assignment.sync_state,
        "credentials": {"userName": assignment.user_name},
        "profile": names | assignment.profile,
        "_links": {
            "app": {"href": app_url},
            "user": {"href": f"{call.org.url}/api/v1/users/{assignment.user_id}"},
        },
    }


ROUTES = (
    Route("GET", _PATH, list_app_users),
    Route("POST", _PATH, assign_user),
    Route("GET", f"{_PATH}/{{user_id}}", get_app_user),
    Route("POST", f"{_PATH}/{{user_id}}", update_app_user),
    Route("DELETE", f"{_PATH}/{{user_id}}", unassign_user),
)
