"""dbt's SSO guide: what an app that is made here is set to, unless it is said (facts: dbt 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

GUIDE: Mapping[str, Any] = {
    "attribute_statements": {
        "email": "user.email",
        "first_name": "user.firstName",
        "last_name": "user.lastName",
    },
    "group_filter": ".*",
    "renew_certificate": 30,
}
"""What an app that is made here has, unless it is said."""

UNSPECIFIED = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"
"""The name format that the guide asks for."""

GROUPS = "groups"
"""What the group attribute statement is called."""

_URN = 4
"""The parts of an audience: ``urn:auth0:ENTITY:SLUG``."""


def filled_in(given: Any) -> Any:
    """What is declared of an app, with the guide's settings where it is to be made."""
    if not isinstance(given, Mapping) or given.get("create") is not True:
        return given
    said = {name: value for name, value in given.items() if value is not None}
    url, audience = (str(said.get(x, "")) for x in ("single_sign_on_url", "audience"))
    return {**GUIDE, "relay_state": slug(url, audience), **said}


def sign_on(
    url: str, audience: str, relay_state: str, statements: list[dict[str, Any]]
) -> dict[str, Any]:
    """The sign-on settings of a new app: dbt's guide, the rest as Okta's console has it."""
    return {
        "defaultRelayState": relay_state,
        "ssoAcsUrl": url,
        "recipient": url,
        "destination": url,
        "idpIssuer": "http://www.okta.com/${org.externalKey}",
        "audience": audience,
        "subjectNameIdTemplate": "${user.userName}",
        "subjectNameIdFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        "responseSigned": True,
        "assertionSigned": True,
        "signatureAlgorithm": "RSA_SHA256",
        "digestAlgorithm": "SHA256",
        "honorForceAuthn": True,
        "authnContextClassRef": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        "requestCompressed": False,
        "allowMultipleAcsEndpoints": False,
        "attributeStatements": statements,
    }


def statements(expressions: Mapping[str, str], groups: str) -> list[dict[str, Any]]:
    """Attribute statements of people, and the one of their groups: *groups* is a pattern."""
    people = [
        {"type": "EXPRESSION", "name": name, "namespace": UNSPECIFIED, "values": [expression]}
        for name, expression in expressions.items()
    ]
    of_groups = {"type": "GROUP", "name": GROUPS, "namespace": UNSPECIFIED}
    return [*people, {**of_groups, "filterType": "REGEX", "filterValue": groups}]


def slug(url: str, audience: str) -> str:
    """The login URL slug that an app is for, by the guide; empty: not said."""
    of_url = parse_qs(urlsplit(url).query).get("connection", [""])[0]
    urn = audience.split(":")
    return of_url or (urn[3] if urn[:2] == ["urn", "auth0"] and len(urn) == _URN else "")
