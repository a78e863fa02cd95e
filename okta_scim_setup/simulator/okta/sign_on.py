"""How Okta shows the sign-on settings of a SAML app: whole, whatever was given (recorded)."""

import base64
import hashlib
from typing import Any

from okta_scim_setup.simulator.okta.records import App

SAML = "SAML_2_0"
_ISSUER = "http://www.okta.com/${org.externalKey}"
_DEFAULTS: dict[str, Any] = {
    "defaultRelayState": "",
    "ssoAcsUrl": None,
    "idpIssuer": _ISSUER,
    "audience": None,
    "recipient": None,
    "destination": None,
    "subjectNameIdTemplate": "${user.userName}",
    "subjectNameIdFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    "responseSigned": True,
    "assertionSigned": True,
    "signatureAlgorithm": "RSA_SHA256",
    "digestAlgorithm": "SHA256",
    "honorForceAuthn": True,
    "authnContextClassRef": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    "spIssuer": None,
    "requestCompressed": False,
    "attributeStatements": [],
    "inlineHooks": [],
    "assertionEncryption": {"enabled": False},
    "allowMultipleAcsEndpoints": False,
    "acsEndpoints": [],
    "samlSignedRequestEnabled": False,
    "slo": {"enabled": False},
}
_EMPTY_1_1: dict[str, Any] = dict.fromkeys(
    ("defaultRelayState", "ssoAcsUrlOverride", "audienceOverride", "recipientOverride")
)
_EMPTY_2_0 = _EMPTY_1_1 | {"destinationOverride": None, "attributeStatements": []}
_OF_CATALOGUE = {"SAML_1_1": _EMPTY_1_1, "SAML_2_0": _EMPTY_2_0}


def sign_on(given: dict[str, Any]) -> dict[str, Any]:
    """The settings as shown: with defaults, without empty overrides (recorded)."""
    kept = {name: value for name, value in given.items() if value or name in _DEFAULTS}
    issuer = given.get("slo", {}).get("issuer")
    return _DEFAULTS | ({"spIssuer": issuer} if issuer else {}) | kept


def sign_on_of_catalogue(mode: str | None, given: dict[str, Any]) -> dict[str, Any]:
    """The settings of an app of the catalogue: a SAML one has some and no others (recorded)."""
    empty = _OF_CATALOGUE.get(mode or "")
    if empty is None:
        return given
    return {name: given.get(name) or nothing for name, nothing in empty.items()}


def key_of(app: App) -> str:
    """The id of the key with which Okta signs an app's assertions."""
    given = app.body.get("credentials", {}).get("signing", {}).get("kid")
    return str(given) if given else thumbprint(app.id)


def thumbprint(text: str) -> str:
    """An id as keys have it: 43 letters and digits, the same in every run."""
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def external_key(app: App) -> str:
    """An app's id as SAML has it: `exk` in place of `0oa` (recorded, nearly)."""
    return "exk" + app.id[3:]


def issuer(app: App) -> str:
    """The entity id with which Okta signs on: as the app says, else Okta's usual (recorded)."""
    given = app.body.get("settings", {}).get("signOn", {}).get("idpIssuer")
    return str(given or _ISSUER).replace("${org.externalKey}", external_key(app))
