"""What a playbook's resources come to for one tenant: repeated for each item, where they apply."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from okta_scim_setup import registry
from okta_scim_setup.address import Address
from okta_scim_setup.errors import ConfigError, Problem
from okta_scim_setup.language.draft import Draft, Sight, Template, Unknown, problem, traced
from okta_scim_setup.language.near import near
from okta_scim_setup.language.node import Node

RESERVED = frozenset({"tenant", "item", "index"})
"""What templates see besides variables."""

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass
class Drafts:
    """Collects resources in *found* and what is wrong in *problems*."""

    values: Mapping[str, Any]
    """What templates see."""
    variables: Node
    """What the tenant set: a mapping."""
    lacking: frozenset[str] = frozenset()
    """Variables without a usable value, about which everything has been said."""
    found: list[Draft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)
    """Kinds of which some can't be told, so that a reference to one may be right."""

    def __post_init__(self) -> None:
        self._sight = Sight(self.values, {name: self._origin(name) for name in self._set()})

    def read(self, template: Template | Unknown) -> None:
        """Add what an item of ``resources:`` comes to."""
        if isinstance(template, Unknown):
            self.problems.append(template.problem)
            self.unsure.add(template.kind)
            return
        name = template.kind.kind
        self.problems += template.problems
        if template.reads & self.lacking:
            self.unsure.add(name)
            return
        seen: set[tuple[str, Any]] = set()
        try:
            for sight in self._repeated(template):
                self._one(template, sight, seen)
        except ConfigError as error:
            self.unsure.add(name)
            self.problems += error.problems

    def _one(self, template: Template, sight: Sight, seen: set[tuple[str, Any]]) -> None:
        """Add one resource; *seen* is what was said of an earlier item."""
        address = Address(template.kind.kind, template.name(sight))
        draft, problems = template.draft(address, sight)
        self.found.append(draft)
        for found in problems:
            key = (found.title.removeprefix(str(address)), found.notes)
            if key not in seen:
                seen.add(key)
                self.problems.append(found)

    def _repeated(self, template: Template) -> Iterator[Sight]:
        """What templates see: once, or for each item of ``for_each``, and where ``when`` holds.

        Raises:
            ConfigError: one of the two isn't what it must be.
        """
        when = template.node.children.get("when")
        for sight in self._each(template):
            if when is None or _condition(template, when, sight):
                yield sight

    def _each(self, template: Template) -> Iterator[Sight]:
        for_each = template.node.children.get("for_each")
        if for_each is None:
            yield self._sight
            return
        filled = self._sight.filled(for_each)
        if not isinstance(filled.value, tuple | dict):
            do = "give a list, or a mapping whose items have key and value"
            title = f"{template.kind.kind}: for_each: must be a list or a mapping"
            wrong = problem(title, template.node.place_of(("for_each",)), do)
            raise ConfigError.of(traced([wrong], self._sight.of(for_each)))
        for index, item in enumerate(_items(filled)):
            values = {**self.values, "item": item, "index": index}
            where = self._item_origin(for_each, index)
            yield Sight(
                values, {**self._sight.origins, "item": where} if where else self._sight.origins
            )

    def _item_origin(self, for_each: Node, index: int) -> str:
        """Where an item was written, if the tenant wrote it."""
        only = _VARIABLE.fullmatch(for_each.value) if isinstance(for_each.value, str) else None
        if only and only[1] in self._set():
            return self._origin(only[1], index)
        return ", ".join(self._sight.of(for_each))

    def _origin(self, *path: str | int) -> str:
        name, *rest = path
        written = f"variables.{name}" + "".join(f"[{step}]" for step in rest)
        return f"{self.variables.place_of(path)} {written}"

    def _set(self) -> Mapping[str, Node]:
        return self.variables.children


def template(node: Node) -> Template | Unknown:
    """An item of ``resources:``, for whichever tenant."""
    written = node.children.get("kind")
    name = written.value if written else None
    if isinstance(name, str) and name in registry.kinds():
        return Template(registry.kind(name), node)
    title = "a resource needs a kind" if name is None else f'no kind is called "{name}"'
    notes = near(str(name), registry.kinds())
    do = "okta-scim-setup kinds lists them"
    return Unknown(str(name), problem(title, node.place_of(("kind",)), do, notes))


def _items(node: Node) -> list[Any]:
    plain = node.plain()
    if isinstance(plain, dict):
        return [{"key": key, "value": value} for key, value in plain.items()]
    return list(plain)


def _condition(template: Template, when: Node, sight: Sight) -> bool:
    value = sight.filled(when).value
    if isinstance(value, bool):
        return value
    do = 'compare, such as "{{ variable == 1 }}" or "{{ item.variable | default(false) }}"'
    title = f"{template.kind.kind}: when: must be true or false"
    wrong = problem(title, template.node.place_of(("when",)), do)
    raise ConfigError.of(traced([wrong], sight.of(when)))
