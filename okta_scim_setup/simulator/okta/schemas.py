"""Okta's app user schema and profile mappings (shapes recorded)."""

from typing import Any

from okta_scim_setup.simulator.clock import okta_time
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.okta import events
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.errors import not_found
from okta_scim_setup.simulator.okta.records import App
from okta_scim_setup.simulator.routes import Route

_SCHEMA = "/api/v1/meta/schemas/apps/{app_id}/default"
_NOT_SHOWN = ("permissions", "master", "union", "required")


def get_schema(call: Call, app_id: str) -> Response:
    """GET the schema of an app's users."""
    return Response(body=_schema_body(call, call.app(app_id)))


def update_schema(call: Call, app_id: str) -> Response:
    """POST {definitions.custom.properties}: adds or changes; null removes (recorded, specified)."""
    app = call.app(app_id)
    custom = call.request.json_object().get("definitions", {}).get("custom", {})
    for name, schema in custom.get("properties", {}).items():
        if schema is None:
            app.schema.pop(name, None)
        else:
            app.schema[name] = {k: v for k, v in schema.items() if k not in _NOT_SHOWN}
    target = events.app_entity(app)
    events.write(call.world, call.org, "schema.property.update", call.actor, target)
    return Response(body=_schema_body(call, app))


def _schema_body(call: Call, app: App) -> dict[str, Any]:
    base = {
        "userName": {"title": "Username", "type": "string", "required": True, "scope": "NONE"},
        "givenName": {"title": "Given name", "type": "string", "scope": "NONE"},
        "familyName": {"title": "Family name", "type": "string", "scope": "NONE"},
        "email": {"title": "Email", "type": "string", "scope": "NONE"},
    }
    return {
        "id": f"{call.org.url}/meta/schemas/apps/{app.id}/default",
        "$schema": "http://json-schema.org/draft-04/schema#",
        "name": app.name,
        "title": f"{app.label} User",
        "lastUpdated": okta_time(app.updated),
        "created": okta_time(app.created),
        "definitions": {
            "custom": {
                "id": "#custom",
                "type": "object",
                "properties": app.schema,
                "required": [],
            },
            "base": {
                "id": "#base",
                "type": "object",
                "properties": base,
                "required": ["userName"],
            },
        },
        "type": "object",
        "properties": {
            "profile": {"allOf": [{"$ref": "#/definitions/custom"}, {"$ref": "#/definitions/base"}]}
        },
    }


def list_profile_mappings(call: Call) -> Response:
    """GET /mappings: filters sourceId and targetId; 20 a page, without properties (recorded)."""
    query = call.request.query
    items = []
    for app in call.org.apps.values():
        body = _mapping_body(call, app)
        given = (query.get("sourceId"), query.get("targetId"))
        if given[0] in (None, body["source"]["id"]) and given[1] in (None, body["target"]["id"]):
            items.append((app.mapping_id, body))
    return call.page(items, 20, 200)


def get_profile_mapping(call: Call, mapping_id: str) -> Response:
    """GET /mappings/{id}, with properties (recorded)."""
    app = _app_of(call, mapping_id)
    body = _mapping_body(call, app)
    return Response(body=body | {"properties": app.expressions})


def update_profile_mapping(call: Call, mapping_id: str) -> Response:
    """POST /mappings/{id}: changes the properties given; null removes one (specified)."""
    app = _app_of(call, mapping_id)
    for name, expression in call.request.json_object().get("properties", {}).items():
        if expression is None:
            app.expressions.pop(name, None)
        else:
            app.expressions[name] = expression
    target = events.app_entity(app)
    events.write(call.world, call.org, "mapping.update", call.actor, target)
    return get_profile_mapping(call, mapping_id)


def _app_of(call: Call, mapping_id: str) -> App:
    for app in call.org.apps.values():
        if app.mapping_id == mapping_id:
            return app
    raise not_found(mapping_id, "Mapping")


def _mapping_body(call: Call, app: App) -> dict[str, Any]:
    """The mapping from Okta's user to the app's user."""
    api = f"{call.org.url}/api/v1"
    type_id = f"oty{call.org.id[3:]}"
    return {
        "id": app.mapping_id,
        "source": {
            "id": type_id,
            "name": "user",
            "type": "user",
            "_links": {
                "self": {"href": f"{api}/meta/types/user/{type_id}"},
                "schema": {"href": f"{api}/meta/schemas/user/osc{call.org.id[3:]}"},
            },
        },
        "target": {
            "id": app.id,
            "name": app.name,
            "type": "appuser",
            "_links": {
                "self": {"href": f"{api}/apps/{app.id}"},
                "schema": {"href": f"{api}/meta/schemas/apps/{app.id}/default"},
            },
        },
        "_links": {"self": {"href": f"{api}/mappings/{app.mapping_id}"}},
    }


ROUTES = (
    Route("GET", _SCHEMA, get_schema),
    Route("POST", _SCHEMA, update_schema),
    Route("GET", "/api/v1/mappings", list_profile_mappings),
    Route("GET", "/api/v1/mappings/{mapping_id}", get_profile_mapping),
    Route("POST", "/api/v1/mappings/{mapping_id}", update_profile_mapping),
)
