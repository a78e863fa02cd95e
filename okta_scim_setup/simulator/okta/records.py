"""What the simulated Okta remembers of an org."""

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from okta_scim_setup.simulator.window import Window

CUSTOM_SAML = "custom_saml"
ZSCALER = "zscalerbyz"
ORG2ORG = "okta_org2org"

PUSH_NEW_USERS = "Push New Users"
PUSH_PROFILE_UPDATES = "Push Profile Updates"
PUSH_GROUPS = "Push Groups"
IMPORT_USERS = "Import New Users and Profile Updates"
IMPORT_GROUPS = "Import Groups"
ACTIONS = (IMPORT_USERS, PUSH_NEW_USERS, PUSH_PROFILE_UPDATES, PUSH_GROUPS, IMPORT_GROUPS)


@dataclass(frozen=True, slots=True)
class Grant:
    """An admin role (none: ""), and the ids of the apps that it is bounded to, if it is."""

    role: str
    apps: frozenset[str] | None = None


SUPER_ADMIN = Grant("SUPER_ADMIN")
NO_ROLE = Grant("")


@dataclass(slots=True)
class OktaUser:
    """A person in an Okta org's directory."""

    id: str
    profile: dict[str, Any]
    status: str
    created: float
    updated: float

    @property
    def login(self) -> str:
        """The name that the person signs in with."""
        return str(self.profile.get("login", ""))


@dataclass(slots=True)
class OktaGroup:
    """A group of an Okta org: OKTA_GROUP, BUILT_IN, or APP_GROUP for the target of a push."""

    id: str
    name: str
    description: str | None
    kind: str
    created: float
    updated: float
    members_updated: float
    members: dict[str, None] = field(default_factory=dict)
    app_id: str | None = None
    scim_id: str | None = None


@dataclass(slots=True)
class AppUser:
    """A person's assignment to an app; `external_id` is the id on the SCIM side, once known."""

    user_id: str
    scope: str
    created: float
    updated: float
    status: str = "ACTIVE"
    sync_state: str = "DISABLED"
    user_name: str | None = None
    profile: dict[str, Any] = field(default_factory=dict)
    external_id: str | None = None
    last_sync: float | None = None


@dataclass(slots=True)
class AppGroup:
    """A group's assignment to an app."""

    group_id: str
    priority: int
    profile: dict[str, Any]
    updated: float


@dataclass(slots=True)
class PushMapping:
    """A group push mapping: a source group and the app group that it is pushed to."""

    id: str
    source_group_id: str
    target_group_id: str
    status: str
    created: float
    updated: float
    last_push: float | None = None
    error_summary: str | None = None


@dataclass(slots=True)
class Provisioning:
    """An app's provisioning settings, as the console's Provisioning tab shows them."""

    scim_enabled: bool = False
    status: str = "DISABLED"
    base_url: str | None = None
    token: str | None = None
    unique_identifier: str | None = None
    actions: tuple[str, ...] = ()
    auth_mode: str | None = None
    create_users: bool = False
    update_user_attributes: bool = False
    deactivate_users: bool = False
    sync_password: bool = False
    inbound: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class App:
    """An app of an Okta org; `body` holds what the API stores without looking at it."""

    id: str
    name: str
    label: str
    kind: str
    sign_on_mode: str | None
    status: str
    created: float
    updated: float
    body: dict[str, Any]
    provisioning: Provisioning = field(default_factory=Provisioning)
    users: dict[str, AppUser] = field(default_factory=dict)
    groups: dict[str, AppGroup] = field(default_factory=dict)
    mappings: dict[str, PushMapping] = field(default_factory=dict)
    schema: dict[str, Any] = field(default_factory=dict)
    expressions: dict[str, dict[str, Any]] = field(default_factory=dict)
    mapping_id: str = ""
    signing_since: float | None = None
    """When its key was made, if it isn't its first one."""
    push_lock: threading.RLock = field(default_factory=threading.RLock)


@dataclass(slots=True)
class ServiceApp:
    """An API Services app: a client id, its public key, and the scopes granted to it."""

    client_id: str
    key: Any
    scopes: frozenset[str]
    dpop: bool
    grant: Grant = SUPER_ADMIN


@dataclass(slots=True)
class AccessToken:
    """An OAuth access token; `thumbprint` binds it to a DPoP key."""

    client_id: str
    scopes: frozenset[str]
    expires: float
    thumbprint: str | None = None


@dataclass(slots=True)
class Task:
    """A provisioning task that a person has to look at: a push that failed."""

    id: str
    kind: str
    app_id: str
    resource_id: str
    reason: str
    created: float
    retryable: bool


@dataclass(slots=True)
class Org:
    """An Okta org; `grants` are the admin roles of its users, by id."""

    id: str
    subdomain: str
    url: str
    api_tokens: dict[str, str]
    users: dict[str, OktaUser] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    groups: dict[str, OktaGroup] = field(default_factory=dict)
    apps: dict[str, App] = field(default_factory=dict)
    service_apps: dict[str, ServiceApp] = field(default_factory=dict)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    dpop_nonces: deque[str] = field(default_factory=lambda: deque(maxlen=100))
    assertions: deque[str] = field(default_factory=lambda: deque(maxlen=10_000))
    grants: dict[str, Grant] = field(default_factory=dict)
    windows: dict[tuple[str, str], Window] = field(default_factory=dict)
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=10_000))
    tasks: dict[str, Task] = field(default_factory=dict)
    under_way: int = 0
