"""The provisioning connection where Okta has an API for it: read, set with the token, off.

Unique identifier and provisioning actions are fixed by the app there; Okta never shows the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from okta_scim_setup.errors import NotTaken, Unexpected
from okta_scim_setup.live import Pending, ShownOnce, Unreadable
from okta_scim_setup.results import Check
from okta_scim_setup.secret import Secret

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api
    from okta_scim_setup.providers.okta.scim_provisioning import ScimProvisioning

REFUSALS = frozenset({401, 403, 404, 429})
"""Answers to a POST by which it was definitely not done.

A 400 isn't one: Okta may say so of a token that it stored and then tried in vain (not known).
"""


def read(wanted: ScimProvisioning, api: Api, app: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The connection as Okta shows it, and whether the token has to be handed over anew.

    Raises:
        Unexpected: Okta says UNKNOWN of it.
    """
    found = api.connection(app["id"])
    if found.get("status") == "UNKNOWN":
        raise Unexpected(
            f'Okta says UNKNOWN of the provisioning connection of "{app["label"]}"',
            ("asked", f"GET /api/v1/apps/{app['id']}/connections/default"),
            (
                "do",
                "check that provisioning is part of the org's edition. Nothing was written.",
            ),
        )
    fixed = Unreadable(f"fixed by {app['name']}")
    values = {"unique_identifier": fixed, "actions": fixed, **_shown(found)}
    if isinstance(wanted.token, ShownOnce) and wanted.token.doubt:
        values["token"] = Pending(wanted.token.doubt)
    moved = values["base_url"] != _url(wanted.base_url) or values["auth_mode"] != wanted.auth_mode
    return values, moved or "token" in values


def switch_on(wanted: ScimProvisioning, api: Api, app_id: str) -> dict[str, Any]:
    """Set the connection in one request and read it back: the values that Okta shows.

    Raises:
        NotTaken: Okta refused, so it hasn't the token.
        OutcomeUnknown: no answer came: Okta may have it.
        Unexpected: Okta answered 200 and it isn't as declared.
    """
    if isinstance(wanted.token, Secret):
        _hand_over(api, app_id, str(wanted.base_url), wanted.token)
    else:
        api.activate_connection(app_id)
    found = api.connection(app_id)
    if not _as_declared(wanted, found):
        raise Unexpected(
            "Okta accepted the provisioning connection and it isn't as asked for",
            ("asked", f"POST /api/v1/apps/{app_id}/connections/default?activate=true"),
            ("answered", f"status {found.get('status')}, base URL {found.get('baseUrl')}"),
            ("do", "look at the app's Provisioning page, then run again"),
        )
    return _shown(found)


def switch_off(api: Api, app_id: str) -> None:
    """Switch it off, and look whether it is.

    Raises:
        Unexpected: Okta answered with success and it is on still.
    """
    api.deactivate_connection(app_id)
    if api.connection(app_id).get("status") == "ENABLED":
        raise Unexpected(
            "Okta accepted the end of the provisioning connection and changed nothing",
            ("asked", f"POST /api/v1/apps/{app_id}/connections/default/lifecycle/deactivate"),
            ("do", "look at the app's Provisioning page, then run again"),
        )


def check(wanted: ScimProvisioning, api: Api, app_id: str) -> Check:
    """Whether Okta shows it as declared."""
    found = api.connection(app_id)
    return Check(
        "the provisioning connection is as declared",
        "passed" if _as_declared(wanted, found) else "failed",
        f"{str(found.get('status')).lower()}, {found.get('baseUrl')}",
    )


def _hand_over(api: Api, app_id: str, base_url: str, token: Secret) -> None:
    """Set base URL and token, telling a refusal from an unknown outcome."""
    try:
        api.set_connection(app_id, base_url, token)
    except Unexpected as error:
        if error.status in REFUSALS:
            raise NotTaken.by(error) from None
        raise


def _as_declared(wanted: ScimProvisioning, found: Mapping[str, Any]) -> bool:
    return (
        found.get("status") == "ENABLED"
        and _scheme(found) == "TOKEN"
        and _url(found.get("baseUrl")) == _url(wanted.base_url)
    )


def _shown(connection: Mapping[str, Any]) -> dict[str, Any]:
    """What Okta shows of a connection."""
    scheme = _scheme(connection)
    return {
        "enabled": connection.get("status") == "ENABLED",
        "base_url": _url(connection.get("baseUrl")) or None,
        "auth_mode": "http_header" if scheme == "TOKEN" else scheme,
    }


def _scheme(connection: Mapping[str, Any]) -> str:
    """TOKEN, wherever this answer says it: at the top, or in the profile (both recorded)."""
    profile = connection.get("profile") or {}
    return str(connection.get("authScheme") or profile.get("authScheme") or "UNKNOWN")


def _url(value: Any) -> str:
    """A trailing slash is no difference."""
    return str(value or "").rstrip("/")
