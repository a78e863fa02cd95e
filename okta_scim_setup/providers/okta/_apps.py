"""What is known of an Okta app without trying: its channel, its console page, its features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from okta_scim_setup.resource import Channel

TOKEN_CONNECTION_APPS = frozenset({"zscalerbyz", "okta_org2org"})
"""App names that Okta documents for token connections (facts: okta 1.2)."""

EMAIL_TEMPLATE = "${source.email}"
"""The template that Okta calls Email (specified)."""

EMAIL_TEMPLATES = frozenset({EMAIL_TEMPLATE, "${user.email}", "user.email", "source.email"})
"""What ``credentials.userNameTemplate.template`` says where the console shows *Email*."""

LOGIN_TEMPLATES = frozenset({"${source.login}", "${user.login}"})
"""The same for *Okta username*."""


def channel(app: Mapping[str, Any]) -> Channel:
    """The way that an app's provisioning settings take.

    Okta publishes no API for them on a custom SAML app: the connections API answers 200 and
    UNKNOWN there (recorded), so it is never tried.
    """
    return "api" if app.get("name") in TOKEN_CONNECTION_APPS else "manual"


def features(app: Mapping[str, Any]) -> frozenset[str]:
    """The app's features: an open set without order, since Okta adds values that no list has."""
    return frozenset(app.get("features") or ())


def username_format(app: Mapping[str, Any]) -> str:
    """*Application username format* as the console calls it; a custom expression as it stands."""
    template = ((app.get("credentials") or {}).get("userNameTemplate") or {}).get("template", "")
    if template in EMAIL_TEMPLATES:
        return "email"
    return "okta_username" if template in LOGIN_TEMPLATES else str(template)


def page(app: Mapping[str, Any]) -> str:
    """The path of an app's page in the admin console."""
    return f"/admin/app/{app['name']}/instance/{app['id']}/"


def why_by_api(app_name: str) -> str:
    """Why no person has to."""
    return f"Okta documents its API for {app_name}"


def why_by_hand(way: Channel) -> str:
    """Why a person has to do it."""
    on = " on a custom SAML app" if way == "manual" else ""
    return f"Okta has no API for this{on}"
