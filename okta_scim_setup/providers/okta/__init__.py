"""Okta, the identity provider: a tenant's org and how to sign in to it."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator, model_validator

from okta_scim_setup import hosts
from okta_scim_setup.secret import SecretReference

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api
    from okta_scim_setup.secret import Keeper
    from okta_scim_setup.transport import Transport

AMBIENT = {
    "org_url": "OKTA_CLIENT_ORGURL",
    "token": "OKTA_CLIENT_TOKEN",
    "client_id": "OKTA_CLIENT_CLIENTID",
    "private_key": "OKTA_CLIENT_PRIVATEKEY",
    "kid": "OKTA_CLIENT_KID",
}
"""Environment variables as Okta's own tools call them (facts: okta 3)."""

DOMAINS = (
    "okta.com",
    "oktapreview.com",
    "okta-emea.com",
    "okta-gov.com",
    "okta.mil",
)
"""Where Okta's orgs live; an org with a domain of its own has to be allowed by the operator."""


def _reference(value: Any, example: str) -> Any:
    # The message must not repeat the value: it may be the secret itself.
    if value is None or isinstance(value, SecretReference):
        return value
    raise ValueError(f"must be a reference such as !secret {example}, not a literal")


Token = Annotated[
    SecretReference | None, BeforeValidator(lambda v: _reference(v, "env:OKTA_API_TOKEN"))
]
PrivateKey = Annotated[
    SecretReference | None, BeforeValidator(lambda v: _reference(v, "file:okta-key.pem"))
]


def _ranges(value: Any) -> Any:
    # A column of CSV holds them with spaces between.
    written = value.split() if isinstance(value, str) else value
    if not isinstance(written, list | tuple) or not all(isinstance(x, str) for x in written):
        raise ValueError("must be a list of ranges such as 203.0.113.0/24")
    for each in written:
        try:
            ip_network(each)
        except ValueError:
            raise ValueError(f"{each} is no range of addresses such as 203.0.113.0/24") from None
    return tuple(written)


Ranges = Annotated[tuple[str, ...], BeforeValidator(_ranges)]


class Settings(BaseModel):
    """The ``okta`` section of a tenant: an org, and an API token or a service app.

    Okta shows the address of the admin console in the browser; the org's own is without *-admin*.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    org_url: str
    """The org's address, such as ``https://acme.okta.com``."""
    token: Token = None
    """An API token (SSWS): does what the administrator who made it may do."""
    client_id: str | None = None
    """The id of a service app (API Services), instead of a token."""
    private_key: PrivateKey = None
    """The service app's private key: PEM or JWK, RSA."""
    kid: str | None = None
    """The id of that key, where the app has several."""
    admin_url: str | None = None
    """The admin console's address, where the org has a domain of its own."""
    ip_ranges: Ranges = ()
    """The ranges of addresses that the org's cell sends from, to compare with dbt's rules."""

    @field_validator("org_url")
    @classmethod
    def _org(cls, value: str) -> str:
        origin = hosts.bare_origin(value)
        host = origin.partition("://")[2]
        label, _, domain = host.partition(".")
        if label.endswith("-admin") and _is_oktas(host):
            org = f"https://{label.removesuffix('-admin')}.{domain}"
            raise ValueError(f"{origin} is the admin console's address; write {org}")
        return origin

    @field_validator("admin_url")
    @classmethod
    def _admin(cls, value: str | None) -> str | None:
        return None if value is None else hosts.bare_origin(value)

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> Self:
        app = [x for x in ("client_id", "private_key") if getattr(self, x) is not None]
        if self.token and app:
            raise ValueError(f"has token and {app[0]}: give an API token or a service app")
        if not self.token and not app:
            raise ValueError("needs token, or client_id and private_key of a service app")
        if len(app) == 1:
            missing = "private_key" if app == ["client_id"] else "client_id"
            raise ValueError(f"has {app[0]} and lacks {missing}: a service app needs both")
        if self.kid and not app:
            raise ValueError("has kid, which goes with the private_key of a service app")
        return self

    @property
    def url(self) -> str:
        """The org's address."""
        return self.org_url

    @property
    def host(self) -> str:
        """The org's host: what messages call the org."""
        return hosts.host_of(self.org_url)

    @property
    def identity(self) -> None:
        """Several tenants may share an org."""
        return

    def admin_link(self, path: str) -> str:
        """The address of a page of the admin console; empty where the console isn't known.

        Args:
            path: begins with a slash.
        """
        return f"{self._console}{path}" if self._console else ""

    @property
    def _console(self) -> str:
        if self.admin_url:
            return self.admin_url
        if _is_oktas(self.host):
            label, _, domain = self.host.partition(".")
            return f"https://{label}-admin.{domain}"
        return self.org_url if hosts.is_loopback(self.host) else ""


def _is_oktas(host: str) -> bool:
    return any(host.endswith(f".{domain}") for domain in DOMAINS)


def connect(
    settings: Settings,
    *,
    transport: Transport,
    keeper: Keeper,
    read_only: bool,
    hand_over_hosts: frozenset[str] = frozenset(),  # noqa: ARG001 -- Okta shows no secret to hand on
    journal: Any = None,  # noqa: ARG001 -- nor is anything made here whose value could be lost
) -> Api:
    """The org, for our kinds to work with; nothing is sent yet.

    Raises:
        ConfigError: the host isn't allowed, or a secret can't be had.
    """
    # 0.2 s of imports, which validating a config doesn't need.
    from okta_scim_setup.providers.okta import _api  # noqa: PLC0415

    return _api.connect(settings, transport=transport, keeper=keeper, read_only=read_only)
