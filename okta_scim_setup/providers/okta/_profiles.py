"""What an app knows of its people besides their names: the app user schema, and how it is filled.

The schema's custom attributes and the mapping from Okta's profile are sent whole attribute by whole
attribute; what isn't named stays as it is (specified).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from okta_scim_setup.errors import ConfigError
from okta_scim_setup.providers.okta._paths import path, query

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._calls import Calls

MAPPINGS = path("mappings")


def attribute(calls: Calls, app_id: str, name: str) -> dict[str, Any] | None:
    """A custom attribute of the app's users; None if there is none."""
    schema: Mapping[str, Any] = calls.get(_schema(app_id))
    custom = (schema.get("definitions") or {}).get("custom") or {}
    found: dict[str, Any] | None = (custom.get("properties") or {}).get(name)
    return found


def set_attribute(
    calls: Calls, app_id: str, name: str, described: Mapping[str, Any] | None
) -> None:
    """Add or change a custom attribute; None removes it."""
    properties = {name: None if described is None else dict(described)}
    body = {"definitions": {"custom": {"properties": properties}}}
    calls.write("POST", _schema(app_id), body, changes=[_schema(app_id)])


def mapped(calls: Calls, app_id: str, name: str) -> dict[str, Any] | None:
    """How an attribute of the app's users is filled from Okta's profile; None if it isn't."""
    mapping = calls.get(path("mappings", _mapping_id(calls, app_id)))
    found: dict[str, Any] | None = (mapping.get("properties") or {}).get(name)
    return found


def set_mapped(calls: Calls, app_id: str, name: str, rule: Mapping[str, str] | None) -> None:
    """Set how an attribute is filled; None: it isn't any more."""
    asked = path("mappings", _mapping_id(calls, app_id))
    body = {"properties": {name: None if rule is None else dict(rule)}}
    calls.write("POST", asked, body, changes=[MAPPINGS])


def _schema(app_id: str) -> str:
    return path("meta", "schemas", "apps", app_id, "default")


def _mapping_id(calls: Calls, app_id: str) -> str:
    """The mapping from Okta's user to the app's user.

    Raises:
        ConfigError: the app has none.
    """
    for mapping in calls.rows(query(MAPPINGS, targetId=app_id, limit=200)):
        if (mapping.get("source") or {}).get("type") == "user":
            return str(mapping["id"])
    raise ConfigError(
        f"{calls.org} shows no profile mapping to the app {app_id}",
        ("but", "Okta answers the same where the token may not see it"),
        ("do", "look at the app in Okta's Profile Editor. Nothing was written."),
    )
