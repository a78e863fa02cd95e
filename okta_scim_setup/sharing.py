"""What two tenants must not both have: each would undo the other's work. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from okta_scim_setup.address import Address
from okta_scim_setup.errors import Problem
from okta_scim_setup.live import Live
from okta_scim_setup.playbook import Declaration, Declared

Found = tuple[Declared, Mapping[Address, Live | None]]
"""What was declared for a tenant, and what of it was found so far; nothing, while offline."""

NOTHING_FOUND: Mapping[Address, Live | None] = {}


def exclusive(declared: Declared, live: Mapping[Address, Live | None]) -> Found:
    """What of a tenant no other one may have, without the rest."""
    own = tuple(d for d in declared.resources if d.resource.EXCLUSIVE)
    addresses = [d.resource.address for d in own]
    return replace(declared, resources=own), {a: live[a] for a in addresses if a in live}


def shared(tenants: Iterable[Found]) -> Iterator[tuple[tuple[str, str], Problem]]:
    """The names of two tenants that have one thing, and the problem that it is."""
    first: dict[tuple[str, ...], tuple[Declared, Declaration]] = {}
    told: set[tuple[str, str, Address]] = set()
    for declared, live in tenants:
        for declaration in declared.resources:
            for key in _identities(declared, declaration, live):
                other, theirs = first.setdefault(key, (declared, declaration))
                names = (other.tenant.name, declared.tenant.name)
                if other is not declared and (*names, theirs.resource.address) not in told:
                    told.add((*names, theirs.resource.address))
                    yield names, _problem(names, key, other.where(theirs), declared, declaration)


def _identities(
    declared: Declared, declaration: Declaration, live: Mapping[Address, Live | None]
) -> Iterator[tuple[str, ...]]:
    """Whatever says which one is meant: what was written, and the id that was found."""
    resource, address = declaration.resource, declaration.resource.address
    if not resource.EXCLUSIVE:
        return
    url = str(getattr(declared.tenant.settings[address.provider], "url", ""))
    for attribute in resource.EXCLUSIVE:
        value = getattr(resource, attribute)
        if value is not None:
            yield url, address.kind, attribute, str(value)
    here = live.get(address)
    if here is not None:
        yield url, address.kind, "id", str(here.outputs["id"])


def _problem(
    names: tuple[str, str],
    key: tuple[str, ...],
    there: str,
    declared: Declared,
    declaration: Declaration,
) -> Problem:
    url, kind, attribute, value = key
    return Problem(
        f'{" and ".join(names)} are set up with one {kind} of {url}: {attribute} "{value}"',
        (
            ("from", there),
            ("from", declared.where(declaration)),
            ("do", "give each tenant its own, or remove one of them. Nothing was written."),
        ),
    )
