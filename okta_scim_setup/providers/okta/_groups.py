"""An Okta group, found by its exact name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from okta_scim_setup.errors import ConfigError

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api


def find(api: Api, app_id: str | None, name: str) -> Mapping[str, Any]:
    """The group called *name*: among those assigned to the app, else in the org.

    *app_id* is None for an app that isn't there yet. A group that came from an application may bear
    the same name; people's own groups win.

    Raises:
        ConfigError: there is none, or there are several.
    """
    for assignment in api.app_groups(app_id) if app_id and api.knows_app_groups(app_id) else ():
        group = (assignment.get("_embedded") or {}).get("group") or {}
        if _is(group, name):
            return group
    found = [group for group in api.groups_named(name) if _is(group, name)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = "        ".join(f'"{name}"  {group["id"]}' for group in found)
        raise ConfigError(
            f'{api.org} has {len(found)} groups called "{name}"',
            ("near", ids),
            ("do", "rename all but one in Okta. Nothing was written."),
        )
    raise ConfigError(
        f'{api.org} has no group called "{name}"',
        ("but", "Okta answers the same where the token may not see the group"),
        ("do", "correct the name, or make the group in Okta. Nothing was written."),
    )


def of_app(api: Api, app_id: str, name: str) -> str | None:
    """The id of the group called *name* that Okta knows from the app itself; None if it doesn't."""
    found = [
        group["id"]
        for group in api.groups_named(name)
        if group.get("type") == "APP_GROUP" and _source(group) == app_id
    ]
    return str(found[0]) if len(found) == 1 else None


def _source(group: Mapping[str, Any]) -> str:
    """The app that a group came from: Okta says it as an id, and as a link (specified)."""
    link = ((group.get("_links") or {}).get("source") or {}).get("href", "")
    return str((group.get("source") or {}).get("id") or link.rpartition("/")[2])


def _is(group: Mapping[str, Any], name: str) -> bool:
    named = (group.get("profile") or {}).get("name") == name
    return named and group.get("type") in {"OKTA_GROUP", "BUILT_IN"}
