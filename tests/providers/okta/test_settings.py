"""The okta section of a tenant: one org, one way to sign in, no secret in any message."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from okta_scim_setup.errors import ConfigError, Place
from okta_scim_setup.providers import okta
from okta_scim_setup.providers.okta import Settings
from okta_scim_setup.secret import Keeper, SecretReference
from okta_scim_setup.transport import Transport


def reference(text: str = "env:OKTA_API_TOKEN") -> SecretReference:
    return SecretReference.parse(text, Place("config.yaml", 3), Path())


def settings(**more: Any) -> Settings:
    return Settings.model_validate(
        {"org_url": "https://acme.okta.com", "token": reference(), **more}
    )


def message(**section: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(section)
    (error,) = caught.value.errors(include_input=False)
    return str(error["msg"]).removeprefix("Value error, ")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://acme.okta.com", "https://acme.okta.com"),
        ("https://ACME.okta.com/", "https://acme.okta.com"),
        (" https://acme.okta.com:443// ", "https://acme.okta.com"),
        ("https://sso.acme.example", "https://sso.acme.example"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
    ],
)
def test_an_org_is_its_bare_address(written: str, meant: str) -> None:
    assert settings(org_url=written).org_url == meant


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "https://acme-admin.okta.com",
            (
                "https://acme-admin.okta.com is the admin console's address; "
                "write https://acme.okta.com"
            ),
        ),
        ("http://acme.okta.com", "must be https; http goes to this machine only"),
        ("acme.okta.com", "must begin with https://"),
        ("https://acme.okta.com/admin/x", "must be the address alone: https://acme.okta.com"),
        ("https://acme.okta.com?x=1", "must be the address alone: https://acme.okta.com"),
        ("https://me:hunter2@acme.okta.com", "must not hold a user name or a password"),
    ],
)
def test_anything_else_is_told_with_what_to_write(written: str, told: str) -> None:
    assert message(org_url=written, token=reference()) == told


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({}, "needs token, or client_id and private_key of a service app"),
        ({"client_id": "0oa1"}, "has client_id and lacks private_key: a service app needs both"),
        (
            {"private_key": reference()},
            "has private_key and lacks client_id: a service app needs both",
        ),
        (
            {"token": reference(), "client_id": "0oa1"},
            "has token and client_id: give an API token or a service app",
        ),
        (
            {"token": reference(), "kid": "k1"},
            "has kid, which goes with the private_key of a service app",
        ),
    ],
)
def test_there_is_one_way_to_sign_in(section: dict[str, Any], told: str) -> None:
    assert message(org_url="https://acme.okta.com", **section) == told


@pytest.mark.parametrize("field", ["token", "private_key"])
@pytest.mark.parametrize("literal", ["00canary-literal", 12345678, ["00canary-literal"]])
def test_a_literal_secret_is_refused_without_being_repeated(field: str, literal: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"org_url": "https://acme.okta.com", field: literal})
    assert "must be a reference such as !secret" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert "12345678" not in str(caught.value)


@pytest.mark.parametrize(
    ("org", "admin_url", "link"),
    [
        ("https://acme.okta.com", None, "https://acme-admin.okta.com/admin/x"),
        ("https://acme.oktapreview.com", None, "https://acme-admin.oktapreview.com/admin/x"),
        ("https://acme.okta.mil", None, "https://acme-admin.okta.mil/admin/x"),
        ("http://127.0.0.1:8080", None, "http://127.0.0.1:8080/admin/x"),
        ("https://sso.acme.example", None, ""),
        (
            "https://sso.acme.example",
            "https://acme-admin.okta.com/",
            "https://acme-admin.okta.com/admin/x",
        ),
    ],
)
def test_a_page_of_the_console_has_an_address_where_the_console_is_known(
    org: str, admin_url: str | None, link: str
) -> None:
    assert settings(org_url=org, admin_url=admin_url).admin_link("/admin/x") == link


def test_several_tenants_may_share_an_org() -> None:
    assert settings().identity is None
    assert settings() == settings()
    assert hash(settings()) == hash(settings())


def test_a_token_is_fetched_only_for_a_host_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OKTA_API_TOKEN", raising=False)
    elsewhere = settings(org_url="https://evil.example")
    with pytest.raises(ConfigError, match=r"the host evil\.example isn't allowed"):
        okta.connect(
            elsewhere, transport=Transport(read_only=True), keeper=Keeper(), read_only=True
        )
    allowing = Transport(read_only=True, allowed_hosts=frozenset({"evil.example"}))
    with pytest.raises(ConfigError, match="OKTA_API_TOKEN isn't set"):
        okta.connect(elsewhere, transport=allowing, keeper=Keeper(), read_only=True)


def test_validating_imports_neither_requests_nor_the_sdk() -> None:
    code = (
        "import sys; from okta_scim_setup.providers import okta, dbt_cloud; "
        "print(sorted({'requests', 'urllib3', 'okta', 'jwt'} & sys.modules.keys()))"
    )
    done = subprocess.run(  # noqa: S603 -- this very interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
