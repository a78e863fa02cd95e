"""What whoever trusts a SAML app needs: its metadata and its keys (recorded)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from okta_scim_setup.simulator.clock import okta_time
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.errors import not_found
from okta_scim_setup.simulator.okta.records import CUSTOM_SAML, App, Org
from okta_scim_setup.simulator.okta.sign_on import SAML, external_key, issuer, key_of
from okta_scim_setup.simulator.routes import Route

if TYPE_CHECKING:
    from okta_scim_setup.simulator.okta.certificates import Certificate

_XML = "application/xml;charset=ISO-8859-1"
_BINDINGS = ("HTTP-POST", "HTTP-Redirect")
_EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
_UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"


def get_metadata(call: Call, app_id: str) -> Response:
    """GET sso/saml/metadata?kid=: XML, said to be ISO-8859-1 (recorded).

    Without `kid`, as the app's link has it, it is that of the key in use (assumed); there is none
    for another key, nor of an app that doesn't sign on by SAML (assumed).
    """
    app = call.app(app_id)
    if app.sign_on_mode != SAML:
        raise not_found(app_id, "SamlMetadata")
    kid = call.request.query.get("kid", key_of(app))
    if kid != key_of(app):
        raise not_found(kid, "JsonWebKey")
    return Response(body=_metadata(call.org, app), content_type=_XML)


def list_keys(call: Call, app_id: str) -> Response:
    """GET credentials/keys: the key that the app signs with (recorded).

    An app of the catalogue has an older one of its org as well, which isn't there here.
    """
    app = call.app(app_id)
    return Response(body=[_key(call.org, app)] if app.sign_on_mode == SAML else [])


def _key(org: Org, app: App) -> dict[str, Any]:
    own = certificate(org, app)
    made = okta_time(int(app.signing_since or app.created))
    return {
        "kty": "RSA",
        "created": made,
        "lastUpdated": made,
        "expiresAt": okta_time(own.expires),
        "kid": key_of(app),
        "use": "sig",
        "x5c": [own.text],
        "x5t#S256": own.thumbprint,
        "e": own.exponent,
        "n": own.modulus,
    }


def certificate(org: Org, app: App) -> "Certificate":
    """The certificate of the key that an app signs with now."""
    # Imported late: the library for certificates is slow to load, and few runs need it.
    from okta_scim_setup.simulator.okta import certificates  # noqa: PLC0415

    return certificates.certificate_of(org.subdomain, app.id, app.signing_since or app.created)


def _metadata(org: Org, app: App) -> str:
    own = f"{org.url}/app/{app.name}/{external_key(app)}"
    # An app of the catalogue knows which one it wants; of a custom one it isn't asked (recorded).
    formats = (_UNSPECIFIED, _EMAIL) if app.kind == CUSTOM_SAML else (_EMAIL,)
    slo = app.body.get("settings", {}).get("signOn", {}).get("slo", {})
    parts = [
        *(_services("SingleLogoutService", f"{own}/slo/saml") if slo.get("enabled") else ()),
        *(f"<md:NameIDFormat>{each}</md:NameIDFormat>" for each in formats),
        *_services("SingleSignOnService", f"{own}/sso/saml"),
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<md:EntityDescriptor entityID={quoteattr(issuer(app))} "
        'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">'
        '<md:IDPSSODescriptor WantAuthnRequestsSigned="false" '
        'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        '<md:KeyDescriptor use="signing">'
        '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
        f"<ds:X509Certificate>{escape(certificate(org, app).lines)}</ds:X509Certificate>"
        f"</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>{''.join(parts)}"
        "</md:IDPSSODescriptor></md:EntityDescriptor>"
    )


def _services(name: str, location: str) -> Iterator[str]:
    for binding in _BINDINGS:
        uri = f"urn:oasis:names:tc:SAML:2.0:bindings:{binding}"
        yield f'<md:{name} Binding="{uri}" Location={quoteattr(location)}/>'


ROUTES = (
    Route("GET", "/api/v1/apps/{app_id}/sso/saml/metadata", get_metadata),
    Route("GET", "/api/v1/apps/{app_id}/credentials/keys", list_keys),
)
