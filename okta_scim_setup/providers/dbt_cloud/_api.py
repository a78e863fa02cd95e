"""A dbt account, as our kinds need it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from okta_scim_setup import hosts
from okta_scim_setup.errors import OutcomeUnknown, SetupError, Unexpected
from okta_scim_setup.journal import Journal
from okta_scim_setup.providers.dbt_cloud import (
    DOMAINS,
    Settings,
    _own_tokens,
)
from okta_scim_setup.providers.dbt_cloud._calls import Calls
from okta_scim_setup.results import Check
from okta_scim_setup.secret import SINK, Keeper, Secret
from okta_scim_setup.times import utc
from okta_scim_setup.traffic.waiting import agreement
from okta_scim_setup.transport import Credential, Transport

T = TypeVar("T")

ACTIVE = 1
"""The state of what isn't deleted (specified)."""

SETTLING = timedelta(seconds=2)
"""So much later by dbt's clock, a use of the token shows as another ``last_used``."""


def connect(
    settings: Settings,
    *,
    transport: Transport,
    keeper: Keeper,
    read_only: bool,  # noqa: ARG001 -- one token for both; the transport sees to it
    hand_over_hosts: frozenset[str],
    journal: Journal,
) -> Api:
    """The account of *settings*; nothing is sent yet.

    Raises:
        ConfigError: a host isn't allowed, or the token can't be had.
    """
    host = hosts.check(settings.access_url, DOMAINS, transport.allowed_hosts)
    scim_host = hosts.check(settings.base_url, DOMAINS, transport.allowed_hosts)
    credential = Credential("Token", keeper.resolve(settings.token, frozenset({host})))
    calls = Calls(settings.access_url, host, settings.account_id, credential, transport)
    to = frozenset({host, scim_host, SINK}) | hand_over_hosts
    return Api(settings, transport, keeper, calls, to, journal)


@dataclass
class Api:
    """One account for a run: what is read is read once, until it is written or forgotten."""

    settings: Settings
    transport: Transport
    keeper: Keeper
    calls: Calls
    token_hosts: frozenset[str]
    """Where a SCIM token that is made here may go."""
    journal: Journal
    """What earlier runs meant to do, and this one does."""
    receivers: dict[str, frozenset[str]] = field(default_factory=dict)
    """By a token's resource: a hash of each app that is handed it."""

    @property
    def account_id(self) -> int:
        """The account's number."""
        return self.settings.account_id

    @property
    def account(self) -> str:
        """What messages call the account."""
        return f"{self.settings.host}, account {self.account_id}"

    @property
    def headline(self) -> str:
        """What a report's first line says of it."""
        return self.account

    @property
    def base_url(self) -> str:
        """The SCIM base URL."""
        return self.settings.base_url

    def now(self) -> datetime:
        """The time by dbt's clock."""
        return self.transport.now(self.settings.host)

    def put_aside(self) -> None:
        """Take less space until something is asked again."""
        self.calls.memo.put_aside()

    def forget(self) -> None:
        """Read everything anew from now on."""
        self.calls.memo.forget()

    def wait_until(self, ask: Callable[[], T | None], patience: float) -> T | None:
        """Ask until there is an answer, for *patience* seconds at most; None if none came."""
        return self.transport.wait_until(ask, patience)

    def settle(self, last_used: str | None) -> None:
        """Wait until another use of the token will show as a later one.

        How finely `last_used` ticks isn't documented, so it is looked at: a fraction of a second
        shows that it ticks finer than a second, and nothing is waited for.
        """
        if last_used is None:
            return
        used = utc(last_used)
        if used.microsecond:
            return
        self.pause_until(used + SETTLING)

    def pause_until(self, then: datetime) -> None:
        """Wait for a moment by dbt's clock, a few seconds at most: clocks differ."""
        left = min(then - self.now(), SETTLING).total_seconds()
        if left > 0:
            self.transport.pause(left)

    # -- SCIM

    def scim_config(self) -> dict[str, Any]:
        """The account's three SCIM switches."""
        found: dict[str, Any] = self.calls.get(self._path("scim-config"))
        return found

    def set_scim_config(self, config: Mapping[str, bool]) -> None:
        """Set the switches; dbt takes all three at once (specified)."""
        self.calls.write("POST", self._path("scim-config"), dict(config))

    def scim_tokens(self, *, fresh: bool = False) -> list[dict[str, Any]]:
        """The account's SCIM tokens, without values; *fresh*: as they are now."""
        asked = self._path("scim-config/tokens")
        return self.calls.rows_afresh(asked) if fresh else self.calls.rows(asked)

    def scim_token(self, token_id: int) -> dict[str, Any] | None:
        """A token as it is now: its ``last_used`` moves; None if there is none."""
        found: dict[str, Any] | None = self.calls.read(self._path(f"scim-config/tokens/{token_id}"))
        return found

    def create_scim_token(self, name: str) -> tuple[dict[str, Any], Secret]:
        """Make a token; its value is shown this once.

        Raises:
            OutcomeUnknown: it may have been made, and its value is lost.
        """
        made = self.calls.write("POST", self._path("scim-config/tokens"), {"name": name})
        value = made.pop("token_string", None) if isinstance(made, dict) else None
        if not isinstance(value, str) or not isinstance(made.get("id"), int):
            raise OutcomeUnknown(
                "dbt Cloud made a SCIM token and didn't show it",
                ("asked", f"POST {self._path('scim-config/tokens')}"),
                ("do", "run again"),
            )
        origin = f"SCIM token {made['id']} of account {self.account_id}"
        return made, self.keeper.minted(value, origin=origin, hosts=self.token_hosts)

    def delete_scim_token(self, token_id: int) -> None:
        """Revoke a token, and look whether it is gone; not found is success.

        Raises:
            Unexpected: dbt answered with success and the token is there still.
        """
        asked = self._path(f"scim-config/tokens/{token_id}")
        self.calls.write("DELETE", asked)
        if self.calls.read(asked) is not None:
            raise Unexpected(
                f"dbt Cloud accepted the end of SCIM token {token_id} and changed nothing",
                ("asked", f"DELETE {asked}"),
                ("do", "look at SSO & SCIM in dbt's account settings, then run again"),
            )

    # -- people and seats

    def users(self) -> list[dict[str, Any]]:
        """Everybody in the account."""
        return self.calls.rows(self._path("users"))

    def seats(self) -> dict[str, Mapping[str, Any]]:
        """For each licence type the seats in use and bought: in_use, total, limited."""
        return {
            licence: detail
            for row in self.licence_rows()
            for licence, detail in row.items()
            if isinstance(detail, Mapping)
        }

    def licence_rows(self) -> list[dict[str, Any]]:
        """Seats for each type of licence (specified), or a row for each person (reported)."""
        return self.calls.rows(f"/api/v2/accounts/{self.account_id}/licenses/")

    def invites(self) -> list[dict[str, Any]]:
        """Invitations, accepted ones as well."""
        return self.calls.rows(f"/api/v2/accounts/{self.account_id}/invites/")

    def audit_log(self, most: int) -> tuple[list[dict[str, Any]], bool]:
        """The newest events, and whether that is all: *most* pages at most."""
        return self.calls.newest(self._path("audit-logs"), most)

    def accounts(self) -> list[dict[str, Any]]:
        """The accounts that the token sees."""
        return self.calls.rows("/api/v3/accounts/")

    # -- groups and licences

    def groups(self, *, fresh: bool = False) -> list[dict[str, Any]]:
        """The account's groups, each with its permissions; *fresh*: as they are now."""
        asked = self._path("groups")
        rows = self.calls.rows_afresh(asked) if fresh else self.calls.rows(asked)
        return [row for row in rows if row.get("state", ACTIVE) == ACTIVE]

    def replace_permissions(self, group_id: int, permissions: list[dict[str, Any]]) -> None:
        """Let *permissions* be all that a group has; sent once, whatever comes of it."""
        try:
            self.calls.write("POST", self._path(f"group-permissions/{group_id}"), permissions)
        finally:
            self.calls.memo.forget(self._path("groups"))

    def projects(self) -> list[dict[str, Any]]:
        """The account's projects."""
        rows = self.calls.rows(self._path("projects"))
        return [row for row in rows if row.get("state", ACTIVE) == ACTIVE]

    def license_maps(self) -> list[dict[str, Any]]:
        """The account's licence maps, one for each type of licence at most."""
        rows = self.calls.rows(self._path("license-maps"))
        return [row for row in rows if row.get("state", ACTIVE) == ACTIVE]

    def set_license_map(self, map_id: int | None, body: Mapping[str, Any]) -> None:
        """Change a licence map, or make one."""
        below = "license-maps" if map_id is None else f"license-maps/{map_id}"
        try:
            self.calls.write("POST", self._path(below), dict(body))
        finally:
            self.calls.memo.forget(self._path("license-maps"))

    def delete_license_map(self, map_id: int) -> None:
        """Remove a licence map; not found is success."""
        try:
            self.calls.write("DELETE", self._path(f"license-maps/{map_id}"))
        finally:
            self.calls.memo.forget(self._path("license-maps"))

    # -- what else is set in the account

    def sso_providers(self) -> list[dict[str, Any]]:
        """The account's SSO providers, without certificates; in no specification (facts: dbt 2.3).

        Known from dbt's Terraform provider alone.
        """
        rows = self.calls.rows(self._path("auth-provider"))
        return [row for row in rows if row.get("state", ACTIVE) == ACTIVE]

    def ip_rules(self) -> list[dict[str, Any]]:
        """The account's IP restrictions: rules that allow or deny ranges of addresses."""
        rows = self.calls.rows(self._path("ip-restrictions"))
        return [row for row in rows if row.get("state", ACTIVE) == ACTIVE]

    # -- doctor

    def examine(self) -> Iterator[Check]:
        """Whether dbt accepts the token, and whether our clocks agree."""
        title = f"{self.settings.host} accepts the token {self.settings.token}"
        try:
            self.scim_config()
        except SetupError as error:
            yield Check(title, "failed", str(error))
            return
        yield Check(title, "passed", f"for account {self.account_id}")
        yield agreement(self.settings.host, self.now())
        yield _own_tokens.check(self)

    def service_tokens(self) -> list[dict[str, Any]]:
        """The account's live service tokens: names, permission sets and times, without values."""
        rows = self.calls.rows(self._path("service-tokens"))
        return [row for row in rows if row.get("state", ACTIVE) == ACTIVE]

    def _path(self, below: str) -> str:
        return f"/api/v3/accounts/{self.account_id}/{below}/"
