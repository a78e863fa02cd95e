"""What whoever trusts a SAML app reads: its metadata, its keys, its certificate."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from okta_scim_setup.simulator.okta.certificates import certificate_of
from tests.simulator.conftest import Client, Lab

SIGN_ON = {"ssoAcsUrl": "https://sp.example/acs", "audience": "urn:sp:dbt"}
NAMES = {
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}


def created(okta: Client, **sign_on: Any) -> dict[str, Any]:
    settings = {"signOn": SIGN_ON | sign_on}
    body = {"label": "My dbt", "signOnMode": "SAML_2_0", "settings": settings}
    return dict(okta.data("POST", "/apps", body))


def metadata_of(okta: Client, app: dict[str, Any], **query: str) -> ET.Element:
    answer = okta("GET", app["_links"]["metadata"]["href"], **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/xml;charset=ISO-8859-1"
    return ET.fromstring(answer.content)  # noqa: S314 - our own simulator's


def certificate_in(metadata: ET.Element) -> x509.Certificate:
    text = metadata.findtext(".//ds:X509Certificate", namespaces=NAMES)
    assert text
    return x509.load_der_x509_certificate(base64.b64decode(text))


def test_a_created_custom_app_shows_what_it_was_given_and_where_its_metadata_is(lab: Lab) -> None:
    okta = lab.okta()
    app = created(okta, recipient="https://sp.example/r", destination="https://sp.example/d")
    sign_on = app["settings"]["signOn"]
    assert {name: sign_on[name] for name in SIGN_ON} == SIGN_ON
    assert (sign_on["recipient"], sign_on["destination"]) == (
        "https://sp.example/r",
        "https://sp.example/d",
    )
    assert sign_on["idpIssuer"] == "http://www.okta.com/${org.externalKey}"
    assert app["credentials"]["signing"]["kid"]
    assert app["_links"]["metadata"] == {
        "href": f"{okta.base}/apps/{app['id']}/sso/saml/metadata",
        "type": "application/xml",
    }
    assert okta.data("GET", f"/apps/{app['id']}") == app


def test_metadata_names_the_issuer_and_where_to_sign_on(lab: Lab) -> None:
    okta = lab.okta()
    app = created(okta)
    key = f"exk{app['id'][3:]}"
    metadata = metadata_of(okta, app, kid=app["credentials"]["signing"]["kid"])
    assert metadata.attrib["entityID"] == f"http://www.okta.com/{key}"
    services = metadata.findall(".//md:SingleSignOnService", NAMES)
    org = lab.summary["okta"][0]["org_url"]
    assert {service.attrib["Location"] for service in services} == {
        f"{org}/app/{app['name']}/{key}/sso/saml"
    }
    assert [service.attrib["Binding"].rpartition(":")[2] for service in services] == [
        "HTTP-POST",
        "HTTP-Redirect",
    ]
    assert metadata.find(".//md:SingleLogoutService", NAMES) is None


def test_an_issuer_of_ones_own_and_single_logout_are_in_the_metadata(lab: Lab) -> None:
    slo = {"enabled": True, "issuer": "urn:sp", "logoutUrl": "https://sp.example/out"}
    app = created(lab.okta(), idpIssuer="urn:issuer:<&>", slo=slo)
    metadata = metadata_of(lab.okta(), app)
    assert metadata.attrib["entityID"] == "urn:issuer:<&>"
    assert len(metadata.findall(".//md:SingleLogoutService", NAMES)) == 2


def test_the_certificate_is_signed_by_its_own_key_and_lasts_ten_years(lab: Lab) -> None:
    okta = lab.okta()
    app = created(okta)
    certificate = certificate_in(metadata_of(okta, app))
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert certificate.signature_hash_algorithm
    key.verify(
        certificate.signature,
        certificate.tbs_certificate_bytes,
        padding.PKCS1v15(),
        certificate.signature_hash_algorithm,
    )
    assert certificate.issuer == certificate.subject
    assert certificate.not_valid_before_utc < datetime.now(UTC)
    made = certificate.not_valid_before_utc + timedelta(minutes=1)
    expected = certificate_of("okta", app["id"], made.timestamp())
    assert certificate.not_valid_after_utc.timestamp() == expected.expires
    assert 3651 <= (certificate.not_valid_after_utc - made).days <= 3653


def test_a_certificate_of_a_leap_day_ends_too() -> None:
    made = datetime(2028, 2, 29, 12, tzinfo=UTC)
    found = certificate_of("okta", "0oa1", made.timestamp())
    assert datetime.fromtimestamp(found.expires, UTC) == datetime(2038, 2, 28, 12, tzinfo=UTC)


def test_the_keys_are_that_certificate_and_say_when_it_ends(lab: Lab) -> None:
    okta = lab.okta()
    app = created(okta)
    certificate = certificate_in(metadata_of(okta, app))
    (key,) = okta.data("GET", f"/apps/{app['id']}/credentials/keys")
    assert key["kid"] == app["credentials"]["signing"]["kid"]
    assert datetime.fromisoformat(key["expiresAt"]) == certificate.not_valid_after_utc
    der = base64.b64decode(key["x5c"][0])
    assert x509.load_der_x509_certificate(der) == certificate
    digest = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
    assert key["x5t#S256"] == digest
    modulus = base64.urlsafe_b64decode(key["n"] + "==")
    public = certificate.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    assert int.from_bytes(modulus) == public.public_numbers().n


def test_each_app_has_a_certificate_of_its_own_that_stays(lab: Lab) -> None:
    okta = lab.okta()
    one, other = created(okta), created(okta)
    certificates = [certificate_in(metadata_of(okta, app)) for app in (one, one, other)]
    assert certificates[0] == certificates[1]
    lab.simulator.clock.advance(3600)
    assert certificate_in(metadata_of(okta, one)) == certificates[0]
    later = created(okta)
    assert certificate_in(metadata_of(okta, later)) not in certificates


@pytest.mark.parametrize("query", ["?kid=another", ""])
def test_there_is_no_metadata_of_another_key_or_of_an_app_without_saml(
    lab: Lab, query: str
) -> None:
    okta = lab.okta()
    settings = {"app": {"requestIntegration": False, "url": "https://link.example"}}
    link = {"label": "A link", "name": "bookmark", "settings": settings}
    bookmark = okta.data("POST", "/apps", link)
    app = created(okta) if query else bookmark
    answer = okta("GET", f"/apps/{app['id']}/sso/saml/metadata{query}")
    assert (answer.status_code, answer.json()["errorCode"]) == (404, "E0000007")
    assert okta.data("GET", f"/apps/{bookmark['id']}/credentials/keys") == []


def test_metadata_wants_the_scope_and_the_role_of_apps(lab: Lab) -> None:
    app = created(lab.okta())
    token = lab.simulator.create_api_token(role="REPORT_ADMIN")
    answer = lab.okta(authorization=f"SSWS {token}")("GET", f"/apps/{app['id']}/sso/saml/metadata")
    assert (answer.status_code, answer.json()["errorCode"]) == (403, "E0000006")
