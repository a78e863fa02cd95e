"""Service apps: signed assertions, scopes, DPoP, tokens that expire."""

import base64
import hashlib
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from tests.simulator.conftest import Lab

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
READ = "okta.apps.read"


@dataclass
class ServiceApp:
    lab: Lab
    dpop: bool = False
    client_id: str = ""
    role: str = "SUPER_ADMIN"

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.jwk = json.loads(ECAlgorithm.to_jwk(self.key.public_key()))
        scopes = [READ, "okta.apps.manage", "okta.groups.read"]
        self.client_id = self.lab.simulator.register_service_app(
            key=self.jwk, scopes=scopes, dpop=self.dpop, role=self.role
        )
        self.url = self.lab.summary["okta"][0]["org_url"] + "/oauth2/v1/token"

    def assertion(self, **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.url,
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims | changes, self.key, "ES256")

    def ask(self, scope: str = READ, proof: str | None = None, **changes: Any) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(**changes),
        }
        headers = {"DPoP": proof} if proof else {}
        return requests.post(self.url, data=form, headers=headers, timeout=20)

    def proof(self, method: str, url: str, token: str = "", nonce: str = "") -> str:
        claims = {"jti": str(uuid.uuid4()), "htm": method, "htu": url, "iat": int(time.time())}
        if token:
            digest = hashlib.sha256(token.encode()).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if nonce:
            claims["nonce"] = nonce
        headers = {"typ": "dpop+jwt", "jwk": self.jwk}
        return jwt.encode(claims, self.key, "ES256", headers=headers)


def test_a_service_app_gets_a_token_for_its_scopes_only(lab: Lab) -> None:
    app = ServiceApp(lab)
    token = app.ask().json()
    assert (token["token_type"], token["expires_in"], token["scope"]) == ("Bearer", 3600, READ)
    okta = lab.okta(authorization=f"Bearer {token['access_token']}")
    assert okta("GET", "/apps").status_code == 200
    refused = okta("POST", f"/apps/{lab.app()}/lifecycle/deactivate")
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "E0000006")
    assert okta("GET", f"/apps/{lab.app()}/group-push/mappings").status_code == 403


def test_group_push_wants_scopes_of_apps_and_groups(lab: Lab) -> None:
    token = ServiceApp(lab).ask(f"{READ} okta.groups.read").json()["access_token"]
    okta = lab.okta(authorization=f"Bearer {token}")
    assert okta("GET", f"/apps/{lab.app()}/group-push/mappings").status_code == 200


@pytest.mark.parametrize(
    ("role", "read", "write"),
    [("", 403, 403), ("READ_ONLY_ADMIN", 200, 403), ("APP_ADMIN", 200, 200)],
)
def test_scopes_are_not_enough_without_a_role(lab: Lab, role: str, read: int, write: int) -> None:
    token = ServiceApp(lab, role=role).ask(f"{READ} okta.apps.manage").json()["access_token"]
    okta, path = lab.okta(authorization=f"Bearer {token}"), f"/apps/{lab.app()}"
    assert okta("GET", path).status_code == read
    assert okta("POST", f"{path}/lifecycle/activate").status_code == write


def test_a_scope_that_was_not_granted_is_refused(lab: Lab) -> None:
    refused = ServiceApp(lab).ask("okta.users.read")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    assert "not configured" in refused.json()["error_description"]


@pytest.mark.parametrize(
    "changes",
    [{"aud": "http://other.example"}, {"iss": "other"}, {"sub": "other"}, {"exp": 1}],
)
def test_an_assertion_must_fit_the_client_the_url_and_the_time(
    lab: Lab, changes: dict[str, Any]
) -> None:
    refused = ServiceApp(lab).ask(**changes)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_another_key_is_refused(lab: Lab) -> None:
    app = ServiceApp(lab)
    app.key = ec.generate_private_key(ec.SECP256R1())
    assert app.ask().json()["error_description"] == "The client_assertion signature is invalid."


def test_an_expired_token_is_refused(lab: Lab) -> None:
    token = ServiceApp(lab).ask().json()["access_token"]
    okta = lab.okta(authorization=f"Bearer {token}")
    lab.simulator.clock.advance(3601)
    assert okta("GET", "/apps").json()["errorCode"] == "E0000011"


def test_all_tokens_can_be_made_to_expire(lab: Lab) -> None:
    token = ServiceApp(lab).ask().json()["access_token"]
    okta = lab.okta(authorization=f"Bearer {token}")
    assert okta("POST", f"{lab.simulator.url}/_simulator/expire-access-tokens").status_code == 204
    assert okta("GET", "/apps").status_code == 401


def test_dpop_is_demanded_challenged_and_bound_to_the_key(lab: Lab) -> None:
    app = ServiceApp(lab, dpop=True)
    assert app.ask().json()["error"] == "invalid_dpop_proof"
    challenge = app.ask(proof=app.proof("POST", app.url))
    assert (challenge.status_code, challenge.json()["error"]) == (400, "use_dpop_nonce")
    nonce = challenge.headers["dpop-nonce"]
    answer = app.ask(proof=app.proof("POST", app.url, nonce=nonce)).json()
    assert answer["token_type"] == "DPoP"
    token, url = answer["access_token"], lab.okta().base + "/apps"
    proof = app.proof("GET", url, token)
    given = {"Authorization": f"DPoP {token}", "DPoP": proof}
    assert requests.get(url, headers=given, timeout=20).status_code == 200
    without_ath = given | {"DPoP": app.proof("GET", url)}
    assert requests.get(url, headers=without_ath, timeout=20).status_code == 401
    as_bearer = given | {"Authorization": f"Bearer {token}"}
    assert requests.get(url, headers=as_bearer, timeout=20).status_code == 401


def test_a_service_app_can_be_registered_over_http(lab: Lab) -> None:
    jwk = ServiceApp(lab).jwk
    body = {"org": 0, "jwk": jwk, "scopes": [READ], "client_id": "0oaclient"}
    url = f"{lab.simulator.url}/_simulator/service-apps"
    assert lab.okta().data("POST", url, body) == {"client_id": "0oaclient"}


def test_a_token_can_expire_just_before_it_is_used(lab: Lab) -> None:
    token = ServiceApp(lab).ask().json()["access_token"]
    okta = lab.okta(authorization=f"Bearer {token}")
    assert okta("GET", "/apps").ok
    lab.simulator.add_fault("/apps", "expire_access_tokens")
    refused = okta("GET", "/apps")
    assert (refused.status_code, refused.json()["errorCode"]) == (401, "E0000011")
