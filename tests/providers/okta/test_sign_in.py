"""Signing in to Okta: API tokens, service apps, scopes, keys, DPoP, renewal."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from Cryptodome.PublicKey import RSA
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm
from servers import FakeTime, reply, serving

from okta_scim_setup.errors import ConfigError, Place, SetupError, Unexpected
from okta_scim_setup.providers import okta
from okta_scim_setup.providers.okta._api import Api
from okta_scim_setup.providers.okta._saml import sign_ins
from okta_scim_setup.providers.okta._sign_in import READ_SCOPES, WRITE_SCOPES
from okta_scim_setup.providers.okta.app_user_schema import AppUserSchema
from okta_scim_setup.secret import Keeper, SecretReference
from okta_scim_setup.simulator import Simulator
from okta_scim_setup.transport import Transport

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
PKCS1 = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.NoEncryption(),
).decode()
PUBLIC: dict[str, Any] = RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
JWK = json.dumps(RSAAlgorithm.to_jwk(KEY, as_dict=True) | {"kid": "k1", "key_ops": ["sign"]})


@dataclass
class Org:
    """A simulated org and how to connect to it as a service app."""

    simulator: Simulator
    folder: Path

    @property
    def url(self) -> str:
        return str(self.simulator.summary()["okta"][0]["org_url"])

    def app(self, *scopes: str, dpop: bool = False) -> str:
        return self.simulator.register_service_app(
            key=PUBLIC, scopes=scopes or WRITE_SCOPES, dpop=dpop
        )

    def connect(
        self, client_id: str, key: str = PEM, *, read_only: bool = False, **more: Any
    ) -> Api:
        path = self.folder / "key"
        path.write_text(key)
        settings = okta.Settings(
            org_url=more.pop("org_url", self.url),
            client_id=client_id,
            private_key=SecretReference("file", str(path), Place("config.yaml", 4), self.folder),
            **more,
        )
        passing = FakeTime()
        transport = Transport(read_only=read_only, sleep=passing.sleep, clock=passing.clock)
        return okta.connect(settings, transport=transport, keeper=Keeper(), read_only=read_only)

    def sign_ins(self) -> int:
        return sum(r["path"] == "/oauth2/v1/token" for r in self.simulator.requests())


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    with Simulator() as simulator:
        yield Org(simulator, tmp_path)
        assert simulator.errors == []


@pytest.mark.parametrize(
    "key",
    [PEM, PKCS1, JWK, PEM.replace("\n", "\\n"), f"\n  {JWK}\n", PEM + "\n\n"],
    ids=["PEM", "PKCS1", "JWK", "line ends written out", "JWK with space", "PEM with space"],
)
def test_a_key_is_taken_in_every_usual_form(org: Org, key: str) -> None:
    api = org.connect(org.app(), key)
    assert len(api.apps_labelled("dbt acme")) == 1
    assert api.transport.requests == 1


EC_KEY = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    .decode()
)
LOCKED = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.BestAvailableEncryption(b"passphrase"),
).decode()


@pytest.mark.parametrize(
    "key",
    [
        "canary-not-a-key",
        "/etc/hostname",
        json.dumps(PUBLIC),
        '{"kty": "RSA", "d": "canary", "n": "canary", "e": "AQAB"}',
        "{'kty': 'RSA', 'd': __import__('os').getpid()}",
        "[1, 2, 3, 4]",
        EC_KEY,
        LOCKED,
        PEM[: len(PEM) // 2],
    ],
    ids=[
        "text",
        "path",
        "public",
        "damaged JWK",
        "Python",
        "list",
        "elliptic",
        "locked",
        "half",
    ],
)
def test_a_key_that_cannot_sign_is_refused_without_being_repeated(org: Org, key: str) -> None:
    api = org.connect(org.app(), key)
    with pytest.raises(ConfigError, match=r"the private key file:.* can't be used") as caught:
        api.apps_labelled("dbt")
    assert "canary" not in repr(caught.value.problems)
    assert key[-40:] not in repr(caught.value.problems)
    assert caught.value.__cause__ is None
    assert org.sign_ins() == 0


def test_the_assertion_is_signed_for_this_org_and_used_once(org: Org) -> None:
    answers = [reply(status=503), reply({"access_token": "t" * 20, "expires_in": 3600})]
    with serving(*answers, reply([])) as server:
        api = org.connect("0oa1", JWK, org_url=server.url)
        api.apps_labelled("dbt")
    forms = [parse_qs(asked.body.decode()) for asked in server.asked[:2]]
    tokens = [form["client_assertion"][0] for form in forms]
    claims = [
        jwt.decode(t, KEY.public_key(), ["RS256"], audience=f"{server.url}/oauth2/v1/token")
        for t in tokens
    ]
    assert {(c["iss"], c["sub"]) for c in claims} == {("0oa1", "0oa1")}
    assert claims[0]["jti"] != claims[1]["jti"]
    assert jwt.get_unverified_header(tokens[0])["kid"] == "k1"
    assert server.asked[2].headers["authorization"] == "Bearer " + "t" * 20


@pytest.mark.parametrize(("read_only", "scopes"), [(True, READ_SCOPES), (False, WRITE_SCOPES)])
def test_a_reader_asks_for_read_scopes_only(
    org: Org, scopes: tuple[str, ...], *, read_only: bool
) -> None:
    assert all(scope.endswith(".read") for scope in READ_SCOPES)
    api = org.connect(org.app(*scopes), read_only=read_only)
    api.apps_labelled("dbt")
    assert api.calls.sign_in.scopes == scopes


def test_many_threads_share_one_access_token(org: Org) -> None:
    api = org.connect(org.app())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: api.apps_labelled(f"dbt {n}"), range(16)))
    assert org.sign_ins() == 1


def test_an_access_token_that_ended_is_renewed_once(org: Org) -> None:
    api = org.connect(org.app())
    api.apps_labelled("dbt")
    org.simulator.expire_access_tokens()
    api.forget()
    assert len(api.apps_labelled("dbt acme")) == 1
    assert org.sign_ins() == 2


def test_an_access_token_that_another_thread_renewed_is_kept(org: Org) -> None:
    sign_in = org.connect(org.app()).calls.sign_in
    old = sign_in.credential()
    assert sign_in.renew(old)
    new = sign_in.credential()
    assert sign_in.renew(old)
    assert sign_in.credential() is new is not old


def test_a_write_is_done_once_though_the_access_token_had_ended(org: Org) -> None:
    api = org.connect(org.app())
    (app,) = api.apps_labelled("dbt acme")
    (group,) = api.groups_named("dbt-acme-devs")
    org.simulator.expire_access_tokens()
    api.create_push_mapping(app["id"], group["id"], {"targetGroupName": "dbt-acme-devs"})
    assert len(api.push_mappings(app["id"])) == 1


def test_an_access_token_is_renewed_before_it_ends(org: Org) -> None:
    api = org.connect(org.app())
    api.apps_labelled("dbt")
    api.transport.pause(3200)
    api.apps_labelled("dbt")
    assert org.sign_ins() == 1
    api.forget()
    api.transport.pause(200)
    api.apps_labelled("dbt")
    assert org.sign_ins() == 2


def test_a_token_that_is_never_accepted_is_asked_for_twice_and_no_more(org: Org) -> None:
    token = reply({"access_token": "t" * 20, "expires_in": 3600, "token_type": "Bearer"})
    refusal = reply({"errorCode": "E0000011", "errorSummary": "Invalid token provided"}, 401)
    with serving(token, refusal, token, refusal) as server:
        api = org.connect("0oa1", org_url=server.url)
        with pytest.raises(Unexpected, match="doesn't accept the service app 0oa1"):
            api.apps_labelled("dbt")
        assert server.methods == ["POST", "GET", "POST", "GET"]


@pytest.fixture
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSSL makes the keys for proofs, of the SDK's size: its own way takes seconds for one."""

    def generate(bits: int) -> RSA.RsaKey:
        made = rsa.generate_private_key(65537, bits)
        forms = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return RSA.import_key(made.private_bytes(*forms, serialization.NoEncryption()))

    monkeypatch.setattr(RSA, "generate", generate)


def test_dpop_is_done_where_the_app_requires_it(org: Org, quick_keys: None) -> None:
    api = org.connect(org.app(dpop=True))
    (app,) = api.apps_labelled("dbt acme")
    (group,) = api.groups_named("dbt-acme-devs")
    api.create_push_mapping(app["id"], group["id"], {"targetGroupName": "dbt-acme-devs"})
    assert len(api.push_mappings(app["id"])) == 1
    # Without a proof, with one, with the nonce.
    assert org.sign_ins() == 3
    api.forget()
    org.simulator.expire_access_tokens()
    assert len(api.push_mappings(app["id"])) == 1
    assert org.sign_ins() in {4, 5}


def test_scopes_that_are_not_granted_are_named(org: Org) -> None:
    client_id = org.app(*READ_SCOPES, "okta.apps.manage")
    api = org.connect(client_id)
    with pytest.raises(Unexpected) as caught:
        api.apps_labelled("dbt")
    (problem,) = caught.value.problems
    said = dict(problem.notes)
    assert problem.title == "Okta won't let this service app push groups"
    assert said["asked"] == f"POST /oauth2/v1/token for {' '.join(WRITE_SCOPES)}"
    assert said["answered"].startswith("400 invalid_scope")
    assert said["do"] == f"a super admin grants okta.groups.manage to {client_id}"


def test_rarely_needed_scopes_are_asked_for_apart_and_only_where_they_are_needed(org: Org) -> None:
    without = org.connect(org.app(*WRITE_SCOPES))
    (app,) = without.apps_labelled("dbt")[:1]
    kind = AppUserSchema(name="licenseType", app=app["id"])
    with pytest.raises(Unexpected) as caught:
        kind.read(without)
    granted = org.connect(org.app(*WRITE_SCOPES, "okta.schemas.read", "okta.schemas.manage"))

    assert caught.value.problems[0].title == (
        "Okta won't let this service app read app user schemas and change app user schemas"
    )
    assert kind.read(granted) is None
    assert kind.make(granted, "").values["title"] == "License Type"


def test_the_system_log_takes_a_scope_of_its_own_of_which_there_is_none_to_manage(
    org: Org,
) -> None:
    without = org.connect(org.app(*WRITE_SCOPES))
    (app,) = without.apps_labelled("dbt")[:1]
    with pytest.raises(Unexpected) as caught:
        sign_ins(without.calls, app["id"])
    granted = org.connect(org.app(*WRITE_SCOPES, "okta.logs.read"))

    assert caught.value.problems[0].title == "Okta won't let this service app read the System Log"
    assert sign_ins(granted.calls, app["id"]).last == {}


def test_an_unknown_service_app_is_told(org: Org) -> None:
    api = org.connect("0oaNobody")
    with pytest.raises(Unexpected, match="doesn't accept the service app 0oaNobody") as caught:
        api.apps_labelled("dbt")
    assert "clock" in dict(caught.value.problems[0].notes)["do"]


def test_an_api_token_that_is_not_accepted_is_told(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKTA_API_TOKEN", "00canary-wrong-token")
    reference = SecretReference("env", "OKTA_API_TOKEN", Place("config.yaml", 3), org.folder)
    settings = okta.Settings(org_url=org.url, token=reference)
    api = okta.connect(
        settings, transport=Transport(read_only=True), keeper=Keeper(), read_only=True
    )
    with pytest.raises(Unexpected) as caught:
        api.apps_labelled("dbt")
    told = str(caught.value)
    assert told == f"{api.org} doesn't accept the API token env:OKTA_API_TOKEN"
    assert "canary" not in repr(caught.value.problems)


def test_neither_key_nor_tokens_reach_a_log(org: Org, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "okta_scim_setup")
    api = org.connect(org.app("okta.apps.read"))
    with pytest.raises(SetupError) as caught:
        api.apps_labelled("dbt")
    told = caplog.text + repr(caught.value.problems)
    assert "oauth2/v1/token" in told
    assert "eyJ" not in told
    assert PEM.splitlines()[1] not in told
