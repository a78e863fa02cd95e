"""What the simulated services remember: Okta orgs, dbt accounts, and one lock for all of it."""

import threading
from collections import deque
from dataclasses import dataclass, field

from okta_scim_setup.simulator.clock import Clock
from okta_scim_setup.simulator.dbt_cloud.records import Account
from okta_scim_setup.simulator.ids import Ids
from okta_scim_setup.simulator.okta.records import App, OktaGroup, Org
from okta_scim_setup.simulator.switches import Switches

__all__ = ["Switches", "Tenant", "World"]


@dataclass(slots=True)
class Tenant:
    """A tenant of the seed data: an app on an org, by its label, and an account."""

    name: str
    org: Org
    label: str
    account: Account
    groups: tuple[OktaGroup, ...]

    @property
    def app(self) -> App | None:
        """Its app; None as long as nobody has made it."""
        return next((a for a in self.org.apps.values() if a.label == self.label), None)


@dataclass(slots=True)
class World:
    """Everything that is simulated; whoever reads or changes it holds `lock`.

    `history` is how many entries each org's System Log and each account's audit log keep.
    """

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
    notes: deque[str] = field(default_factory=lambda: deque(maxlen=1000))
    history: int = 10_000

    def limit(self, per_window: int) -> int:
        """A rate limit as it is enforced here: 20 times the real one where it is relaxed."""
        return per_window * 20 if self.relaxed else per_window
