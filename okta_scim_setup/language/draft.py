"""One resource of a playbook, filled in and validated, but not yet held against the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from okta_scim_setup.address import Address, Ref
from okta_scim_setup.errors import ConfigError, Label, Place, Problem
from okta_scim_setup.language.near import meant, near
from okta_scim_setup.language.node import Node, Tagged
from okta_scim_setup.language.template import fill, names
from okta_scim_setup.language.validation import mentions, validated
from okta_scim_setup.resource import Resource
from okta_scim_setup.secret import Secret, SecretReference

DIRECTIVES = ("kind", "name", "for_each", "when", "depends_on", "state", "owner", "protect")
"""What a resource may say besides its attributes."""


OWNERS = ("terraform",)
"""Who may write a resource in our place."""


@dataclass(frozen=True)
class Draft:
    """A resource as it was filled in."""

    kind: type[Resource]
    address: Address
    place: Place
    node: Node = field(repr=False)
    """Its attributes."""
    depends_on: tuple[Node, ...]
    """The texts of ``depends_on``."""
    absent: bool
    owner: str
    protected: bool
    origins: tuple[str, ...]
    """Where the tenant's variables were set that went into it."""
    resource: Resource | None = None
    """None if its attributes don't fit."""

    def refs(self) -> Iterator[tuple[str, Ref, Place]]:
        """Each reference, the attribute it is in, and where it stands."""
        for path, leaf in self.node.walk():
            if isinstance(leaf.value, Ref):
                yield str(path[0]), leaf.value, leaf.place


@dataclass(frozen=True)
class Sight:
    """What a resource's templates see."""

    values: Mapping[str, Any]
    origins: Mapping[str, str]
    """Where each of the values was set, if the tenant set it."""

    def of(self, node: Node) -> tuple[str, ...]:
        """Where the values were set that *node* reads."""
        return self.whence(names(node))

    def whence(self, read: AbstractSet[str]) -> tuple[str, ...]:
        """Where the values of the variables in *read* were set."""
        return tuple(dict.fromkeys(self.origins[x] for x in sorted(read & self.origins.keys())))

    def filled(self, node: Node) -> Node:
        """*node* filled in.

        Raises:
            ConfigError: it can't be; told from where the values were set.
        """
        try:
            return fill(node, self.values)
        except ConfigError as error:
            raise ConfigError.of(traced(error.problems, self.of(node))) from None


@dataclass(frozen=True)
class Unknown:
    """A resource of which nothing can be said."""

    kind: str
    """What is written in place of one that there is."""
    problem: Problem


@dataclass(frozen=True)
class Template:
    """A resource before it is filled in; what is alike for all tenants is found out once."""

    kind: type[Resource]
    node: Node

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The attributes of the kind."""
        return tuple(name for name in self.kind.model_fields if name != "name")

    @cached_property
    def reads(self) -> frozenset[str]:
        """The variables that it reads."""
        return names(self.node)

    @cached_property
    def _reads_of_its_own(self) -> frozenset[str]:
        """The variables that it reads, those that it is repeated for aside."""
        return names(self.node.without("for_each"))

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong whatever is filled in."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[Problem]:
        known = (*self.fields, *DIRECTIVES)
        for key in self.node.children:
            if key not in known:
                title = f'{self.kind.kind}: no attribute "{key}"'
                do = f"known are {', '.join(known)}"
                yield problem(title, self.node.place_of((key,)), do, near(key, known))
        for path, leaf in self._misplaced_secrets:
            title = f"{self.kind.kind}: {'.'.join(map(str, path))}: a secret has no place here"
            yield problem(title, leaf.place, "keep secrets in config.yaml")

    def name(self, sight: Sight) -> str:
        """The resource's name; empty where it has none.

        Raises:
            ConfigError: it has one and mustn't, has none and must, or it can't be one.
        """
        kind, written = self.kind.kind, self.node.children.get("name")
        if written is None and self.kind.NAMED_BY:
            written = self.node.children.get(self.kind.NAMED_BY)
        if written is None:
            if self.kind.NAME != "required":
                return ""
            raise _error(f"{kind} needs a name", self.node.place, "write name: ... below its kind")
        place = self.node.place_of(("name",))
        if self.kind.NAME == "never":
            raise _error(f"{kind} has no name", place, "remove it: there is one per account")
        name = sight.filled(written).value
        name = name.address.name if isinstance(name, Ref) else name
        if isinstance(name, str) and name.strip() and name.isprintable():
            return name
        wrong = _error(f"{kind}: name: must be text on one line", place, "put it in quotes")
        raise ConfigError.of(traced(wrong.problems, sight.of(written)))

    def draft(self, address: Address, sight: Sight) -> tuple[Draft, list[Problem]]:
        """The resource filled in, and what is wrong with it."""
        node, problems = self._filled(sight)
        attributes = node.only(*self.fields)
        told = (
            _depends_on(address, node, problems),
            _absent(address, node, problems),
            _owner(address, node, problems),
            _protected(address, node, problems),
            sight.whence(self._reads_of_its_own) or sight.whence(self.reads),
        )
        resource = None
        if not self._misplaced_secrets:
            resource, wrong = self._validated(address, attributes, sight)
            problems += wrong
        place = self.node.place
        return Draft(self.kind, address, place, attributes, *told, resource), problems

    def _filled(self, sight: Sight) -> tuple[Node, list[Problem]]:
        """What can be filled in, and why the rest can't."""
        filled: dict[str, Node] = {}
        problems: list[Problem] = []
        for key in (*self.fields, "state", "depends_on", "owner", "protect"):
            if key in self.node.children:
                try:
                    filled[key] = sight.filled(self.node.children[key])
                except ConfigError as error:
                    problems += error.problems
        return replace(self.node, value=filled), problems

    def _validated(
        self, address: Address, attributes: Node, sight: Sight
    ) -> tuple[Resource | None, list[Problem]]:
        extra = {"name": address.name} if address.name else {}
        made, wrong = validated(
            self.kind, attributes, title=f"{address}: ", fields=self.fields, extra=extra
        )
        if not wrong:
            return made, []
        written = self.node.only(*self.fields).children
        lacking = set(written) - set(attributes.children)
        lacking |= meant(self.node.without(*DIRECTIVES).children, self.fields) - set(written)
        problems: list[Problem] = []
        for attribute, found in wrong:
            if attribute in lacking or (lacking and not attribute):
                continue  # why it isn't there has been said
            problems += traced([found], sight.of(written.get(attribute, self.node)))
        return made, problems

    @cached_property
    def _misplaced_secrets(self) -> tuple[tuple[tuple[str | int, ...], Node], ...]:
        return tuple(
            (path, leaf)
            for path, leaf in self.node.walk()
            if isinstance(leaf.value, Tagged)
            and leaf.value.tag == "!secret"
            and not self._takes_secret(str(path[0]))
        )

    def _takes_secret(self, attribute: str) -> bool:
        described = self.kind.model_fields.get(attribute)
        return bool(described and mentions(described.annotation, Secret, SecretReference))


def traced(problems: Iterable[Problem], origins: tuple[str, ...]) -> list[Problem]:
    """The same *problems*, told from where the values were set that they come from."""
    if not origins:
        return list(problems)
    before = ", ".join(origins)
    return [
        replace(p, notes=tuple(_after(before, label, text) for label, text in p.notes))
        for p in problems
    ]


def problem(
    title: str, place: Place, do: str = "", notes: tuple[tuple[Label, str], ...] = ()
) -> Problem:
    """A problem at *place*."""
    said: tuple[tuple[Label, str], ...] = (("from", str(place)), *notes)
    return Problem(title, (*said, ("do", do)) if do else said)


def _after(before: str, label: Label, text: str) -> tuple[Label, str]:
    return (label, f"{before}, used in {text}") if label == "from" else (label, text)


def _absent(address: Address, node: Node, problems: list[Problem]) -> bool:
    written = node.children.get("state")
    state = written.value if written else "present"
    place = node.place_of(("state",))
    if state not in ("present", "absent"):
        title = f"{address}: state: must be present or absent"
        problems.append(problem(title, place, notes=near(str(state), ("present", "absent"))))
    return bool(state == "absent")


def _owner(address: Address, node: Node, problems: list[Problem]) -> str:
    """Who writes it, if it isn't us."""
    written = node.children.get("owner")
    owner = written.value if written else None
    if owner in (None, *OWNERS):
        return str(owner or "")
    title = f"{address}: owner: must be {' or '.join(OWNERS)}"
    problems.append(problem(title, node.place_of(("owner",)), "leave it out where it is ours"))
    return ""


def _protected(address: Address, node: Node, problems: list[Problem]) -> bool:
    written = node.children.get("protect")
    protect = written.value if written else False
    if not isinstance(protect, bool):
        title = f"{address}: protect: must be true or false"
        problems.append(problem(title, node.place_of(("protect",))))
    return protect is True


def _depends_on(address: Address, node: Node, problems: list[Problem]) -> tuple[Node, ...]:
    written = node.children.get("depends_on")
    if written is None or written.value is None:
        return ()
    items = written.value
    if isinstance(items, tuple) and all(isinstance(item.value, str) for item in items):
        return items
    title = f"{address}: depends_on: must be a list of addresses"
    place = node.place_of(("depends_on",))
    problems.append(problem(title, place, "write depends_on: [kind/name]"))
    return ()


def _error(title: str, place: Place, do: str) -> ConfigError:
    return ConfigError.of([problem(title, place, do)])  # type: ignore[return-value]
