"""Desired x live -> what is to be changed, in order. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from okta_scim_setup.address import Address, Ref
from okta_scim_setup.live import Live, Pending, Unreadable
from okta_scim_setup.plan import STATE, Action, Change, Desired, Difference
from okta_scim_setup.resource import Mutability
from okta_scim_setup.results import Click


def compare(
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
        shown = ref if ref and (remade or wanted.hides(attribute)) else after
        return _as_difference(wanted, here, attribute, None, shown) if seen else None
    before = here.values.get(attribute, _ABSENT)
    if remade and (attribute in here.values or wanted.hides(attribute)):
        return _as_difference(wanted, here, attribute, None if before is _ABSENT else before, ref)
    if before is _ABSENT or after is None or isinstance(before, Unreadable):
        return None
    if isinstance(before, Pending):
        shown = ref if wanted.hides(attribute) and ref else after
        return _as_difference(wanted, here, attribute, before, shown)
    if wanted.hides(attribute) or before == after:
        return None
    return _as_difference(wanted, here, attribute, before, after)


_ABSENT = object()


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
