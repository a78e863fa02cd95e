"""Okta's Application Features API: To App (USER_PROVISIONING) and To Okta (recorded)."""

import json
from typing import Any

from okta_scim_setup.simulator.message import BodyNotReadableError, Response
from okta_scim_setup.simulator.okta import events, inbound
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.errors import invalid, not_found
from okta_scim_setup.simulator.okta.inbound import INBOUND_PROVISIONING
from okta_scim_setup.simulator.okta.records import ZSCALER, App
from okta_scim_setup.simulator.routes import Route
from okta_scim_setup.simulator.settings import has_connections_api

USER_PROVISIONING = "USER_PROVISIONING"
_NAMES = (USER_PROVISIONING, INBOUND_PROVISIONING)
_DESCRIPTION = "User provisioning settings from Okta to a downstream application"
_TOGGLES = {
    ("create", "lifecycleCreate"): "create_users",
    ("update", "profile"): "update_user_attributes",
    ("update", "lifecycleDeactivate"): "deactivate_users",
    ("update", "password"): "sync_password",
}


def list_features(call: Call, app_id: str) -> Response:
    """GET /features: of zscalerbyz, only USER_PROVISIONING (specified)."""
    app = call.app(app_id)
    _refuse_without_provisioning(call, app)
    return Response(body=[_body(call, app, name) for name in _NAMES if _has(app, name)])


def get_feature(call: Call, app_id: str, name: str) -> Response:
    """GET /features/{name}; an unknown name is refused before an unknown app (recorded)."""
    app = _app_with(call, app_id, name)
    return Response(body=_body(call, app, name))


def update_feature(call: Call, app_id: str, name: str) -> Response:
    """PUT /features/{name}: the bare capabilities, of which only those given change (recorded)."""
    if not call.request.body:
        raise BodyNotReadableError("no body")
    app = _app_with(call, app_id, name)
    body = call.request.json_object()
    (_toggle if name == USER_PROVISIONING else inbound.change)(app, body)
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
    return Response(body=_body(call, app, name))


def _toggle(app: App, body: dict[str, Any]) -> None:
    for (part, capability), attribute in _TOGGLES.items():
        status = body.get(part, {}).get(capability, {}).get("status")
        if status is not None:
            if status not in ("ENABLED", "DISABLED"):
                raise invalid("status", f"{capability}: status must be ENABLED or DISABLED")
            setattr(app.provisioning, attribute, status == "ENABLED")


def _has(app: App, name: str) -> bool:
    return name == USER_PROVISIONING or app.kind != ZSCALER


def _app_with(call: Call, app_id: str, name: str) -> App:
    if name not in _NAMES:
        raise not_found(name, "PublicAppFeatureSetName")
    app = call.app(app_id)
    _refuse_without_provisioning(call, app)
    if not _has(app, name):
        raise invalid("feature", "Provisioning is not supported.")
    return app


def _refuse_without_provisioning(call: Call, app: App) -> None:
    if not has_connections_api(app, call.world.switches):
        raise invalid("feature", "Provisioning is not supported.")
    if app.provisioning.status != "ENABLED":
        raise invalid("feature", "Provisioning is not enabled for the app instance.")


def _body(call: Call, app: App, name: str) -> dict[str, Any]:
    to_app = name == USER_PROVISIONING
    own = f"{call.org.url}/api/v1/apps/{app.id}/features/{name}"
    return {
        "name": name,
        "status": "ENABLED",
        "description": _DESCRIPTION if to_app else inbound.DESCRIPTION,
        "capabilities": _capabilities(app) if to_app else inbound.capabilities(app),
        "_links": {"self": {"href": own, "hints": {"allow": ["GET", "PUT"]}}},
    }


def _capabilities(app: App) -> dict[str, Any]:
    settings = app.provisioning
    return {
        "create": {"lifecycleCreate": _status(on=settings.create_users)},
        "update": {
            "profile": _status(on=settings.update_user_attributes),
            "lifecycleDeactivate": _status(on=settings.deactivate_users),
            "password": _status(on=settings.sync_password)
            | {"seed": "RANDOM", "change": "KEEP_EXISTING"},
        },
    }


def _status(*, on: bool) -> dict[str, str]:
    return {"status": "ENABLED" if on else "DISABLED"}


ROUTES = (
    Route("GET", "/api/v1/apps/{app_id}/features", list_features),
    Route("GET", "/api/v1/apps/{app_id}/features/{name}", get_feature),
    Route("PUT", "/api/v1/apps/{app_id}/features/{name}", update_feature),
)
