"""Okta's Applications API: /api/v1/apps."""

import re
from collections.abc import Callable, Container
from typing import Any

from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.okta import events
from okta_scim_setup.simulator.okta.app_body import STORED, app_body, new_app
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.errors import OktaError, invalid
from okta_scim_setup.simulator.okta.records import CUSTOM_SAML, App, Provisioning
from okta_scim_setup.simulator.routes import Route

_FILTER = re.compile(r'\s*([\w.]+)\s+eq\s+"([^"]*)"\s*')
_FILTERS: dict[str, Callable[[App], Container[str]]] = {
    "name": lambda app: {app.name},
    "status": lambda app: {app.status},
    "user.id": lambda app: app.users,
    "group.id": lambda app: app.groups,
}
_MOST = 200


def list_apps(call: Call) -> Response:
    """GET /apps: `q` is a prefix of name or label; `filter` knows name, status, users and groups.

    A role bounded to some apps sees only those (specified).
    """
    seen = [app for app in call.org.apps.values() if call.principal.sees(app.id)]
    chosen = [app for app in seen if _fits(call, app)]
    return call.page([(app.id, lambda app=app: app_body(call, app)) for app in chosen], 20, _MOST)


def _fits(call: Call, app: App) -> bool:
    q = call.request.query.get("q", "").lower()
    if q and not (app.label.lower().startswith(q) or app.name.lower().startswith(q)):
        return False
    expression = call.request.query.get("filter")
    if not expression:
        return True
    found = _FILTER.fullmatch(expression)
    if found is None or found[1] not in _FILTERS:
        raise invalid("filter", "The filter is not supported.")
    return found[2] in _FILTERS[found[1]](app)


def get_app(call: Call, app_id: str) -> Response:
    """GET /apps/{id}."""
    return Response(body=app_body(call, call.app(app_id)))


def create_app(call: Call) -> Response:
    """POST /apps?activate=: a custom SAML app, or one of the catalogue by its name (recorded)."""
    body = call.request.json_object()
    label = body.get("label")
    if not label:
        raise invalid("label", "label: The field cannot be left blank")
    is_custom = not body.get("name") and body.get("signOnMode") == "SAML_2_0"
    if not is_custom and not body.get("name"):
        raise invalid("name", "name: The field cannot be left blank")
    sign_on = body.get("settings", {}).get("signOn", {})
    missing = [k for k in ("ssoAcsUrl", "audience") if is_custom and not sign_on.get(k)]
    if missing:
        causes = (f"{name}: The field cannot be left blank" for name in missing)
        raise invalid("settings", *causes)
    active = call.request.query.get("activate", "true") != "false"
    app = new_app(call.world, call.org, body, status="ACTIVE" if active else "INACTIVE")
    _log(call, app, "application.lifecycle.create")
    return Response(body=app_body(call, app))


def replace_app(call: Call, app_id: str) -> Response:
    """PUT /apps/{id}: `features` is ignored; SCIM settings may go (reported; a switch)."""
    app = call.app(app_id)
    body = call.request.json_object()
    if not body.get("label"):
        raise invalid("label", "label: The field cannot be left blank")
    app.label = str(body["label"])
    app.body |= {key: body[key] for key in STORED if key in body}
    if app.kind == CUSTOM_SAML and call.world.switches.put_wipes_scim:
        app.provisioning = Provisioning()
    _log(call, app, "application.lifecycle.update")
    return Response(body=app_body(call, app))


def activate_app(call: Call, app_id: str) -> Response:
    """POST /apps/{id}/lifecycle/activate: 200 and nothing (recorded for deactivate)."""
    return _set_status(call, app_id, "ACTIVE", "application.lifecycle.activate")


def deactivate_app(call: Call, app_id: str) -> Response:
    """POST /apps/{id}/lifecycle/deactivate: 200 and nothing (recorded)."""
    return _set_status(call, app_id, "INACTIVE", "application.lifecycle.deactivate")


def _set_status(call: Call, app_id: str, status: str, event_type: str) -> Response:
    app = call.app(app_id)
    app.status = status
    _log(call, app, event_type)
    return Response(body={})


def delete_app(call: Call, app_id: str) -> Response:
    """DELETE /apps/{id}: 204; 403 E0000056 for an app that is active (recorded)."""
    app = call.app(app_id)
    if app.status == "ACTIVE":
        cause = "The application must be deactivated before deletion."
        raise OktaError(403, "E0000056", "Delete application forbidden.", (cause,))
    del call.org.apps[app.id]
    _log(call, app, "application.lifecycle.delete")
    return Response(204)


def _log(call: Call, app: App, event_type: str, **details: Any) -> None:
    app.updated = call.world.clock.now()
    target = events.app_entity(app)
    events.write(call.world, call.org, event_type, call.actor, target, details=details)


ROUTES = (
    Route("GET", "/api/v1/apps", list_apps),
    Route("POST", "/api/v1/apps", create_app),
    Route("GET", "/api/v1/apps/{app_id}", get_app),
    Route("PUT", "/api/v1/apps/{app_id}", replace_app),
    Route("DELETE", "/api/v1/apps/{app_id}", delete_app),
    Route("POST", "/api/v1/apps/{app_id}/lifecycle/activate", activate_app),
    Route("POST", "/api/v1/apps/{app_id}/lifecycle/deactivate", deactivate_app),
)
