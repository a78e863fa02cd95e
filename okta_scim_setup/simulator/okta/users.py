"""Okta's Users API: /api/v1/users."""

from functools import partial
from typing import Any

from okta_scim_setup.simulator import group_pushing
from okta_scim_setup.simulator.clock import okta_time
from okta_scim_setup.simulator.message import Job, Response
from okta_scim_setup.simulator.okta import events
from okta_scim_setup.simulator.okta.assignments import Changes, user_name_for
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.errors import OktaError, invalid
from okta_scim_setup.simulator.okta.records import OktaUser
from okta_scim_setup.simulator.okta.search import matches
from okta_scim_setup.simulator.routes import Route

_PATH = "/api/v1/users"
_GONE = "DEPROVISIONED"
_REQUIRED = ("login", "email", "firstName", "lastName")


def list_users(call: Call) -> Response:
    """GET: `search`, `filter`, `q` (a prefix of names or e-mail); the deactivated are left out."""
    chosen = [user for user in call.org.users.values() if _fits(call, user)]
    return call.page([(user.id, user_body(call, user)) for user in chosen], 200, 200)


def _fits(call: Call, user: OktaUser) -> bool:
    query = call.request.query
    values = {f"profile.{key}": str(value) for key, value in user.profile.items()}
    values |= {"status": user.status, "id": user.id}
    expressions = [query[name] for name in ("search", "filter") if query.get(name)]
    if expressions:
        return all(matches(expression, values.get) for expression in expressions)
    q = query.get("q", "").lower()
    names = (user.profile.get(key) for key in ("firstName", "lastName", "email"))
    return user.status != _GONE and any(str(name or "").lower().startswith(q) for name in names)


def get_user(call: Call, user_id: str) -> Response:
    """GET by id or login; `me` is the owner of the API token."""
    if user_id == "me":
        if call.principal.kind != "User":
            raise OktaError(403, "E0000006", "You do not have permission to perform the request")
        user_id = call.principal.id
    return Response(body=user_body(call, call.user(user_id)))


def create_user(call: Call) -> Response:
    """POST {profile}: ACTIVE with ?activate=true (as by default), else STAGED."""
    profile = _whole_profile(call)
    if str(profile["login"]).lower() in call.org.logins:
        cause = "login: An object with this field already exists in the current organization"
        raise invalid("login", cause)
    active = call.request.query.get("activate", "true") != "false"
    now = call.world.clock.now()
    status = "ACTIVE" if active else "STAGED"
    user = OktaUser(call.world.ids.okta("00u"), dict(profile), status, now, now)
    call.org.users[user.id] = user
    call.org.logins[user.login.lower()] = user.id
    _log(call, user, "user.lifecycle.create")
    return Response(body=user_body(call, user))


def _whole_profile(call: Call) -> dict[str, Any]:
    profile = dict(call.request.json_object().get("profile") or {})
    missing = [name for name in _REQUIRED if not profile.get(name)]
    if missing:
        raise invalid(missing[0], *(f"{name}: The field cannot be left blank" for name in missing))
    return profile


def update_user(call: Call, user_id: str) -> Response:
    """POST: changes the attributes given; pushed to every app that the person has."""
    user = call.user(user_id)
    return _set_profile(
        call, user, user.profile | (call.request.json_object().get("profile") or {})
    )


def replace_user(call: Call, user_id: str) -> Response:
    """PUT: the whole profile; what isn't given is gone (specified)."""
    return _set_profile(call, call.user(user_id), _whole_profile(call))


def _set_profile(call: Call, user: OktaUser, profile: dict[str, Any]) -> Response:
    del call.org.logins[user.login.lower()]
    user.profile = profile
    call.org.logins[user.login.lower()] = user.id
    user.updated = call.world.clock.now()
    _log(call, user, "user.account.update_profile")
    jobs: list[Job] = []
    for app in call.org.apps.values():
        assignment = app.users.get(user.id)
        if assignment is not None:
            assignment.user_name = user_name_for(app, user)
            changes = Changes(changed=[user.id])
            jobs.append(partial(group_pushing.follow, call.engine, call.org, app, changes))
    return Response(body=user_body(call, user), jobs=jobs)


def deactivate_user(call: Call, user_id: str) -> Response:
    """POST lifecycle/deactivate: 200 and `{}`; the person leaves every app and group."""
    return Response(body={}, jobs=_deactivate(call, call.user(user_id)))


def delete_user(call: Call, user_id: str) -> Response:
    """DELETE: 204; the first time it deactivates, only the second time it deletes (specified)."""
    user = call.user(user_id)
    if user.status != _GONE:
        return Response(204, jobs=_deactivate(call, user))
    del call.org.users[user.id], call.org.logins[user.login.lower()]
    _log(call, user, "user.lifecycle.delete.initiated")
    return Response(204)


def _deactivate(call: Call, user: OktaUser) -> list[Job]:
    user.status = _GONE
    user.updated = call.world.clock.now()
    for group in call.org.groups.values():
        group.members.pop(user.id, None)
    _log(call, user, "user.lifecycle.deactivate")
    jobs: list[Job] = []
    for app in call.org.apps.values():
        assignment = app.users.pop(user.id, None)
        if assignment is not None:
            changes = Changes(removed=[assignment])
            jobs.append(partial(group_pushing.follow, call.engine, call.org, app, changes))
    return jobs


def _log(call: Call, user: OktaUser, event_type: str) -> None:
    target = events.user_entity(user)
    events.write(call.world, call.org, event_type, call.actor, target)


def user_body(call: Call, user: OktaUser) -> dict[str, Any]:
    """The user object (specified)."""
    return {
        "id": user.id,
        "status": user.status,
        "created": okta_time(user.created),
        "activated": None,
        "statusChanged": okta_time(user.updated),
        "lastLogin": None,
        "lastUpdated": okta_time(user.updated),
        "passwordChanged": None,
        "type": {"id": f"oty{call.org.id[3:]}"},
        "profile": {"mobilePhone": None, "secondEmail": None} | user.profile,
        "credentials": {"provider": {"type": "OKTA", "name": "OKTA"}},
        "_links": {"self": {"href": f"{call.org.url}{_PATH}/{user.id}"}},
    }


ROUTES = (
    Route("GET", _PATH, list_users),
    Route("POST", _PATH, create_user),
    Route("GET", f"{_PATH}/{{user_id}}", get_user),
    Route("POST", f"{_PATH}/{{user_id}}", update_user),
    Route("PUT", f"{_PATH}/{{user_id}}", replace_user),
    Route("DELETE", f"{_PATH}/{{user_id}}", delete_user),
    Route("POST", f"{_PATH}/{{user_id}}/lifecycle/deactivate", deactivate_user),
)
