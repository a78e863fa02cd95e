"""The SCIM bodies that the simulated Okta sends (RFC 7643; facts A.6)."""

import secrets
from typing import Any

from okta_scim_setup.simulator.okta.assignments import user_name_for
from okta_scim_setup.simulator.okta.records import App, AppUser, Org

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def user(org: Org, app: App, assignment: AppUser) -> dict[str, Any]:
    """A person's attributes, mapped from the Okta profile and the app profile."""
    person = org.users[assignment.user_id]
    profile = person.profile
    extensions = _extensions(app, assignment)
    return {
        "schemas": [USER, *extensions],
        "userName": assignment.user_name or user_name_for(app, person),
        "name": {"givenName": profile.get("firstName"), "familyName": profile.get("lastName")},
        "emails": [{"primary": True, "value": profile.get("email"), "type": "work"}],
        "externalId": person.id,
        "active": True,
        **extensions,
    }


def new_user(payload: dict[str, Any]) -> dict[str, Any]:
    """The body of POST /Users: enterprise schema, no groups, and a password even so (reported)."""
    schemas = [USER, ENTERPRISE_USER, *payload["schemas"][1:]]
    return {**payload, "schemas": schemas, "groups": [], "password": secrets.token_hex(4)}


def group(name: str, members: list[dict[str, str]]) -> dict[str, Any]:
    """The body of POST /Groups: the name, and the full list of members."""
    return {"schemas": [GROUP], "displayName": name, "members": members}


def _extensions(app: App, assignment: AppUser) -> dict[str, dict[str, Any]]:
    """Attributes whose schema property names an external namespace, under that namespace."""
    found: dict[str, dict[str, Any]] = {}
    for name, schema in app.schema.items():
        namespace, value = schema.get("externalNamespace"), assignment.profile.get(name)
        if namespace and value is not None:
            found.setdefault(namespace, {})[schema.get("externalName", name)] = value
    return found
