"""What was written, held against a model: each attribute that doesn't fit, with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from okta_scim_setup.address import Ref
from okta_scim_setup.errors import Label, Place, Problem
from okta_scim_setup.language.near import meant, near
from okta_scim_setup.language.node import Node

M = TypeVar("M", bound=BaseModel)

Wrong = tuple[str, Problem]
"""The attribute that is wrong, empty if it is the whole, and the problem."""

_EXPECTED: Mapping[str, str] = {
    "string_type": "text", "int_type": "a whole number", "int_parsing": "a whole number",
    "int_from_float": "a whole number", "float_type": "a number", "float_parsing": "a number",
    "bool_type": "true or false", "bool_parsing": "true or false", "none_required": "empty",
    "list_type": "a list", "tuple_type": "a list", "set_type": "a list",
    "frozen_set_type": "a list", "dict_type": "a mapping", "model_type": "a mapping",
    "model_attributes_type": "a mapping", "dataclass_type": "a mapping",
    "mapping_type": "a mapping", "string_too_short": "text that isn't empty",
}  # fmt: skip
"""What pydantic's types of error say that a value must be."""

_YAML_1_1 = frozenset({"yes", "no", "on", "off", "y", "n"})


def validated(
    model: type[M], node: Node, *, title: str, fields: Iterable[str], extra: Mapping[str, Any]
) -> tuple[M | None, list[Wrong]]:
    """*node*, a mapping, as an instance of *model*; or None, and everything that is wrong.

    Args:
        model: a pydantic model that forbids extra attributes.
        node: what was written.
        title: what stands before an attribute's name in a problem's title: ``okta.``.
        fields: the attributes that a person may write.
        extra: values that were not written in *node*.
    """
    fields = tuple(fields)
    problems = list(_unknown(node, fields, title))
    known = node.only(*fields) if problems else node
    try:
        made = model.model_validate({**known.plain(), **extra})
    except ValidationError as error:
        misspelt = meant(node.children, fields) - known.children.keys()
        wrong = _wrong(error, known, title, extra)
        problems += [w for w in wrong if not misspelt or w[0] not in {"", *misspelt}]
        return None, problems
    return (None if problems else made), problems


def mentions(annotation: Any, *wanted: type) -> bool:
    """Whether one of *wanted* occurs in a type annotation."""
    return annotation in wanted or any(mentions(arg, *wanted) for arg in get_args(annotation))


def unknown_key(title: str, key: str, place: Place, known: Iterable[str]) -> Problem:
    """*key* stands at *place*, where only *known* may."""
    names = tuple(known)
    notes: tuple[tuple[Label, str], ...] = (("from", str(place)), *near(key, names))
    return Problem(title, (*notes, ("do", f"known are {', '.join(names)}")))


def _unknown(node: Node, fields: tuple[str, ...], title: str) -> Iterator[Wrong]:
    for key in node.children:
        if key not in fields:
            said = f'{title.rstrip(".: ")}: no attribute "{key}"'
            yield key, unknown_key(said, key, node.place_of((key,)), fields)


def _wrong(
    error: ValidationError, node: Node, title: str, extra: Mapping[str, Any]
) -> Iterator[Wrong]:
    """One problem for each place: a union complains once for each of its members."""
    found: dict[tuple[str | int, ...], list[Any]] = {}
    for detail in error.errors(include_url=False, include_input=False):
        found.setdefault(_path(detail, node, extra), []).append(detail)
    for path, details in found.items():
        where: tuple[tuple[Label, str], ...] = (("from", str(node.place_of(path))),)
        name = title + ".".join(map(str, path)) if path else title.rstrip(".: ")
        attribute = str(path[0]) if path else ""
        yield attribute, Problem(_said(name, details), where + _hint(node, path))


def _path(detail: Any, node: Node, extra: Mapping[str, Any]) -> tuple[str | int, ...]:
    """The attribute that is meant: the names of a union's members aren't part of it."""
    path: tuple[str | int, ...] = tuple(detail["loc"])
    if detail["type"] == "missing":
        return path
    return path[:1] if path[:1] and path[0] in extra else node.follow(path)[0]


def _said(name: str, details: Iterable[Any]) -> str:
    expected: list[str] = []
    for detail in details:
        match detail["type"]:
            case "missing":
                return f"{name} is required"
            case "value_error" | "assertion_error":
                return f"{name}: {detail['msg'].partition(' error, ')[2] or detail['msg']}"
        expected += _expected(detail)
    alternatives = " or ".join(dict.fromkeys(expected))
    return f"{name}: must be {alternatives}" if alternatives else f"{name}: doesn't fit here"


def _expected(detail: Any) -> list[str]:
    if detail["type"] == "literal_error":
        return [str(detail["ctx"]["expected"]).replace("'", '"')]
    if detail["type"] == "is_instance_of":
        return ["a reference (!ref)"] if detail["ctx"]["class"] == Ref.__name__ else []
    said = _EXPECTED.get(detail["type"])
    return [said or detail["msg"].removeprefix("Input should be ")]


def _hint(node: Node, path: tuple[str | int, ...]) -> tuple[tuple[Label, str], ...]:
    found = node.at(path)
    if found and isinstance(found.value, str) and found.value.lower() in _YAML_1_1:
        return (("but", "yes, no, on and off are text in YAML 1.2: write true or false"),)
    return ()
