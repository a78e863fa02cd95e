"""YAML parsed first, with the line of every value kept.

Templates are filled into the parsed scalars afterwards, so an error names the line that a person
wrote, and no value breaks out of its place. Of YAML 1.2's core schema only what can't surprise is
read as something else than text: ``true``, ``false``, ``null``, and numbers that would be written
back the same. So ``yes``, ``no``, ``on``, ``off``, ``007``, ``1.10`` and dates are text.

No message repeats a line or a value: there may be a secret in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from okta_scim_setup.errors import ConfigError, Place, Problem
from okta_scim_setup.language import yaml_errors
from okta_scim_setup.language.node import Node, Scalar, Tagged, merge
from okta_scim_setup.language.yaml_errors import said

__all__ = ["Node", "Scalar", "Tagged", "load", "merge", "parse", "read_text"]

DEEPEST = 40
"""Levels of nesting; nobody writes as many, and deeper ones exhaust the stack."""

MOST = 1_000_000
"""Values in a file once its aliases are unfolded."""

TAGS = ("!ref", "!secret")


def load(path: Path, *, shown_as: str | None = None, base: Path | None = None) -> Node:
    """Read a YAML file whose top level is a mapping.

    Args:
        path: the file.
        shown_as: what messages call it; the path if not given.
        base: the folder that a secret's relative ``file:`` is looked up from; the file's own if
            not given.

    Raises:
        ConfigError: it can't be read, or isn't YAML as we take it; all problems at once.
    """
    shown = shown_as or str(path)
    return parse(read_text(path, shown), shown, base or path.parent)


def read_text(path: Path, shown_as: str) -> str:
    """The text of a file that a person wrote, in UTF-8 with or without a byte order mark.

    Raises:
        ConfigError: it isn't there, can't be read or isn't UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"there is no file {shown_as}", ("do", "correct the path, or make the file")
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(
            f"{shown_as} isn't text in UTF-8",
            ("from", str(Place(shown_as, line))),
            ("do", "save it as UTF-8"),
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{shown_as} can't be read: {error.strerror}", ("do", "give a file that you may read")
        ) from None


def parse(text: str, shown_as: str, base: Path) -> Node:
    """Read YAML whose top level is a mapping.

    Raises:
        ConfigError: it isn't YAML as we take it; all problems at once.
    """
    reader = _Reader(text, shown_as, base)
    try:
        root = reader.document()
    except yaml.YAMLError as error:
        reader.problems.append(yaml_errors.problem(error, text, shown_as))
    except _TooMuch as error:
        reader.problems.append(error.problem)
    if reader.problems:
        raise ConfigError.of(dict.fromkeys(reader.problems))
    return root


class _TooMuch(Exception):
    """Reading stops here."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem


class _Reader:
    """Turns the parser's events into nodes; what is wrong is collected in *problems*.

    Events, not the parser's own composing: that one recurses in C without a limit.
    """

    def __init__(self, text: str, shown_as: str, base: Path) -> None:
        self.problems: list[Problem] = []
        self._shown_as = shown_as
        self._last: Place | None = None
        self._base = base
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._count = 0
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._events: Iterator[Any] = yaml.parse(text, Loader=loader)

    def document(self) -> Node:
        """The only document of the stream."""
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            raise _TooMuch(Problem(f"{self._shown_as} is empty"))
        root = self._node(next(self._events), 0)
        if not isinstance(root.value, dict):
            self._problem("the top level must be a mapping", root.place, "write KEY: VALUE lines")
        next(self._events)
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._problem("a file holds one document", self._place(event), "remove the --- line")
        return root

    def _node(self, event: Any, depth: int) -> Node:
        if depth > DEEPEST:
            raise _TooMuch(said("this is nested too deeply", self._place(event)))
        before = self._count
        self._counted(1, event)
        match event:
            case yaml.AliasEvent():
                return self._alias(event)
            case yaml.ScalarEvent():
                node = self._scalar(event)
            case yaml.SequenceStartEvent():
                node = self._sequence(event, depth)
            case _:
                node = self._mapping(event, depth)
        if event.anchor:
            self._anchors[event.anchor] = (node, self._count - before)
        return node

    def _counted(self, size: int, event: Any) -> None:
        self._count += size
        if self._count > MOST:
            raise _TooMuch(said(f"there are more than {MOST:,} values", self._place(event)))

    def _alias(self, event: Any) -> Node:
        place = self._place(event)
        node, size = self._anchors.get(event.anchor, (None, 0))
        if node is None:
            self._problem(
                "an alias (*) names an anchor (&) that doesn't stand above it",
                place,
                "name an anchor above, or put a value that begins with * in quotes",
            )
            return Node(None, place)
        self._counted(size, event)
        return node

    def _scalar(self, event: Any) -> Node:
        place = self._place(event)
        if event.tag in TAGS:
            return Node(Tagged(event.tag, event.value.strip(), self._base), place)
        self._check_tag(event)
        return Node(_resolved(event.value) if event.implicit[0] else event.value, place)

    def _sequence(self, event: Any, depth: int) -> Node:
        self._check_tag(event)
        items = []
        while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(inner, depth + 1))
        return Node(tuple(items), self._place(event))

    def _mapping(self, event: Any, depth: int) -> Node:
        self._check_tag(event)
        children: dict[str, Node] = {}
        places: dict[str, Place] = {}
        while not isinstance(inner := next(self._events), yaml.MappingEndEvent):
            place = self._place(inner)
            key = self._key(inner, depth, in_braces=bool(event.flow_style))
            child = self._node(next(self._events), depth + 1)
            if key in children:
                but = f"it stands at {places[key]} already"
                self._problem(f'the key "{key}" is there twice', place, "keep one of them", but)
            elif key is not None:
                children[key], places[key] = child, place
        return Node(children, self._place(event), places)

    def _key(self, event: Any, depth: int, *, in_braces: bool) -> str | None:
        """A key's text; None, and a problem, if it isn't text."""
        place = self._place(event)
        tagged = getattr(event, "tag", None) in TAGS
        if not isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            known, self.problems = self.problems, []
            self._node(event, depth + 1)
            self.problems = known
            what, do = yaml_errors.TEMPLATE if in_braces else yaml_errors.KEY
            self._problem(what, place, do)
            return None
        if tagged:
            self._problem(yaml_errors.SPACE_IN_TAG[0], place, yaml_errors.SPACE_IN_TAG[1])
            return None
        value = self._node(event, depth + 1).value
        if value == "<<" and getattr(event, "implicit", (False,))[0]:
            self._problem(yaml_errors.MERGE_KEY[0], place, yaml_errors.MERGE_KEY[1])
            return None
        if not isinstance(value, str):
            self._problem(yaml_errors.KEY[0], place, yaml_errors.KEY[1])
            return None
        return value

    def _check_tag(self, event: Any) -> None:
        if event.tag in TAGS:
            self._problem(f"{event.tag} takes text", self._place(event), *yaml_errors.TAKES_TEXT)
        elif event.tag is not None:
            self._problem("nobody knows this tag (!)", self._place(event), *yaml_errors.TAG)

    def _problem(self, title: str, place: Place, do: str, but: str = "") -> None:
        self.problems.append(said(title, place, do, but))

    def _place(self, event: Any) -> Place:
        """Where it stands; what stands on one line shares its place, as there are many of them."""
        line = event.start_mark.line + 1
        if self._last is None or self._last.line != line:
            self._last = Place(self._shown_as, line)
        return self._last


_WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]+)?", re.ASCII)


def _resolved(text: str) -> Scalar:
    """What an unquoted scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    value: int | float = float(text) if number[1] else int(text)
    return value if str(value) == text else text
