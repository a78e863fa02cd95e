"""What the simulated services remember: Okta orgs, dbt accounts, and one lock for all of it."""

import threading
from dataclasses import dataclass, field

from okta_scim_setup.simulator.clock import Clock
from okta_scim_setup.simulator.dbt_cloud.records import Account
from okta_scim_setup.simulator.ids import Ids
from okta_scim_setup.simulator.okta.records import App, OktaGroup, Org


@dataclass(slots=True)
class Switches:
    """What nobody outside Okta and dbt knows for sure: each behaviour can be had either way."""

    connections_on_custom_apps: bool = False
    """Whether the connections API works on a custom SAML app once SCIM is on in the console."""
    features_follow: str = "toggles"
    """Whether an app's `features` follow the To App `toggles` or the supported `actions`."""
    put_wipes_scim: bool = True
    """Whether PUT of the app object wipes its SCIM settings (reported)."""
    last_used_delay: float = 0.0
    """Seconds until a use of a SCIM token shows in its `last_used`."""
    last_used_resolution: str = "second fraction"
    """How exact `last_used` is: second fraction, second, minute, hour or day."""
    scim_timeout: float = 60.0
    """Seconds that Okta waits for a SCIM endpoint (specified)."""


@dataclass(slots=True)
class Tenant:
    """A tenant of the seed data: an app on an org, and an account."""

    name: str
    org: Org
    app: App
    account: Account
    groups: tuple[OktaGroup, ...]


@dataclass(slots=True)
class World:
    """Everything that is simulated; whoever reads or changes it holds `lock`."""

    url: str
    relaxed: bool
    switches: Switches = field(default_factory=Switches)
    clock: Clock = field(default_factory=Clock)
    ids: Ids = field(default_factory=Ids)
    lock: threading.RLock = field(default_factory=threading.RLock)
    orgs: list[Org] = field(default_factory=list)
    accounts: dict[int, Account] = field(default_factory=dict)
    account_of_token: dict[str, Account] = field(default_factory=dict)
    tenants: list[Tenant] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def limit(self, per_window: int) -> int:
        """A rate limit as it is enforced here: 20 times the real one where it is relaxed."""
        return per_window * 20 if self.relaxed else per_window
