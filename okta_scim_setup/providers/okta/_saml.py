"""The SAML side of an app in Okta: its settings, its metadata, who signed in, and a new one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from okta_scim_setup.errors import Unexpected
from okta_scim_setup.live import SignIns
from okta_scim_setup.providers.okta._paths import path, query
from okta_scim_setup.providers.okta._sso_guide import GROUPS

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._calls import Calls

SIGN_IN = "user.authentication.sso"
"""The event by which the System Log says that somebody was signed in to an app."""

_METADATA = {"md": "urn:oasis:names:tc:SAML:2.0:metadata"}
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


def settings(app: Mapping[str, Any]) -> Mapping[str, Any]:
    """The sign-on settings of an app as Okta shows it."""
    found: Mapping[str, Any] = (app.get("settings") or {}).get("signOn") or {}
    return found


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


def signs_on(app: Mapping[str, Any]) -> dict[str, Any]:
    """What an app has of the attributes that its page of SAML settings shows."""
    found = settings(app)
    return {
        "single_sign_on_url": found.get("ssoAcsUrl") or "",
        "audience": found.get("audience") or "",
        "relay_state": found.get("defaultRelayState") or "",
        "attribute_statements": expressions(app),
        "group_filter": group_filter(app),
    }


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
