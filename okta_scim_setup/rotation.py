"""What a rotation would do for one tenant, as a plan: a new token, its hand-over, old ones retired.

The order is the one of `apply`: mint, try, hand over, see it used; a superseded token goes only
later, on evidence (`rotate --finish`), or at once after a leak (`--no-grace`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from okta_scim_setup import engine
from okta_scim_setup.address import Address
from okta_scim_setup.comparison import compare
from okta_scim_setup.engine import Snapshot, handed_to
from okta_scim_setup.errors import ConfigError, Refused
from okta_scim_setup.live import Holding, Superfluous, current_of
from okta_scim_setup.plan import Action, Change, Desired, Difference, Plan
from okta_scim_setup.resource import Mutability
from okta_scim_setup.results import Check


@dataclass(frozen=True)
class Aim:
    """What the operator asked for."""

    finish: bool = False
    """Only retire what may go."""
    no_grace: bool = False
    """Retire what was superseded as soon as its successor is proven: after a leak."""
    new_token: bool = False
    """Make another one although one waits for a person: its value is lost."""
    retire: int | None = None
    """A token to revoke, ours or not."""
    confirm: int | None = None
    """The token that a person saw in Okta's hands."""

    @property
    def makes(self) -> bool:
        """Whether a new token is wanted."""
        return not self.finish and self.retire is None and self.confirm is None


Holdings = Mapping[Address, tuple[Holding, ...]]
"""The live tokens of each resource that is rotated."""


def holdings(snapshot: Snapshot, *, grace: bool = True) -> Holdings:
    """The live tokens, as each resource judges them."""
    return {
        wanted.address: wanted.resource.holdings(snapshot.api(wanted.address), grace=grace)
        for wanted in _rotated(snapshot)
    }


def prepare(snapshot: Snapshot, aim: Aim) -> Plan:
    """What the rotation would do, taking for granted what a person confirms.

    Raises:
        ConfigError: nothing in the playbook can be rotated, or what takes the token isn't there.
        Refused: a token was named that Okta may hold, or confirmed that isn't the current one.
    """
    rotated = _rotated(snapshot)
    if not rotated:
        raise ConfigError(
            "the playbook declares nothing that can be rotated",
            ("do", "declare dbt_cloud.scim_token"),
        )
    if aim.confirm is not None:
        of_it = [d for d in rotated if _is_among(aim.confirm, d, snapshot)] or rotated
        for wanted in of_it:
            wanted.resource.confirm(snapshot.api(wanted.address), aim.confirm)
    held = holdings(snapshot, grace=not aim.no_grace)
    changes = list(_new_tokens(snapshot, held, aim)) if aim.makes else []
    changes += _retirements(snapshot, rotated, held, aim)
    alive = tuple(each for tokens in held.values() for each in tokens)
    return replace(engine.plan_of(snapshot, changes), holdings=alive)


def _is_among(token_id: int, wanted: Desired, snapshot: Snapshot) -> bool:
    """Whether a token is one that *wanted* made, or counts as its own."""
    found = wanted.resource.holdings(snapshot.api(wanted.address))
    return any(each.id == token_id and (each.ours or each.current) for each in found)


def left_alive(held: Holdings) -> Iterator[Check]:
    """What stays although it was superseded, and why: what is left to do later."""
    for tokens in held.values():
        for each in tokens:
            if each.ours and each.stays:
                yield Check(f"{each.id} stays", "warned", each.stays)


def _rotated(snapshot: Snapshot) -> list[Desired]:
    return [d for d in snapshot.all_desired() if d.resource.SUPERSEDES and not d.absent]


def _new_tokens(snapshot: Snapshot, held: Holdings, aim: Aim) -> Iterator[Change]:
    """The new tokens and their hand-overs; what waits for a person is not made anew."""
    renewed = frozenset(
        address
        for address, tokens in held.items()
        if aim.new_token or not _waits_for_a_person(snapshot, address, tokens)
    )
    for address, tokens in held.items():
        _check_there(snapshot, address, tokens)
    _renew(snapshot, renewed)
    desired = snapshot.all_desired()
    whole = _by_address(compare(desired, snapshot.live, renewed))
    alone = _by_address(compare(desired, snapshot.live))
    for wanted in desired:
        if wanted.address in held and wanted.address in renewed:
            yield replace(whole[wanted.address], reason=whole[wanted.address].reason or "rotated")
        elif _takes(wanted, held):
            yield _hand_over(wanted, snapshot, whole[wanted.address], alone[wanted.address])


def _by_address(changes: Sequence[Change]) -> dict[Address, Change]:
    """One change for each resource: retirements are told apart."""
    return {change.address: change for change in changes if change.action is not Action.RETIRE}


def _hand_over(wanted: Desired, snapshot: Snapshot, whole: Change, alone: Change) -> Change:
    """The token, and whatever else isn't as declared of what it is entered with."""
    here = snapshot.live[wanted.address]
    differs = {d.attribute for d in alone.differences}
    by_hand = frozenset(d.attribute for d in whole.differences if d.channel == "manual")
    aside = {
        attribute
        for click in (wanted.resource.clicks(here, by_hand) if here else ())
        if not click.blocks
        for attribute in click.attributes
    }
    kept = tuple(d for d in whole.differences if _belongs(d, differs - aside))
    left = frozenset(d.attribute for d in kept if d.channel == "manual")
    clicks = wanted.resource.clicks(here, left) if here and left else ()
    ordered = tuple(sorted(clicks, key=lambda click: click.order))
    return replace(whole, differences=kept, clicks=ordered)


def _belongs(difference: Difference, differs: set[str]) -> bool:
    return difference.mutability is Mutability.WRITE_ONLY or difference.attribute in differs


def _takes(wanted: Desired, held: Holdings) -> bool:
    """Whether it is handed one of the tokens."""
    return not wanted.absent and any(address in held for address in wanted.handed.values())


def _check_there(snapshot: Snapshot, address: Address, tokens: Sequence[Holding]) -> None:
    """Refuse where there is nothing to replace, or nobody of ours to hand it to."""
    handed = [wanted for wanted, _ in handed_to(snapshot, address)]
    for wanted in handed:
        if wanted.owner:
            raise ConfigError(
                f"{wanted.address} is {wanted.owner}'s, so nobody would hand it a token",
                ("do", f"rotate it there: it is {wanted.owner}'s to write. Nothing was written."),
            )
    receivers = [wanted.address for wanted in handed]
    missing = [receiver for receiver in receivers if snapshot.live.get(receiver) is None]
    if any(each.current for each in tokens) and receivers and not missing:
        return
    what = str(missing[0]) if missing else f"a token of {address}" if receivers else "a receiver"
    raise ConfigError(
        f"{what} isn't there, so there is nothing to rotate",
        ("do", "okta-scim-setup apply sets it up, with a token of its own. Nothing was written."),
    )


def _waits_for_a_person(snapshot: Snapshot, address: Address, tokens: Sequence[Holding]) -> bool:
    current = current_of(tokens)
    by_hand = any(channel == "manual" for _, channel in handed_to(snapshot, address))
    return by_hand and current is not None and current.ours and current.used is None


def _renew(snapshot: Snapshot, renewed: frozenset[Address]) -> None:
    """From here on what was adopted counts as superseded."""
    snapshot.declared = replace(
        snapshot.declared,
        resources=tuple(
            replace(d, resource=d.resource.renewed()) if d.resource.address in renewed else d
            for d in snapshot.declared.resources
        ),
    )


def _retirements(
    snapshot: Snapshot, rotated: Sequence[Desired], held: Holdings, aim: Aim
) -> Iterator[Change]:
    named: Superfluous | None = None
    for wanted in rotated:
        may_go = {h.id: Superfluous(h.id, h.name, h.evidence) for h in held[wanted.address]}
        may_go = {number: each for number, each in may_go.items() if each.evidence}
        if aim.retire is not None:
            named = wanted.resource.named(snapshot.api(wanted.address), aim.retire)
            may_go = {named.id: named} if named else {}
        for each in may_go.values():
            yield Change(Action.RETIRE, wanted.address, reason=each.evidence, superfluous=each)
    if aim.retire is not None and named is None:
        there = [f'{h.id} "{h.name}"' for tokens in held.values() for h in tokens]
        raise Refused(
            f"there is no SCIM token {aim.retire}",
            *((("near", ", ".join(there)),) if there else ()),
            ("do", "it may be gone already; name one that is there. Nothing was written."),
        )
