"""dbt Cloud, the account that people and groups are provisioned into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from okta_scim_setup import hosts
from okta_scim_setup.journal import Journal
from okta_scim_setup.secret import SecretReference

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api
    from okta_scim_setup.secret import Keeper
    from okta_scim_setup.transport import Transport

AMBIENT = {
    "token": "DBT_CLOUD_TOKEN",
    "account_id": "DBT_CLOUD_ACCOUNT_ID",
    "access_url": "DBT_CLOUD_HOST_URL",
}
"""Environment variables as dbt's Terraform provider calls them (facts: dbt 2.1)."""

DOMAINS = ("dbt.com", "getdbt.com")
"""Where dbt's accounts live; a single tenant's own domain has to be allowed by the operator."""

API_PATHS = ("/api", "/api/v2", "/api/v3")
"""What other tools want behind the access URL (facts: dbt 2.1)."""


def _reference(value: Any) -> Any:
    # The message must not repeat the value: it may be the secret itself.
    if isinstance(value, SecretReference):
        return value
    raise ValueError("must be a reference such as !secret env:DBT_CLOUD_TOKEN, not a literal")


def _number(value: Any) -> Any:
    # From CSV and the environment it comes as text.
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("must be the account's number, as in Account settings")


def _emails(value: Any) -> Any:
    # From CSV it comes as text.
    emails = value.replace(",", " ").split() if isinstance(value, str) else value
    if isinstance(emails, list | tuple) and all("@" in str(email) for email in emails):
        return tuple(map(str, emails))
    raise ValueError("must be e-mail addresses")


class Settings(BaseModel):
    """The ``dbt_cloud`` section of a tenant.

    The access URL is in Account settings, Account information; every account has its own.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    access_url: str
    """The account's address, such as ``https://fi482.eu1.dbt.com``."""
    account_id: Annotated[int, BeforeValidator(_number), Field(gt=0)]
    """The account's number."""
    token: Annotated[SecretReference, BeforeValidator(_reference)]
    """A service token with *Account Admin*, or an account admin's personal token."""
    scim_base_url: str | None = None
    """The SCIM base URL as dbt shows it, where it isn't the usual one."""

    break_glass: Annotated[tuple[str, ...], BeforeValidator(_emails), Field(strict=False)] = ()
    """E-mails of people who may enter without Okta: administrators of last resort."""

    @field_validator("access_url")
    @classmethod
    def _access(cls, value: str) -> str:
        return hosts.bare_origin(value, paths=API_PATHS)

    @field_validator("scim_base_url")
    @classmethod
    def _scim(cls, value: str | None) -> str | None:
        if value is None:
            return None
        url = value.strip().rstrip("/")
        origin = hosts.secure_origin(url)
        path = url.partition("://")[2].partition("/")[2]
        if any(x in url for x in "?#") or path.rpartition("/")[2] in {"Users", "Groups"}:
            raise ValueError("must be the address above /Users, without a query")
        if "_" in url:
            raise ValueError("must not hold an underscore: Okta takes none")
        return f"{origin}/{path}" if path else origin

    @property
    def url(self) -> str:
        """The account's address."""
        return self.access_url

    @property
    def host(self) -> str:
        """The host of the account's address."""
        return hosts.host_of(self.access_url)

    @property
    def identity(self) -> str:
        """What no two tenants may share."""
        return f"{self.host}/{self.account_id}"

    @property
    def base_url(self) -> str:
        """The SCIM base URL: no API shows it, so by default it is put together (facts: dbt 2.2)."""
        usual = f"{self.access_url}/api/v3/accounts/{self.account_id}/scim/v2"
        return self.scim_base_url or usual


def connect(
    settings: Settings,
    *,
    transport: Transport,
    keeper: Keeper,
    read_only: bool,
    hand_over_hosts: frozenset[str] = frozenset(),
    journal: Journal | None = None,
) -> Api:
    """The account, for our kinds to work with; nothing is sent yet.

    Args:
        settings: the tenant's.
        transport: the run's.
        keeper: makes the run's secrets.
        read_only: whether only GET is sent.
        hand_over_hosts: who may be given a SCIM token that is made here, besides the account.
        journal: what earlier runs meant to do for this tenant; by default nothing is known.

    Raises:
        ConfigError: a host isn't allowed, or the token can't be had.
    """
    # 0.2 s of imports, which validating a config doesn't need.
    from okta_scim_setup.providers.dbt_cloud import _api  # noqa: PLC0415

    return _api.connect(
        settings,
        transport=transport,
        keeper=keeper,
        read_only=read_only,
        hand_over_hosts=hand_over_hosts,
        journal=journal or Journal(),
    )
