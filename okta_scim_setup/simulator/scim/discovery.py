"""What the SCIM endpoint says about itself (RFC 7643, sections 5 to 7)."""

from typing import Any

from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.routes import Route
from okta_scim_setup.simulator.scim.call import Call, answer, not_found
from okta_scim_setup.simulator.scim.groups import GROUP
from okta_scim_setup.simulator.scim.users import DBT_USER, LICENSE_TYPES, USER

_CORE = "urn:ietf:params:scim:schemas:core:2.0"


def get_service_provider_config(call: Call) -> Response:
    """GET /ServiceProviderConfig."""
    del call
    unsupported = {"supported": False}
    scheme = {
        "type": "oauthbearertoken",
        "name": "OAuth Bearer Token",
        "description": "A SCIM token of the account",
        "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
        "primary": True,
    }
    return answer(
        {
            "schemas": [f"{_CORE}:ServiceProviderConfig"],
            "patch": {"supported": True},
            "bulk": unsupported | {"maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": True, "maxResults": 1000},
            "changePassword": unsupported,
            "sort": unsupported,
            "etag": unsupported,
            "authenticationSchemes": [scheme],
            "meta": {
                "resourceType": "ServiceProviderConfig",
                "location": "/scim/v2/ServiceProviderConfig",
            },
        }
    )


def list_resource_types(call: Call) -> Response:
    """GET /ResourceTypes."""
    return call.page(_resource_types())


def get_resource_type(call: Call, name: str) -> Response:
    """GET /ResourceTypes/{name}."""
    del call
    return _one(_resource_types(), name, "ResourceType")


def list_schemas(call: Call) -> Response:
    """GET /Schemas."""
    return call.page(_schemas())


def get_schema(call: Call, uri: str) -> Response:
    """GET /Schemas/{uri}."""
    del call
    return _one(_schemas(), uri, "Schema")


def _one(resources: list[dict[str, Any]], identifier: str, kind: str) -> Response:
    for resource in resources:
        if resource["id"] == identifier:
            return answer(resource)
    raise not_found(kind, identifier)


def _resource_types() -> list[dict[str, Any]]:
    extension = [{"schema": DBT_USER, "required": False}]
    return [
        _resource_type("User", "/Users", USER, extension),
        _resource_type("Group", "/Groups", GROUP, []),
    ]


def _resource_type(
    name: str, endpoint: str, schema: str, extensions: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "schemas": [f"{_CORE}:ResourceType"],
        "id": name,
        "name": name,
        "endpoint": endpoint,
        "description": f"{name} of a dbt account",
        "schema": schema,
        "schemaExtensions": extensions,
        "meta": {"resourceType": "ResourceType", "location": f"/scim/v2/ResourceTypes/{name}"},
    }


def _schemas() -> list[dict[str, Any]]:
    name = _attribute("name", kind="complex", required=True) | {
        "subAttributes": [_attribute("givenName"), _attribute("familyName")]
    }
    emails = _attribute("emails", kind="complex", many=True, required=True) | {
        "subAttributes": [
            _attribute("value"),
            _attribute("type") | {"canonicalValues": ["work"]},
            _attribute("primary", kind="boolean"),
        ]
    }
    members = _attribute("members", kind="complex", many=True) | {
        "subAttributes": [_attribute("value"), _attribute("display")]
    }
    shown = ("id", "value", "display", "displayName")
    meta = _attribute("meta", kind="complex", mutability="readOnly") | {
        "subAttributes": [
            _attribute(part, mutability="readOnly") for part in ("resourceType", "location")
        ]
    }
    groups = _attribute("groups", kind="complex", many=True, mutability="readOnly") | {
        "subAttributes": [*(_attribute(part, mutability="readOnly") for part in shown), meta]
    }
    license_type = _attribute("licenseType", required=True) | {
        "canonicalValues": list(LICENSE_TYPES)
    }
    user_name = _attribute("userName", required=True) | {"uniqueness": "server"}
    active = _attribute("active", kind="boolean", required=True)
    display_name = _attribute("displayName", required=True) | {"uniqueness": "server"}
    return [
        _schema(USER, "User", [user_name, name, emails, active, groups]),
        _schema(GROUP, "Group", [display_name, members]),
        _schema(DBT_USER, "dbt user", [license_type]),
    ]


def _schema(uri: str, name: str, attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schemas": [f"{_CORE}:Schema"],
        "id": uri,
        "name": name,
        "description": name,
        "attributes": attributes,
        "meta": {"resourceType": "Schema", "location": f"/scim/v2/Schemas/{uri}"},
    }


def _attribute(
    name: str,
    *,
    kind: str = "string",
    many: bool = False,
    required: bool = False,
    mutability: str = "readWrite",
) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "multiValued": many,
        "description": name,
        "required": required,
        "caseExact": False,
        "mutability": mutability,
        "returned": "default",
        "uniqueness": "none",
    }


ROUTES = (
    Route("GET", "/ServiceProviderConfig", get_service_provider_config),
    Route("GET", "/ResourceTypes", list_resource_types),
    Route("GET", "/ResourceTypes/{name}", get_resource_type),
    Route("GET", "/Schemas", list_schemas),
    Route("GET", "/Schemas/{uri}", get_schema),
)
