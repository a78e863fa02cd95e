"""What the simulated dbt Cloud remembers of an account."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from okta_scim_setup.simulator.window import Window


@dataclass(slots=True)
class ScimToken:
    """A SCIM token of a dbt account, and when it was used (seconds since the epoch)."""

    id: int
    name: str
    value: str
    created: float
    uses: deque[float] = field(default_factory=lambda: deque(maxlen=1000))


@dataclass(slots=True)
class ServiceToken:
    """A service token of a dbt account; what it may do hangs on its permission sets."""

    id: int
    name: str
    value: str
    permissions: list[dict[str, Any]]
    created: float
    updated: float
    active: bool = True
    last_used: float | None = None


@dataclass(slots=True)
class Invite:
    """An invite of an e-mail address; those of SCIM are made as people are pushed."""

    id: int
    email: str
    kind: str
    license_type: str
    created: float
    group_ids: list[int] = field(default_factory=list)
    redeemed: float | None = None


@dataclass(slots=True)
class IpRules:
    """The IP restrictions of an account: are they on, and the rules by id."""

    id: int = 0
    enabled: bool = False
    created: float = 0.0
    updated: float = 0.0
    rules: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Member:
    """A user of a dbt account: one store for the admin API and for SCIM."""

    id: int
    user_name: str
    given_name: str
    family_name: str
    license_type: str
    created: float
    updated: float
    active: bool = True
    scim_managed: bool = False
    external_id: str | None = None
    last_login: float | None = None


@dataclass(slots=True)
class AccountGroup:
    """A group of a dbt account."""

    id: int
    name: str
    created: float
    updated: float
    members: dict[int, None] = field(default_factory=dict)
    scim_managed: bool = False
    external_id: str | None = None
    assign_by_default: bool = False
    sso_mapping_groups: list[str] = field(default_factory=list)
    permissions: list[dict[str, Any]] = field(default_factory=list)
    deleted: bool = False


@dataclass(slots=True)
class Account:
    """A dbt account with its SCIM configuration."""

    id: int
    name: str
    token: str
    created: float
    seats: dict[str, int]
    enabled: bool = False
    manual_updates_allowed: bool = True
    scim_controlled_license_type: bool = False
    scim_tokens: dict[int, ScimToken] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    groups: dict[int, AccountGroup] = field(default_factory=dict)
    license_maps: dict[int, dict[str, Any]] = field(default_factory=dict)
    service_tokens: dict[int, ServiceToken] = field(default_factory=dict)
    auth_providers: dict[int, dict[str, Any]] = field(default_factory=dict)
    projects: dict[int, dict[str, Any]] = field(default_factory=dict)
    invites: dict[int, Invite] = field(default_factory=dict)
    ip_rules: IpRules = field(default_factory=IpRules)
    audit_log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=10_000))
    window: Window | None = None
    admin_window: Window | None = None
    cools_down_until: float = 0.0
