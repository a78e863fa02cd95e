"""What was declared for a tenant and what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from okta_scim_setup.address import Address, Ref
from okta_scim_setup.errors import ConfigError
from okta_scim_setup.journal import Journal
from okta_scim_setup.live import Live
from okta_scim_setup.plan import Desired
from okta_scim_setup.playbook import Declaration, Declared
from okta_scim_setup.resource import Resource
from okta_scim_setup.results import Reading

Apis = Mapping[str, Any]
"""One connection for each provider's name."""


@dataclass
class Snapshot:
    """What was declared for a tenant and what was found; apply keeps it current."""

    declared: Declared
    apis: Apis
    live: dict[Address, Live | None] = field(default_factory=dict)
    readings: dict[Address, tuple[Reading, ...]] = field(default_factory=dict)
    """The requests by which each resource was read."""
    journal: Journal = field(default_factory=Journal)
    """What earlier runs meant to do for the tenant, and this one does."""
    _filled: dict[Address, tuple[Declaration, Mapping[str, Any], Desired]] = field(
        default_factory=dict
    )
    """Each declaration, what it was last filled in with, and what came of it."""

    def put_aside(self) -> None:
        """Take less space until something is done with it."""
        self._filled.clear()
        for api in self.apis.values():
            api.put_aside()

    def api(self, address: Address) -> Any:
        """The connection that a resource's kind works with."""
        return self.apis[address.provider]

    def declaration(self, address: Address) -> Declaration:
        """What was declared under *address*."""
        return next(d for d in self.declared.resources if d.address == address)

    def resource(self, address: Address) -> Resource:
        """What was declared under *address*, filled in with what was read."""
        return self.desired(self.declaration(address)).resource

    def desired(self, declaration: Declaration) -> Desired:
        """The declaration with the references filled in that are known by now."""
        known = {
            attribute: value
            for attribute, ref in declaration.refs.items()
            if (value := self._output(ref)) is not None
        }
        before = self._filled.get(declaration.address)
        if before is not None and before[0] is declaration and before[1] == known:
            return before[2]
        filled = self._with(known, declaration)
        self._filled[declaration.address] = declaration, known, filled
        return filled

    def _with(self, known: Mapping[str, Any], declaration: Declaration) -> Desired:
        try:
            resource = declaration.resource.resolved(known) if known else declaration.resource
        except ValidationError as error:
            raise _unfit(self, declaration, error) from None
        return Desired(
            resource,
            declaration.refs,
            declaration.depends_on,
            declaration.absent,
            declaration.owner,
            declaration.protected,
        )

    def all_desired(self) -> tuple[Desired, ...]:
        """Every resource, in the order of work."""
        return tuple(self.desired(declaration) for declaration in self.declared.resources)

    def _output(self, ref: Ref) -> Any:
        live = self.live.get(ref.address)
        return None if live is None else live.outputs.get(ref.output)


def _unfit(snapshot: Snapshot, declaration: Declaration, error: ValidationError) -> ConfigError:
    """A reference leads to something that the attribute can't take."""
    attribute = str(error.errors(include_input=False)[0]["loc"][0])
    ref = declaration.refs.get(attribute)
    return ConfigError(
        f"{declaration.address}: {attribute} can't be {ref}",
        ("from", snapshot.declared.where(declaration)),
        ("do", f"okta-scim-setup kinds {declaration.resource.kind} says what it takes"),
        tenant=snapshot.declared.tenant.name,
    )


def handed_to(snapshot: Snapshot, address: Address) -> Iterator[tuple[Desired, str]]:
    """Whoever is handed a value of *address* that is shown once, and through which channel."""
    if not type(snapshot.declaration(address).resource).SUPERSEDES:
        return
    for wanted in snapshot.all_desired():
        for attribute, handed in wanted.handed.items():
            if handed == address and not wanted.absent:
                live = snapshot.live.get(wanted.address)
                yield wanted, wanted.resource.channel(attribute, live)
