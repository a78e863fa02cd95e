"""An account's SSO provider, as dbt's Terraform provider uses it (facts: dbt 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from okta_scim_setup.errors import Unexpected
from okta_scim_setup.live import SignIns
from okta_scim_setup.providers.dbt_cloud._permissions import ACTIVE
from okta_scim_setup.times import utc

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api

KEPT = ("slug", "sign_request", "attribute_map")
"""What is sent along as it is found, since nobody says what becomes of it otherwise."""


def provider(api: Api) -> dict[str, Any] | None:
    """The account's SSO provider; None if it has none."""
    rows = api.calls.rows(_path(api))
    return next((row for row in rows if row.get("state", ACTIVE) == ACTIVE), None)


def slug(api: Api) -> str:
    """The account's login URL slug; empty where it has none, or this token may not see it."""
    try:
        found = provider(api) or {}
    except Unexpected:
        return ""
    return str(found.get("slug") or "")


def set_provider(api: Api, found: Mapping[str, Any] | None, body: Mapping[str, Any]) -> None:
    """Change the provider, or make one; sent once."""
    there = dict(found or {})
    kept = {name: there[name] for name in KEPT if there.get(name) is not None}
    asked = _path(api) if found is None else f"{_path(api)}{there['id']}/"
    try:
        api.calls.write("POST", asked, {"account_id": api.account_id, **kept, **body})
    finally:
        api.calls.memo.forget(_path(api))


def delete_provider(api: Api, provider_id: int) -> None:
    """Remove the provider; not found is success."""
    try:
        api.calls.write("DELETE", f"{_path(api)}{provider_id}/")
    finally:
        api.calls.memo.forget(_path(api))


def logins(api: Api) -> SignIns:
    """When each active person came in last, by whichever way (specified: UserResponse)."""
    return SignIns(
        {
            str(user["email"]): utc(user["last_login"])
            for user in api.users()
            if user.get("last_login") and user.get("is_active", True)
        }
    )


def ends(found: Mapping[str, Any]) -> datetime | None:
    """When the certificate that dbt has ends; None where dbt doesn't say."""
    text = found.get("cert_expiry_date")
    return utc(str(text)) if text else None


def _path(api: Api) -> str:
    return f"/api/v3/accounts/{api.account_id}/auth-provider/"
