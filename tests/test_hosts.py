"""Which hosts may see a secret."""

from __future__ import annotations

import pytest

from okta_scim_setup import hosts
from okta_scim_setup.errors import ConfigError
from okta_scim_setup.providers import dbt_cloud, okta


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://acme.okta.com", "acme.okta.com"),
        ("HTTPS://ACME.okta.com:443/a?b#c", "acme.okta.com"),
        ("https://acme.okta.com:8443/", "acme.okta.com:8443"),
        ("http://127.0.0.1:80", "127.0.0.1"),
        ("http://[::1]:8080/x", "[::1]:8080"),
    ],
)
def test_a_host_is_named_with_its_port_unless_it_is_the_usual_one(url: str, host: str) -> None:
    assert hosts.host_of(url) == host


@pytest.mark.parametrize(
    "url",
    [
        "acme.okta.com",
        "ftp://acme.okta.com",
        "https://",
        "https://user:secret-pass@acme.okta.com",
        "https://evil.example\\@acme.okta.com",
        "https://evil.example%2f.okta.com",
        "https://acme.okta.com:99999",
        "https://acme.okta.com:x",
        "https://acme..okta.com",
        "https://ac me.okta.com",
        "https://acme.okta.com\n.evil.example",
        "https://аcme.okta.com",  # noqa: RUF001 -- a Cyrillic letter
        "//acme.okta.com",
    ],
)
def test_what_could_be_read_in_two_ways_is_no_host(url: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        hosts.host_of(url)
    assert "secret-pass" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "may"),
    [
        ("acme.okta.com", True),
        ("okta.com", True),
        ("acme.oktapreview.com", True),
        ("acme.okta-emea.com", True),
        ("acme.okta-gov.com", True),
        ("acme.okta.mil", True),
        ("acme-okta.com", False),
        ("acme.okta.com.evil.example", False),
        ("acme.okta.com:8443", False),
        ("evil.example", False),
        ("127.0.0.1:9000", True),
        ("127.8.8.8", True),
        ("localhost:9000", True),
        ("[::1]:9000", True),
        ("[::1]", True),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("10.0.0.1", False),
        ("fi482.eu1.dbt.com", False),
    ],
)
def test_only_okta_and_this_machine_see_what_is_for_okta(host: str, *, may: bool) -> None:
    assert hosts.allowed(host, okta.DOMAINS) is may


def test_dbt_has_domains_of_its_own() -> None:
    assert hosts.allowed("fi482.eu1.dbt.com", dbt_cloud.DOMAINS)
    assert hosts.allowed("cloud.getdbt.com", dbt_cloud.DOMAINS)
    assert not hosts.allowed("notdbt.com", dbt_cloud.DOMAINS)


@pytest.mark.parametrize(
    ("extra", "may"),
    [
        ("sso.acme.example", True),
        (" SSO.acme.example ", True),
        ("sso.acme.example:8443", True),
        ("sso.acme.example:9443", False),
        ("acme.example", False),
    ],
)
def test_the_operator_allows_a_host_not_a_domain(extra: str, *, may: bool) -> None:
    assert hosts.allowed("sso.acme.example:8443", okta.DOMAINS, {extra}) is may


def test_a_host_that_is_not_allowed_is_told_with_the_way_to_allow_it() -> None:
    with pytest.raises(ConfigError, match=r"the host evil\.example isn't allowed") as caught:
        hosts.check("https://evil.example/x", okta.DOMAINS)
    said = dict(caught.value.problems[0].notes)
    assert "--allow-host evil.example" in said["do"]
    assert hosts.check("https://evil.example/x", okta.DOMAINS, {"evil.example"}) == "evil.example"


def test_plain_http_goes_to_this_machine_only() -> None:
    assert hosts.check("http://127.0.0.1:8080", okta.DOMAINS) == "127.0.0.1:8080"
    with pytest.raises(ConfigError, match="must be https"):
        hosts.check("http://acme.okta.com", okta.DOMAINS)
