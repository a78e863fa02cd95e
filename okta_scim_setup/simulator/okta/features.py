"""Okta's Application Features API: USER_PROVISIONING, the To App toggles (recorded)."""

import json
from typing import Any

from okta_scim_setup.simulator.message import BodyNotReadableError, Response
from okta_scim_setup.simulator.okta import events
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.errors import invalid, not_found
from okta_scim_setup.simulator.okta.records import App
from okta_scim_setup.simulator.routes import Route
from okta_scim_setup.simulator.settings import has_connections_api

USER_PROVISIONING = "USER_PROVISIONING"
_NAMES = (USER_PROVISIONING, "INBOUND_PROVISIONING")
_TOGGLES = {
    ("create", "lifecycleCreate"): "create_users",
    ("update", "profile"): "update_user_attributes",
    ("update", "lifecycleDeactivate"): "deactivate_users",
    ("update", "password"): "sync_password",
}


def list_features(call: Call, app_id: str) -> Response:
    """GET /features."""
    app = call.app(app_id)
    _refuse_without_provisioning(call, app)
    return Response(body=[_body(call, app)])


def get_feature(call: Call, app_id: str, name: str) -> Response:
    """GET /features/{name}; an unknown name is refused before an unknown app (recorded)."""
    app = _app_with(call, app_id, name)
    return Response(body=_body(call, app))


def update_feature(call: Call, app_id: str, name: str) -> Response:
    """PUT /features/{name}: the bare capabilities, of which only those given change (recorded)."""
    if not call.request.body:
        raise BodyNotReadableError("no body")
    app = _app_with(call, app_id, name)
    body = call.request.json_object()
    for (part, capability), attribute in _TOGGLES.items():
        status = body.get(part, {}).get(capability, {}).get("status")
        if status is not None:
            if status not in ("ENABLED", "DISABLED"):
                raise invalid("status", f"{capability}: status must be ENABLED or DISABLED")
            setattr(app.provisioning, attribute, status == "ENABLED")
    target = events.app_entity(app)
    events.write(
        call.world,
        call.org,
        "application.lifecycle.update",
        call.actor,
        target,
        details={"capabilities": json.dumps(body)},
    )
    app.updated = call.world.clock.now()
    return Response(body=_body(call, app))


def _app_with(call: Call, app_id: str, name: str) -> App:
    if name not in _NAMES:
        raise not_found(name, "PublicAppFeatureSetName")
    app = call.app(app_id)
    _refuse_without_provisioning(call, app)
    if name != USER_PROVISIONING:
        raise invalid("feature", "Provisioning is not supported.")
    return app


def _refuse_without_provisioning(call: Call, app: App) -> None:
    if not has_connections_api(app, call.world.switches):
        raise invalid("feature", "Provisioning is not supported.")
    if app.provisioning.status != "ENABLED":
        raise invalid("feature", "Provisioning is not enabled for the app instance.")


def _body(call: Call, app: App) -> dict[str, Any]:
    settings = app.provisioning
    own = f"{call.org.url}/api/v1/apps/{app.id}/features/{USER_PROVISIONING}"
    return {
        "name": USER_PROVISIONING,
        "status": "ENABLED",
        "description": "User provisioning settings from Okta to a downstream application",
        "capabilities": {
            "create": {"lifecycleCreate": _status(on=settings.create_users)},
            "update": {
                "profile": _status(on=settings.update_user_attributes),
                "lifecycleDeactivate": _status(on=settings.deactivate_users),
                "password": _status(on=settings.sync_password)
                | {"seed": "RANDOM", "change": "KEEP_EXISTING"},
            },
        },
        "_links": {"self": {"href": own, "hints": {"allow": ["GET", "PUT"]}}},
    }


def _status(*, on: bool) -> dict[str, str]:
    return {"status": "ENABLED" if on else "DISABLED"}


ROUTES = (
    Route("GET", "/api/v1/apps/{app_id}/features", list_features),
    Route("GET", "/api/v1/apps/{app_id}/features/{name}", get_feature),
    Route("PUT", "/api/v1/apps/{app_id}/features/{name}", update_feature),
)
