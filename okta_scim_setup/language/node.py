"""A value that a person wrote, and the line it stands on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from okta_scim_setup.errors import Place

Scalar = str | int | float | bool | None
"""What a plain value may be."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """``!ref`` or ``!secret`` with its text, before templates are filled in."""

    tag: str
    text: str
    base: Path
    """The folder that a secret's relative ``file:`` is looked up from."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the line it stands on.

    *value* is a ``dict[str, Node]``, a ``tuple[Node, ...]``, a `Scalar`, a `Tagged`, or, once it is
    filled in, a `Ref` or a `SecretReference`.
    """

    value: Any
    place: Place
    keys: Mapping[str, Place] = field(default_factory=dict)
    """Where each key of a mapping stands."""

    @property
    def children(self) -> Mapping[str, Node]:
        """What a mapping holds; empty for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    def plain(self) -> Any:
        """The value as dicts, lists and scalars; references stay as they are."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, tuple):
            return [child.plain() for child in self.value]
        return self.value

    def at(self, path: tuple[str | int, ...]) -> Node | None:
        """What stands at *path*, if anything does."""
        node = self
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                node = node.value[step]
            elif isinstance(node.value, tuple) and _within(step, node.value):
                node = node.value[int(step)]
            else:
                return None
        return node

    def place_of(self, path: tuple[str | int, ...]) -> Place:
        """Where *path* stands, followed as far as it goes: the key's line, or the list item's."""
        return self.follow(path)[1]

    def follow(self, path: tuple[str | int, ...]) -> tuple[tuple[str | int, ...], Place]:
        """The part of *path* that is there, and where its end stands."""
        node, place = self, self.place
        for count, step in enumerate(path):
            child = node.at((step,))
            if child is None:
                return path[:count], place
            place = node.keys.get(str(step), child.place)
            node = child
        return path, place

    def walk(
        self, path: tuple[str | int, ...] = ()
    ) -> Iterator[tuple[tuple[str | int, ...], Node]]:
        """Every value that isn't a mapping or a list, with its path."""
        if isinstance(self.value, dict):
            for key, child in self.value.items():
                yield from child.walk((*path, key))
        elif isinstance(self.value, tuple):
            for index, child in enumerate(self.value):
                yield from child.walk((*path, index))
        else:
            yield path, self

    def only(self, *keys: str) -> Node:
        """A mapping with *keys* alone."""
        return replace(self, value={k: v for k, v in self.children.items() if k in keys})

    def without(self, *keys: str) -> Node:
        """A mapping with everything but *keys*."""
        return replace(self, value={k: v for k, v in self.children.items() if k not in keys})

    def replaced(self, path: tuple[str, ...], child: Node) -> Node:
        """The same with *child* at *path*, which is there."""
        key, *rest = path
        inner = self.children[key].replaced(tuple(rest), child) if rest else child
        return replace(self, value={**self.children, key: inner})

    def without_paths(
        self, paths: AbstractSet[tuple[str | int, ...]], at: tuple[str | int, ...] = ()
    ) -> Node:
        """The same without what stands at *paths*."""
        if isinstance(self.value, dict):
            kept = {k: c for k, c in self.value.items() if (*at, k) not in paths}
            inner = {k: c.without_paths(paths, (*at, k)) for k, c in kept.items()}
            return replace(self, value=inner)
        if isinstance(self.value, tuple):
            items = [(i, c) for i, c in enumerate(self.value) if (*at, i) not in paths]
            return replace(self, value=tuple(c.without_paths(paths, (*at, i)) for i, c in items))
        return self


def merge(defaults: Node, tenant: Node) -> Node:
    """*tenant* laid over *defaults*: mappings merge, lists and scalars replace, lines are kept."""
    if not isinstance(defaults.value, dict) or not isinstance(tenant.value, dict):
        return tenant
    merged = dict(defaults.value)
    for key, child in tenant.value.items():
        merged[key] = merge(merged[key], child) if key in merged else child
    return Node(merged, tenant.place, {**defaults.keys, **tenant.keys})


def _within(step: str | int, items: tuple[Node, ...]) -> bool:
    return isinstance(step, int) and 0 <= step < len(items)
