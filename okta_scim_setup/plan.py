"""Desired x live -> plan. Pure: the plan is data, to be printed, saved, hashed and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from okta_scim_setup.address import Address, Ref
from okta_scim_setup.errors import Place
from okta_scim_setup.live import Holding, Live, Pending, Superfluous, Unreadable
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
        handed = {name: ref.address for name, ref in self.refs.items() if _write_only(self, name)}
        object.__setattr__(self, "address", self.resource.address)
        object.__setattr__(self, "handed", handed)

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


def plan(
    desired: Sequence[Desired],
    live: Mapping[Address, Live | None],
    renewed: frozenset[Address] = frozenset(),
) -> tuple[Change, ...]:
    """Compare in order; what is made anew differs for whoever refers to it.

    Args:
        desired: what is wanted, in order.
        live: what is there.
        renewed: what is to be made anew though nothing about it differs.
    """
    anew = _made_anew(desired, live, renewed)
    changes: list[Change] = []
    for wanted in desired:
        here = live.get(wanted.address)
        change = _change(wanted, here, anew)
        changes.append(_left_to_its_owner(wanted, change) if wanted.owner else change)
        changes += [] if wanted.owner or wanted.absent else _retirements(wanted, here)
    return tuple(changes)


def _left_to_its_owner(wanted: Desired, change: Change) -> Change:
    """What differs is reported and never written."""
    if change.action is Action.NO_OP:
        return change
    anew = change.action is Action.CREATE and change.reason
    otherwise = Action.UPDATE if anew else change.action
    said = {Action.CREATE: "it isn't there; ", Action.DELETE: "it is there; "}
    reason = f"{said.get(otherwise, '')}fix it in {wanted.owner.capitalize()}"
    return Change(
        Action.ELSEWHERE,
        change.address,
        change.differences,
        reason,
        depends_on=change.depends_on,
        otherwise=otherwise,
    )


Anew = frozenset[Address | Ref]
"""What gets a new identity as a whole, and single outputs that become others."""


def _made_anew(
    desired: Sequence[Desired], live: Mapping[Address, Live | None], renewed: frozenset[Address]
) -> Anew:
    """Addresses that get a new identity: absent ones, and those whose value is needed again.

    A value that was shown once can't be read: whoever needs it gets a new one.
    """
    anew: set[Address | Ref] = set(renewed)
    for wanted in desired:
        here = live.get(wanted.address)
        if wanted.absent or wanted.owner:
            continue
        if here is None or _replaced(wanted, here):
            anew.add(wanted.address)
        attributes = frozenset(d.attribute for d in _differences(wanted, here, frozenset(anew)))
        for attribute in attributes if here is not None else ():
            moved = wanted.resource.MOVES.get(attribute, frozenset())
            anew |= {Ref(wanted.address, output) for output in moved}
        for attribute in wanted.resource.needs(here, attributes):
            if attribute in wanted.refs:
                anew.add(wanted.refs[attribute].address)
    return frozenset(anew)


def _replaced(wanted: Desired, here: Live) -> bool:
    return any(
        d.mutability is Mutability.IMMUTABLE for d in _differences(wanted, here, frozenset())
    )


def _change(wanted: Desired, here: Live | None, anew: Anew) -> Change:
    if wanted.absent:
        return _removal(wanted, here)
    differences = _differences(wanted, here, anew)
    action = _action(wanted, here, differences, anew)
    return Change(
        action,
        wanted.address,
        differences,
        reason=_reason(wanted, here, differences, anew),
        clicks=_clicks(wanted, here, differences),
        depends_on=wanted.depends_on,
        refusal=_refusal(wanted, here, action, differences),
        making=type(wanted.resource).MAKING if action is Action.CREATE else "",
    )


STATE = "state"
"""The attribute that a removal by a person differs in."""


def _removal(wanted: Desired, here: Live | None) -> Change:
    """What is done with something that shall not be there."""
    if here is None or wanted.resource.gone(here):
        return Change(Action.NO_OP, wanted.address, depends_on=wanted.depends_on)
    clicks = tuple(wanted.resource.farewell(here))
    return Change(
        Action.BY_HAND if clicks else Action.DELETE,
        wanted.address,
        (Difference(STATE, "present", "absent", channel="manual"),) if clicks else (),
        reason=wanted.resource.why_by_hand(here) if clicks else "",
        clicks=clicks,
        depends_on=wanted.depends_on,
        refusal=PROTECTED if wanted.protected else wanted.resource.clings(here),
    )


PROTECTED = "it is protected: protect: true"


def _refusal(
    wanted: Desired,
    here: Live | None,
    action: Action,
    differences: tuple[Difference, ...],
) -> str:
    if wanted.protected and action is Action.REPLACE:
        return PROTECTED
    if action in (Action.NO_OP, Action.REPLACE):
        return ""
    return wanted.resource.objection(here, frozenset(d.attribute for d in differences))


def _action(
    wanted: Desired,
    here: Live | None,
    differences: tuple[Difference, ...],
    anew: Anew,
) -> Action:
    if here is not None and _replaced(wanted, here) and not wanted.resource.SUPERSEDES:
        return Action.REPLACE
    if here is None or wanted.address in anew:
        return Action.CREATE
    if not differences:
        return Action.NO_OP
    if all(d.channel == "manual" for d in differences):
        return Action.BY_HAND
    return Action.UPDATE


def _reason(
    wanted: Desired,
    here: Live | None,
    differences: tuple[Difference, ...],
    anew: Anew,
) -> str:
    if here is not None and any(d.channel == "manual" for d in differences):
        return wanted.resource.why_by_hand(here)
    if here is None or wanted.address not in anew:
        return ""
    if not _replaced(wanted, here):
        return "its value is needed again and was shown once"
    due = [d.before.why for d in differences if isinstance(d.before, Pending)]
    return "; ".join(due) or "asked for anew"


def _clicks(
    wanted: Desired, here: Live | None, differences: tuple[Difference, ...]
) -> tuple[Click, ...]:
    by_hand = frozenset(d.attribute for d in differences if d.channel == "manual")
    if here is None or not by_hand:
        return ()
    return tuple(sorted(wanted.resource.clicks(here, by_hand), key=lambda click: click.order))


def _retirements(wanted: Desired, here: Live | None) -> list[Change]:
    """Superseded things of ours, each with the evidence that nothing needs it."""
    return [
        Change(Action.RETIRE, wanted.address, reason=old.evidence, superfluous=old)
        for old in (here.superfluous if here else ())
    ]


def _differences(wanted: Desired, here: Live | None, anew: Anew) -> tuple[Difference, ...]:
    found = [
        difference
        for attribute, after in wanted.resource.attributes().items()
        if (difference := _difference(wanted, here, attribute, after, anew))
    ]
    if here is not None and any(d.mutability is Mutability.WRITE_ONLY for d in found):
        # What is handed over anew is entered together with all that no API shows.
        found += [
            _as_difference(wanted, here, attribute, value, after)
            for attribute, after in wanted.resource.attributes().items()
            if isinstance(value := here.values.get(attribute), Unreadable)
            and attribute not in {d.attribute for d in found}
            and wanted.resource.channel(attribute, here) == "manual"
            and after is not None
        ]
        order = list(wanted.resource.attributes())
        found.sort(key=lambda d: order.index(d.attribute))
    return tuple(found)


def _difference(
    wanted: Desired, here: Live | None, attribute: str, after: Any, anew: Anew
) -> Difference | None:
    ref = wanted.refs.get(attribute)
    remade = ref is not None and (ref.address in anew or ref in anew)
    if here is None:
        seen = after is not None or remade
        shown = ref if ref and (remade or _write_only(wanted, attribute)) else after
        return _as_difference(wanted, here, attribute, None, shown) if seen else None
    before = here.values.get(attribute, _ABSENT)
    if remade and (attribute in here.values or _write_only(wanted, attribute)):
        return _as_difference(wanted, here, attribute, None if before is _ABSENT else before, ref)
    if before is _ABSENT or after is None or isinstance(before, Unreadable):
        return None
    if isinstance(before, Pending):
        shown = ref if _write_only(wanted, attribute) and ref else after
        return _as_difference(wanted, here, attribute, before, shown)
    if _write_only(wanted, attribute) or before == after:
        return None
    return _as_difference(wanted, here, attribute, before, after)


_ABSENT = object()


def _write_only(wanted: Desired, attribute: str) -> bool:
    return type(wanted.resource).mutability(attribute) is Mutability.WRITE_ONLY


def _as_difference(
    wanted: Desired, here: Live | None, attribute: str, before: Any, after: Any
) -> Difference:
    return Difference(
        attribute,
        before,
        after,
        type(wanted.resource).mutability(attribute),
        wanted.resource.channel(attribute, here),
    )
