"""A playbook: loaded, filled in for a tenant, validated, and put in the order of work.

Shipped playbooks are in the package and go by name; a path means a file. An error shows where the
playbook's line is and, where the tenant's variable is at fault, the tenant's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from okta_scim_setup import declaring
from okta_scim_setup.config import Tenant
from okta_scim_setup.document import parse, read_text
from okta_scim_setup.errors import ConfigError, Place, Problem
from okta_scim_setup.near import near
from okta_scim_setup.node import Node
from okta_scim_setup.ordering import in_order
from okta_scim_setup.resource import Address, Resource
from okta_scim_setup.validation import unknown_key

TOP = ("variables", "resources")
"""The keys of a playbook."""

RESERVED = frozenset({"tenant", "item", "index"})
"""What templates see anyway."""


@dataclass(frozen=True)
class Playbook:
    """What is wanted, as a template."""

    name: str
    """As the config names it."""
    variables: Node
    """A mapping from each variable's name to its default; null: it must be set."""
    resources: tuple[Node, ...]


@dataclass(frozen=True)
class Declaration:
    """One resource that is wanted."""

    resource: Resource
    place: Place
    """The line in the playbook."""
    depends_on: frozenset[Address]
    """What comes first: whom it refers to, names in ``depends_on``, and kinds that always do."""
    absent: bool
    """Whether it shall not be there."""
    places: Node = field(compare=False, repr=False)
    """Its attributes as they were filled in, with their lines."""
    variables: tuple[str, ...] = ()
    """The variables that its templates read."""


@dataclass(frozen=True)
class Declared:
    """All that is wanted for a tenant, in the order of work; file order among equals."""

    tenant: Tenant
    resources: tuple[Declaration, ...]

    def where(self, declaration: Declaration) -> str:
        """Where *declaration* was written, and the tenant's variables that went into it."""
        set_there = [
            f"{self.tenant.variables.place_of((name,))} variables.{name}"
            for name in declaration.variables
            if name in self.tenant.variables.children
        ]
        written = f"{declaration.place} {declaration.resource.address}"
        return ", ".join([*set_there, f"used in {written}" if set_there else written])


def shipped() -> tuple[str, ...]:
    """The names of the playbooks that are in the package."""
    folder = files("okta_scim_setup") / "playbooks"
    return tuple(
        sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml"))
    )


def load_playbook(name: str, base: Path) -> Playbook:
    """Read a playbook.

    Args:
        name: a shipped playbook's name, or a path: whatever holds a slash or ends in ``.yaml``.
        base: the folder that a path is looked up from.

    Raises:
        ConfigError: there is none, or it isn't one; all problems of the file at once.
    """
    if "/" in name or name.endswith((".yaml", ".yml")):
        path = base / Path(name).expanduser()
        return _parsed(name, read_text(path, str(path)), str(path))
    if name not in shipped():
        known = ", ".join(shipped())
        do = f"use {known}, or give the path of a file"
        raise ConfigError(f'no playbook is called "{name}"', *near(name, shipped()), ("do", do))
    text = (files("okta_scim_setup") / "playbooks" / f"{name}.yaml").read_text(encoding="utf-8")
    return _parsed(name, text, name)


def declare(playbook: Playbook, tenant: Tenant) -> Declared:
    """Fill *playbook* in for *tenant*, validate it, and put it in order.

    Raises:
        ConfigError: something doesn't fit; all problems at once.
    """
    found, problems = declaring.declarations(playbook.resources, _context(playbook, tenant))
    return Declared(tenant, ())
