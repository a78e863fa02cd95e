"""The dbt_cloud section of a tenant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from okta_scim_setup.errors import ConfigError, Place
from okta_scim_setup.providers import dbt_cloud
from okta_scim_setup.providers.dbt_cloud import Settings
from okta_scim_setup.secret import Keeper, SecretReference
from okta_scim_setup.transport import Transport

TOKEN = SecretReference.parse("env:DBT_CLOUD_TOKEN", Place("config.yaml", 3), Path())


def settings(**more: Any) -> Settings:
    section = {"access_url": "https://fi482.eu1.dbt.com", "account_id": 70403111, "token": TOKEN}
    return Settings.model_validate({**section, **more})


def message(**more: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        settings(**more)
    (error,) = caught.value.errors(include_input=False)
    return str(error["msg"]).removeprefix("Value error, ")


@pytest.mark.parametrize(
    "written",
    [
        "https://fi482.eu1.dbt.com",
        "https://fi482.eu1.dbt.com/",
        "https://FI482.eu1.dbt.com:443/api",
        "https://fi482.eu1.dbt.com/api/",
        "https://fi482.eu1.dbt.com/api/v2",
        "https://fi482.eu1.dbt.com/api/v3/",
    ],
)
def test_an_access_url_is_taken_in_every_form_that_tools_use(written: str) -> None:
    assert settings(access_url=written).access_url == "https://fi482.eu1.dbt.com"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("fi482.eu1.dbt.com", "must begin with https://"),
        ("http://fi482.eu1.dbt.com", "must be https; http goes to this machine only"),
        (
            "https://fi482.eu1.dbt.com/settings/accounts/1",
            "must be the address alone: https://fi482.eu1.dbt.com",
        ),
    ],
)
def test_anything_else_is_told_with_what_to_write(written: str, told: str) -> None:
    assert message(access_url=written) == told


@pytest.mark.parametrize("number", [70403111, "70403111"])
def test_an_account_id_is_a_number_also_as_text(number: Any) -> None:
    assert settings(account_id=number).account_id == 70403111


@pytest.mark.parametrize("wrong", ["acme", "7e3", "\u0667", "-1", True, 1.5, None, 0, -1])
def test_what_is_no_number_is_no_account_id(wrong: Any) -> None:
    assert "number" in message(account_id=wrong) or "greater than 0" in message(account_id=wrong)


def test_the_base_url_is_put_together_or_told() -> None:
    usual = "https://fi482.eu1.dbt.com/api/v3/accounts/70403111/scim/v2"
    assert settings().base_url == usual
    own = settings(scim_base_url="https://scim.dbt.com/x/scim/v2/")
    assert own.base_url == "https://scim.dbt.com/x/scim/v2"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("https://a.dbt.com/scim_v2", "must not hold an underscore: Okta takes none"),
        ("https://a.dbt.com/scim/v2/Users", "must be the address above /Users, without a query"),
        ("https://a.dbt.com/scim/v2?x=1", "must be the address above /Users, without a query"),
        ("http://a.dbt.com/scim/v2", "must be https; http goes to this machine only"),
    ],
)
def test_a_base_url_that_okta_would_not_take_is_refused(written: str, told: str) -> None:
    assert message(scim_base_url=written) == told


def test_an_account_is_one_however_its_address_is_written() -> None:
    assert settings(access_url="https://FI482.eu1.dbt.com/api").identity == settings().identity
    assert settings(account_id=2).identity != settings().identity


@pytest.mark.parametrize("literal", ["dbtc_canary", None, 12345678])
def test_a_literal_token_is_refused_without_being_repeated(literal: Any) -> None:
    told = message(token=literal)
    assert told.startswith("must be a reference such as !secret")
    assert "canary" not in told


@pytest.mark.parametrize(
    "written", [["a@acme.com", "b@acme.com"], "a@acme.com b@acme.com", "a@acme.com,b@acme.com"]
)
def test_people_for_emergencies_are_a_list_or_in_csv_a_text(written: Any) -> None:
    assert settings(break_glass=written).break_glass == ("a@acme.com", "b@acme.com")


@pytest.mark.parametrize("written", [["nobody"], "a@acme.com nobody", 7, {"a@acme.com": 1}])
def test_what_is_no_email_is_nobody_for_emergencies(written: Any) -> None:
    assert message(break_glass=written) == "must be e-mail addresses"


@pytest.mark.parametrize("field", ["access_url", "scim_base_url"])
def test_both_hosts_have_to_be_allowed(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_CLOUD_TOKEN", "dbtc_canary")
    elsewhere = settings(**{field: "https://evil.example"})
    with pytest.raises(ConfigError, match=r"the host evil\.example isn't allowed"):
        dbt_cloud.connect(
            elsewhere, transport=Transport(read_only=True), keeper=Keeper(), read_only=True
        )
