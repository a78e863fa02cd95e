"""Whether something is a JSON report as we write it: held against the report's own schema. Pure.

Of JSON Schema no more is known here than that schema uses, which a test holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

Schema = Mapping[str, Any]

NOTED = frozenset({"$schema", "$defs", "title", "description"})
"""Keywords that demand nothing."""


@cache
def schema() -> Schema:
    """The report's."""
    kept = files("okta_scim_setup") / "schemas" / "report.schema.json"
    found: Schema = json.loads(kept.read_text(encoding="utf-8"))
    return found


def misfit(found: Any) -> str:
    """The first thing in *found* by which it is no report: where, and what; empty if it is one."""
    return next(_misfits(found, schema(), ""), "")


def _misfits(value: Any, demanded: Schema, where: str) -> Iterator[str]:
    for keyword, wanted in demanded.items():
        if keyword in NOTED:
            continue
        wrong = KEYWORDS[keyword](value, wanted, demanded, where)
        if keyword == "type" and (first := next(wrong, "")):
            yield first  # of what is of another sort nothing else is worth saying
            return
        yield from wrong


def _reference(value: Any, wanted: str, _: Schema, where: str) -> Iterator[str]:
    yield from _misfits(value, schema()["$defs"][wanted.rpartition("/")[2]], where)


def _any_of(value: Any, wanted: list[Schema], _: Schema, where: str) -> Iterator[str]:
    found = [next(_misfits(value, each, where), "") for each in wanted]
    if all(found):
        deeper = (said for said in found if not said.startswith(f"{where} is "))
        yield next(deeper, found[0])


def _type(value: Any, wanted: str, _: Schema, where: str) -> Iterator[str]:
    if not TYPES[wanted](value):
        yield _said(where, f"{_sort(value)}, not {NAMES[wanted]}")


def _const(value: Any, wanted: Any, _: Schema, where: str) -> Iterator[str]:
    if value != wanted or isinstance(value, bool) != isinstance(wanted, bool):
        yield _said(where, f"{_short(value)}, not {_short(wanted)}")


def _enum(value: Any, wanted: list[Any], _: Schema, where: str) -> Iterator[str]:
    if value not in wanted or isinstance(value, bool):
        yield _said(where, f"{_short(value)}, none of {', '.join(map(str, wanted))}")


def _required(value: Any, wanted: list[str], _: Schema, where: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{_below(where, key)} is missing" for key in wanted if key not in value)


def _properties(value: Any, wanted: Mapping[str, Schema], _: Schema, where: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key in wanted.keys() & value.keys():
            yield from _misfits(value[key], wanted[key], _below(where, key))


def _others(value: Any, wanted: bool | Schema, of: Schema, where: str) -> Iterator[str]:  # noqa: FBT001 -- JSON Schema's own
    others = value.keys() - of.get("properties", {}).keys() if isinstance(value, dict) else ()
    for key in others:
        if isinstance(wanted, Mapping):
            yield from _misfits(value[key], wanted, _below(where, key))
        elif not wanted:
            yield f"{_below(where, key)} isn't known"


def _items(value: Any, wanted: Schema, _: Schema, where: str) -> Iterator[str]:
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _misfits(each, wanted, _below(where, str(index)))


def _minimum(value: Any, wanted: int, _: Schema, where: str) -> Iterator[str]:
    if isinstance(value, int) and value < wanted:
        yield _said(where, f"{value}, less than {wanted}")


def _pattern(value: Any, wanted: str, _: Schema, where: str) -> Iterator[str]:
    if isinstance(value, str) and not re.search(wanted, value):
        yield _said(where, _short(value))


def _format(value: Any, wanted: str, _: Schema, where: str) -> Iterator[str]:
    if isinstance(value, str):
        try:
            FORMATS[wanted](value)
        except ValueError:
            yield _said(where, f"{_short(value)}, no {wanted}")


Check = Callable[[Any, Any, Schema, str], Iterator[str]]

KEYWORDS: Mapping[str, Check] = {
    "type": _type,
    "$ref": _reference,
    "anyOf": _any_of,
    "const": _const,
    "enum": _enum,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _others,
    "items": _items,
    "minimum": _minimum,
    "pattern": _pattern,
    "format": _format,
}
"""What each keyword demands: of a value, what is wanted, its neighbours, and where that is."""

TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "null": lambda value: value is None,
}

NAMES = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}
"""Of each type, what a person calls it."""

FORMATS: Mapping[str, Callable[[str], object]] = {
    "date-time": datetime.fromisoformat,
    "date": date.fromisoformat,
}

LONGEST = 40
"""Characters of a value that are shown."""


def _sort(value: Any) -> str:
    return next((NAMES[name] for name, fits in TYPES.items() if fits(value)), "something else")


def _short(value: Any) -> str:
    said = json.dumps(value, ensure_ascii=False)
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}..."


def _below(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _said(where: str, what: str) -> str:
    return f"{where or 'the whole'} is {what}"
