"""The SAML side of an app: what is asked for when one is made, and what Okta says of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from okta_scim_setup.errors import Unexpected
from okta_scim_setup.live import SignIns
from okta_scim_setup.providers.okta._paths import path, query

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._calls import Calls

UNSPECIFIED = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"
"""The name format that dbt's guide asks for (facts: dbt 7)."""

GROUPS = "groups"
"""What the group attribute statement is called (facts: dbt 7)."""

SIGN_IN = "user.authentication.sso"
"""The event by which the System Log says that somebody was signed in to an app."""

_METADATA = {"md": "urn:oasis:names:tc:SAML:2.0:metadata"}
_URN = 4
"""The parts of an audience: ``urn:auth0:ENTITY:SLUG``."""

_X509 = "{http://www.w3.org/2000/09/xmldsig#}X509Certificate"
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


@dataclass(frozen=True)
class Metadata:
    """What whoever trusts an app's assertions has to know."""

    entity_id: str
    """*Identity Provider Issuer*."""
    sso_url: str
    """*Identity Provider Single Sign-On URL*."""
    certificate: str
    """The X.509 certificate that assertions are signed with, as PEM (RFC 7468)."""
    expires: datetime
    """When the certificate ends."""


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


def settings(app: Mapping[str, Any]) -> Mapping[str, Any]:
    """The sign-on settings of an app as Okta shows it."""
    found: Mapping[str, Any] = (app.get("settings") or {}).get("signOn") or {}
    return found


def slug(url: str, audience: str) -> str:
    """The login URL slug that an app is for, by dbt's guide (facts: dbt 7); empty: not said."""
    of_url = parse_qs(urlsplit(url).query).get("connection", [""])[0]
    urn = audience.split(":")
    return of_url or (urn[3] if urn[:2] == ["urn", "auth0"] and len(urn) == _URN else "")


def expressions(app: Mapping[str, Any]) -> dict[str, str]:
    """Attribute statements of people: name and expression."""
    found = settings(app).get("attributeStatements") or ()
    return {
        each["name"]: ", ".join(each.get("values") or ())
        for each in found
        if each.get("type") != "GROUP"
    }


def group_filter(app: Mapping[str, Any]) -> str:
    """The pattern of the groups that are sent, or the filter as it stands; empty: none are."""
    for each in settings(app).get("attributeStatements") or ():
        if each.get("type") == "GROUP" and each.get("name") == GROUPS:
            value, how = str(each.get("filterValue")), each.get("filterType")
            return value if how == "REGEX" else f"{how} {value}"
    return ""


def make(calls: Calls, label: str, template: str, signs_on: Mapping[str, Any]) -> dict[str, Any]:
    """Make a custom SAML app; sent once, whatever comes of it (recorded: POST /apps).

    Raises:
        OutcomeUnknown: it may have been made.
    """
    body = {
        "label": label,
        "signOnMode": "SAML_2_0",
        "credentials": {"userNameTemplate": {"template": template, "type": "BUILT_IN"}},
        "settings": {"signOn": dict(signs_on)},
    }
    asked = query(path("apps"), activate="true")
    made: dict[str, Any] = calls.write("POST", asked, body, changes=[path("apps")])
    return made


def metadata(calls: Calls, app: Mapping[str, Any]) -> Metadata:
    """What the app's metadata say, of the key that it signs with now.

    Raises:
        Unexpected: they don't say it.
    """
    asked = path("apps", str(app["id"]), "sso", "saml", "metadata")
    kid = ((app.get("credentials") or {}).get("signing") or {}).get("kid")
    asked = query(asked, kid=kid) if kid else asked
    try:
        return parsed(calls.text(asked))
    except ValueError as error:
        raise Unexpected(
            f'the SAML metadata of "{app["label"]}" can\'t be read: {error}',
            ("asked", f"GET {asked}"),
            ("do", "look at the app's Sign On page, then run again"),
        ) from None


def parsed(xml: str) -> Metadata:
    """SAML 2.0 metadata of an identity provider (saml-metadata-2.0, section 2.4.3).

    Raises:
        ValueError: something is missing.
    """
    # Imports that validating a playbook doesn't need.
    from xml.etree import ElementTree as ET  # noqa: PLC0415

    try:
        # Okta's own answer over TLS, and expat expands no entities without end (since 2.4.1).
        root = ET.fromstring(xml.encode())  # noqa: S314
    except ET.ParseError as error:
        raise ValueError(f"it isn't XML ({error})") from None
    services = root.iterfind(".//md:SingleSignOnService", _METADATA)
    url = next((s.get("Location") for s in services if s.get("Binding") == _POST), None)
    certificate = next((each.text for each in root.iter(_X509)), None)
    entity_id = root.get("entityID")
    if not (entity_id and url and certificate):
        raise ValueError("entity id, single sign-on service or certificate is missing")
    der = _der(certificate)
    return Metadata(entity_id, url, _pem(der), _end(der))


def sign_ins(calls: Calls, app_id: str) -> SignIns:
    """Who was signed in to the app in the last week, and when, by the org's System Log."""
    wanted = f'eventType eq "{SIGN_IN}" and target.id eq "{app_id}"'
    asked = query(path("logs"), filter=wanted, sortOrder="DESCENDING", limit=100)
    rows: list[dict[str, Any]] = calls.get(asked)  # the newest hundred are enough
    let_in = [row for row in rows if (row.get("outcome") or {}).get("result") == "SUCCESS"]
    return SignIns(
        {
            str((row.get("actor") or {}).get("alternateId")): datetime.fromisoformat(
                row["published"]
            )
            for row in reversed(let_in)
        }
    )


def _der(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise ValueError("its certificate isn't base64") from None


def _pem(der: bytes) -> str:
    lines = base64.encodebytes(der).decode().replace("\n", "")
    body = "\n".join(lines[start : start + 64] for start in range(0, len(lines), 64))
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


def _end(der: bytes) -> datetime:
    # 0.1 s of imports, which most runs don't need.
    from cryptography import x509  # noqa: PLC0415

    return x509.load_der_x509_certificate(der).not_valid_after_utc.astimezone(UTC)
