"""What a plan is: data, to be printed, saved, hashed and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from okta_scim_setup.address import Address, Ref
from okta_scim_setup.errors import Place
from okta_scim_setup.live import Holding, Superfluous
from okta_scim_setup.people import Census
from okta_scim_setup.resource import Channel, Mutability, Resource
from okta_scim_setup.results import Click, Reading, Source


class Action(Enum):
    """What is to be done with a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    RETIRE = "retire"
    BY_HAND = "by-hand"
    ELSEWHERE = "elsewhere"
    """Its owner is another tool: it differs, and is to be mended there."""
    NO_OP = "no-op"


STATE = "state"
"""The attribute that a removal by a person differs in."""

_NOT_OURS = (Action.NO_OP, Action.ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Desired:
    """A resource with as many references filled in as can be, and all as they were written."""

    resource: Resource
    refs: Mapping[str, Ref] = field(default_factory=dict)
    depends_on: frozenset[Address] = frozenset()
    absent: bool = False
    owner: str = ""
    """Who writes it, if it isn't us."""
    protected: bool = False
    """Whether it is never removed or replaced."""
    address: Address = field(init=False)
    """What it is called."""
    handed: Mapping[str, Address] = field(init=False)
    """By attribute, whose values it is handed that it never shows again."""

    def __post_init__(self) -> None:
        handed = {name: ref.address for name, ref in self.refs.items() if self.hides(name)}
        object.__setattr__(self, "address", self.resource.address)
        object.__setattr__(self, "handed", handed)

    def hides(self, attribute: str) -> bool:
        """Whether a value of *attribute* is taken and never shown again."""
        return type(self.resource).mutability(attribute) is Mutability.WRITE_ONLY

    @property
    def declared(self) -> Mapping[str, Any]:
        """Its attributes as they were written, and whether it shall be there at all."""
        return {
            "state": "absent" if self.absent else "present",
            **self.resource.attributes(),
            **self.refs,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute that isn't as declared."""

    attribute: str
    before: Any
    after: Any
    mutability: Mutability = Mutability.READ_WRITE
    channel: Channel = "api"


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be done with one resource, and why."""

    action: Action
    address: Address
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    superfluous: Superfluous | None = None
    clicks: tuple[Click, ...] = ()
    """What is left to a person, in the order of the console's pages."""
    depends_on: frozenset[Address] = frozenset()
    refusal: str = ""
    """Why it may not be done, whatever the operator names."""
    otherwise: Action | None = None
    """What would be done with it here, where that is left to its owner."""
    making: str = ""
    """What making it means, where its name alone doesn't say."""

    @property
    def attributes(self) -> frozenset[str]:
        """The attributes that go through the API."""
        return frozenset(d.attribute for d in self.differences if d.channel == "api")

    @property
    def by_hand(self) -> frozenset[str]:
        """The attributes that only a person can set."""
        return frozenset(d.attribute for d in self.differences if d.channel == "manual")


@dataclass(frozen=True)
class Plan:
    """What would change for one tenant, in order, and what it was made from."""

    tenant: str
    changes: tuple[Change, ...]
    basis: str
    """A hash of the rendered resources, references, ids and live values that the plan rests on."""
    headline: tuple[str, ...] = ()
    census: Census | None = None
    notes: tuple[str, ...] = ()
    entails: tuple[str, ...] = ()
    """What becomes otherwise in a service besides what is written."""
    uncounted: bool = False
    """Whether it touches people whom nothing declared can count."""
    unseen: tuple[str, ...] = ()
    """Attributes that no API shows."""
    apart: tuple[str, ...] = ()
    """What shows that the two ends don't belong together."""
    token_used: datetime | None = None
    """When the handed-over token was last used: what stands in for them."""
    holdings: tuple[Holding, ...] = ()
    """The live tokens that a rotation starts from."""
    sources: Mapping[Address, Source] = field(default_factory=dict, compare=False)
    """Where each resource was written."""
    seen: datetime | None = field(default=None, compare=False)
    """When all that it was made from had been read."""
    readings: Mapping[Address, tuple[Reading, ...]] = field(default_factory=dict, compare=False)
    """The requests by which each resource was read."""
    unread: frozenset[Address] = field(default=frozenset(), compare=False)
    """What wasn't looked for, since what it belongs to isn't there."""
    log_targets: Mapping[Address, frozenset[str]] = field(default_factory=dict, compare=False)
    """What the services' logs call each resource."""
    declared: Mapping[Address, Mapping[str, Any]] = field(default_factory=dict, compare=False)
    """What each resource was declared to be, references as they were written."""

    def places(self, address: Address, attribute: str = "") -> tuple[Place, ...]:
        """Where a resource or one of its attributes was written, the nearest first."""
        source = self.sources.get(address)
        return source.of(attribute) if source else ()

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes that are to be made."""
        return tuple(c for c in self.changes if c.action not in _NOT_OURS)

    @property
    def elsewhere(self) -> tuple[Change, ...]:
        """What differs and is another tool's to mend."""
        return tuple(c for c in self.changes if c.action is Action.ELSEWHERE)

    def count(self, *actions: Action) -> int:
        """How many changes are of *actions*."""
        return sum(change.action in actions for change in self.changes)
