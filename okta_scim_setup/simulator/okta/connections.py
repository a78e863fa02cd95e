"""Okta's Application Connections API: an app's provisioning connection.

Recorded: a custom SAML app and any other app without the API answers 200 with UNKNOWN to GET and
POST, and 204 to activate and deactivate; POST alone leaves DISABLED; the token is never echoed;
the link shown mirrors the status.
"""

from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.okta import events
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.errors import OktaError, invalid, not_found
from okta_scim_setup.simulator.okta.records import ORG2ORG, App
from okta_scim_setup.simulator.okta.sign_on import thumbprint
from okta_scim_setup.simulator.routes import Route
from okta_scim_setup.simulator.settings import has_connections_api

_PATH = "/api/v1/apps/{app_id}/connections/default"
_UNKNOWN = {"status": "UNKNOWN", "profile": {"authScheme": "UNKNOWN"}}


def get_connection(call: Call, app_id: str) -> Response:
    """GET connections/default; never configured, it is a DISABLED one of TOKEN (assumed)."""
    app = call.app(app_id)
    if not has_connections_api(app, call.world.switches):
        return Response(body=_UNKNOWN)
    return Response(body=_body(call, app))


def update_connection(call: Call, app_id: str) -> Response:
    """POST connections/default: stores base URL and token; enables only with `?activate=true`.

    Okta tries the credentials before it enables (reported); a failure changes nothing (assumed).
    """
    with call.world.lock:
        app = call.app(app_id)
        body = call.request.json_object()
        if not has_connections_api(app, call.world.switches):
            return Response(body=_UNKNOWN)
        base_url, token = _wanted(app, body)
    activate = call.request.query.get("activate") == "true"
    if activate:
        _verify(call, app, base_url, token)
    with call.world.lock:
        settings = app.provisioning
        settings.base_url, settings.token = base_url, token
        settings.status = "ENABLED" if activate else "DISABLED"
        _log(call, app, "application.lifecycle.update")
        return Response(body=_body(call, app))


def _wanted(app: App, body: dict[str, Any]) -> tuple[str, str]:
    profile = body.get("profile")
    if not isinstance(profile, dict) or profile.get("authScheme") != "TOKEN":
        raise invalid("profile", "authScheme: Only TOKEN is supported for this application.")
    base_url = body.get("baseUrl") or app.provisioning.base_url
    if not base_url:
        raise invalid("baseUrl", "baseUrl: The field cannot be left blank")
    if not profile.get("token"):
        raise invalid("token", "token: The field cannot be left blank")
    return str(base_url), str(profile["token"])


def activate_connection(call: Call, app_id: str) -> Response:
    """POST lifecycle/activate: 204, after Okta has tried the credentials that it holds."""
    with call.world.lock:
        app = call.app(app_id)
        if not has_connections_api(app, call.world.switches):
            return Response(HTTPStatus.NO_CONTENT)
        base_url, token = app.provisioning.base_url, app.provisioning.token
    if not base_url or not token:
        raise invalid("connection", "The provisioning connection is not configured.")
    _verify(call, app, base_url, token)
    with call.world.lock:
        app.provisioning.status = "ENABLED"
        _log(call, app, "application.lifecycle.update")
    return Response(HTTPStatus.NO_CONTENT)


def deactivate_connection(call: Call, app_id: str) -> Response:
    """POST lifecycle/deactivate: 204; Okta keeps base URL and token (assumed)."""
    app = call.app(app_id)
    if has_connections_api(app, call.world.switches):
        app.provisioning.status = "DISABLED"
        _log(call, app, "application.lifecycle.update")
    return Response(HTTPStatus.NO_CONTENT)


def get_jwks(call: Call, app_id: str) -> Response:
    """GET connections/default/jwks: the keys that an Org2Org app signs on to its target with.

    Specified for that app; that there are none of another is assumed.
    """
    app = call.app(app_id)
    if app.kind != ORG2ORG:
        raise not_found("default", "Connection")
    # Imported late: the library for certificates is slow to load, and few runs need it.
    from okta_scim_setup.simulator.okta.certificates import certificate_of  # noqa: PLC0415

    made = certificate_of(call.org.subdomain, app.id, app.created)
    key = {"kty": "RSA", "use": "sig", "kid": thumbprint(f"connection of {app.id}")}
    return Response(body={"jwks": {"keys": [key | {"e": made.exponent, "n": made.modulus}]}})


def _verify(call: Call, app: App, base_url: str, token: str) -> None:
    problem = call.engine.test(base_url, token)
    if problem:
        with call.world.lock:
            _log(call, app, "application.integration.authentication_failure", failure=problem)
        cause = f"Verification of the provisioning connection failed: {problem}"
        raise OktaError(
            HTTPStatus.BAD_REQUEST, "E0000001", "Api validation failed: connection", (cause,)
        )


def _log(call: Call, app: App, event_type: str, failure: str = "") -> None:
    target = events.app_entity(app)
    events.write(call.world, call.org, event_type, call.actor, target, failure=failure)


def _body(call: Call, app: App) -> dict[str, Any]:
    own = f"{call.org.url}/api/v1/apps/{app.id}/connections/default"
    settings = app.provisioning
    change = "deactivate" if settings.status == "ENABLED" else "activate"
    body: dict[str, Any] = {"authScheme": "TOKEN", "status": settings.status}
    if settings.base_url:
        body["baseUrl"] = settings.base_url
    return body | {
        "profile": {"authScheme": "TOKEN"},
        "_links": {
            change: {"href": f"{own}/lifecycle/{change}", "hints": {"allow": ["POST"]}},
            "self": {"href": own, "hints": {"allow": ["POST", "GET"]}},
        },
    }


ROUTES = (
    Route("GET", _PATH, get_connection),
    Route("GET", f"{_PATH}/jwks", get_jwks),
    Route("POST", _PATH, update_connection, unlocked=True),
    Route("POST", f"{_PATH}/lifecycle/activate", activate_connection, unlocked=True),
    Route("POST", f"{_PATH}/lifecycle/deactivate", deactivate_connection),
)
