"""Which resource comes after which: by reference, by ``depends_on``, and by kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush

from okta_scim_setup import registry
from okta_scim_setup.address import Address, Ref
from okta_scim_setup.errors import ConfigError, Label, Place, Problem
from okta_scim_setup.language.draft import Draft
from okta_scim_setup.language.near import near
from okta_scim_setup.language.node import Node
from okta_scim_setup.resource import Mutability

Before = Mapping[Address, frozenset[Address]]
"""What comes before each resource."""


def before(drafts: Sequence[Draft], unsure: AbstractSet[str]) -> tuple[Before, list[Problem]]:
    """What comes before each of *drafts*, and every reference that leads nowhere.

    Args:
        drafts: all of a playbook.
        unsure: kinds of which not all are known, so that nothing is said of references to them.
    """
    problems = [*_doubles(drafts), *_shared(drafts)]
    problems += [] if unsure else _unreleased(drafts)
    found = {draft.address: draft for draft in drafts}
    needs: dict[Address, frozenset[Address]] = {}
    once: dict[frozenset[Address], frozenset[Address]] = {}  # most of them wait for the same
    for draft in found.values():
        needed: set[Address] = set()
        for attribute, ref, place in draft.refs():
            said = f"{draft.address}: {attribute}"
            for title, notes in _reference(draft, ref, said, found, unsure):
                problems.append(Problem(title, (("from", str(place)), *notes)))
            needed.add(ref.address)
        for node in draft.depends_on:
            named = _named(node.value, found)
            if not named and not _may_be_empty(node.value, unsure):
                problems.append(_nowhere(f"{draft.address}: depends_on", node, found))
            needed |= named
        needed |= {a for a in found if a.kind in draft.kind.AFTER and a != draft.address}
        wanted = frozenset(needed & found.keys())
        needs[draft.address] = once.setdefault(wanted, wanted)
    return needs, problems


def in_order(needs: Before, places: Mapping[Address, Place]) -> list[Address]:
    """The order of work: what comes before first, and among equals as they were written.

    Raises:
        ConfigError: some wait for each other.
    """
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError as error:
        raise _circle(error.args[1], places) from None
    written = {address: number for number, address in enumerate(needs)}
    addresses = list(needs)
    ready: list[int] = []
    order: list[Address] = []
    while sorter.is_active():
        for address in sorter.get_ready():
            heappush(ready, written[address])
        address = addresses[heappop(ready)]
        order.append(address)
        sorter.done(address)
    return order


def _doubles(drafts: Sequence[Draft]) -> Iterator[Problem]:
    first: dict[Address, Draft] = {}
    for draft in drafts:
        other = first.setdefault(draft.address, draft)
        if other is not draft:
            yield Problem(
                f"{draft.address} is declared twice",
                (
                    ("from", str(other.place)),
                    ("from", str(draft.place)),
                    ("do", "give one of them another name, or remove it"),
                ),
            )


def _shared(drafts: Sequence[Draft]) -> Iterator[Problem]:
    """A value that is made anew now and then, and handed to two: nothing tells who uses it."""
    first: dict[Address, Draft] = {}
    for draft in drafts:
        for attribute, ref, place in draft.refs():
            kind = ref.address.kind
            if draft.absent or not (_is_kind(kind) and registry.kind(kind).SUPERSEDES):
                continue
            if draft.kind.mutability(attribute) is not Mutability.WRITE_ONLY:
                continue
            other = first.setdefault(ref.address, draft)
            if other is not draft:
                title = f"{other.address} and {draft.address} are both handed {ref.address}"
                do = "declare one for each: which of the two still uses an old one can't be told"
                yield Problem(title, (("from", str(other.place)), ("from", str(place)), ("do", do)))


def _unreleased(drafts: Sequence[Draft]) -> Iterator[Problem]:
    """What was handed over is removed only together with whoever holds it."""
    released = {ref.address for draft in drafts if draft.absent for _, ref, _ in draft.refs()}
    for draft in drafts:
        if draft.absent and draft.kind.SUPERSEDES and draft.address not in released:
            yield Problem(
                f"{draft.address}: state: somebody may hold it still",
                (
                    ("from", str(draft.place)),
                    ("do", "declare whoever refers to it with state: absent as well"),
                ),
            )


def _reference(
    draft: Draft, ref: Ref, said: str, found: Mapping[Address, Draft], unsure: AbstractSet[str]
) -> Iterator[tuple[str, tuple[tuple[Label, str], ...]]]:
    """What is wrong with a reference: a title, and notes."""
    kind, target = ref.address.kind, found.get(ref.address)
    outputs = registry.kind(kind).OUTPUTS if _is_kind(kind) else ()
    if target is None and kind not in unsure:
        do: Label = "do"
        how = "declare it, or correct the reference; what `when` leaves out isn't there"
        title = f"{said}: a reference to nothing: {ref.address} isn't declared"
        yield title, (*near(str(ref.address), map(str, found)), (do, how))
    if target is not None and target.absent and not draft.absent:
        title = f"{said}: a reference to {ref.address}, which shall be absent"
        yield title, (("from", str(target.place)),)
    if outputs and ref.output not in outputs:
        title = f'{said}: {ref.address} gives no "{ref.output}"'
        yield title, (*near(ref.output, outputs), ("do", f"{kind} gives {', '.join(outputs)}"))


def _named(text: str, found: Mapping[Address, Draft]) -> set[Address]:
    """The address *text*, or every resource of the kind *text*."""
    address = Address.parse(text)
    if address in found:
        return {address}
    return set() if address.name else {a for a in found if a.kind == address.kind}


def _may_be_empty(text: str, unsure: AbstractSet[str]) -> bool:
    """A kind alone may stand for no resource; one that can't be told may be there."""
    address = Address.parse(text)
    return address.kind in unsure or (not address.name and _is_kind(address.kind))


def _nowhere(said: str, node: Node, found: Mapping[Address, Draft]) -> Problem:
    known = [*map(str, found), *{a.kind for a in found}]
    where: tuple[Label, str] = ("from", str(node.place))
    return Problem(f"{said}: {node.value} isn't declared", (where, *near(node.value, known)))


def _is_kind(name: str) -> bool:
    return name in registry.kinds()


def _circle(addresses: Sequence[Address], places: Mapping[Address, Place]) -> ConfigError:
    """graphlib names whoever comes first first; people read who needs whom."""
    needed = list(reversed(addresses))
    froms: list[tuple[Label, str]] = [("from", f"{places[a]} {a}") for a in needed[:-1]]
    title = f"these wait for each other: {' -> '.join(map(str, needed))}"
    return ConfigError(title, *froms, ("do", "remove one of the references"))
