"""One tenant's apply, as far as it has come, and who does what only a person can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from okta_scim_setup.address import Address
from okta_scim_setup.engine import Remaining, Snapshot
from okta_scim_setup.live import Live
from okta_scim_setup.outcome import Outcome, Visit
from okta_scim_setup.plan import Change, Plan
from okta_scim_setup.results import Check
from okta_scim_setup.sink import Sink
from okta_scim_setup.transport import Transport


class Attendant(Protocol):
    """Brings a visit to a person: waits for the clicks, or only says what they are."""

    def attend(self, visit: Visit, look: Remaining) -> bool:
        """Whether everything was seen done; a look that fails is no reason to end the visit."""


class Nobody:
    """Nobody is there to do clicks: they are reported at the end, and the next run picks up."""

    def attend(self, visit: Visit, look: Remaining) -> bool:
        """Nothing was seen done."""
        return False


NOBODY = Nobody()


@dataclass
class Run:
    """One tenant's apply, as far as it has come."""

    plan: Plan
    snapshot: Snapshot
    attendant: Attendant
    sink: Sink | None
    made: dict[Address, Live] = field(default_factory=dict)
    """What was just made, with the values that are shown once; reading again loses them."""
    placed: dict[Address, str] = field(default_factory=dict)
    """Where a token was put for the person."""
    unshown: set[Address] = field(default_factory=set)
    """What was put there for the visit that is next, and may not be looked at."""
    held_back: dict[Address, str] = field(default_factory=dict)
    """What others have to wait for, and why."""
    checks: list[Check] = field(default_factory=list)
    owed: set[Address] = field(default_factory=set)
    """What was made and is on its way to its receiver: it isn't left half way."""
    visit: Visit | None = None
    """What is left to a person."""
    outcomes: list[Outcome] = field(default_factory=list)
    """What came of the changes so far."""
    under_way: Change | None = None
    """The change that was begun and of which nothing is known yet."""

    @property
    def transport(self) -> Transport:
        """The run's way out."""
        found: Transport = next(iter(self.snapshot.apis.values())).transport
        return found
