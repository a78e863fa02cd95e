"""The subset of Okta's `search` and `filter` expressions that is understood here."""

import re
from collections.abc import Callable

from okta_scim_setup.simulator.okta.errors import invalid

_TERM = re.compile(r'\s*\(?\s*([\w.]+)\s+(eq|ne|sw|co|gt|ge|lt|le)\s+"((?:[^"\\]|\\.)*)"\s*\)?\s*')
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda found, wanted: found == wanted,
    "ne": lambda found, wanted: found != wanted,
    "gt": lambda found, wanted: found > wanted,
    "ge": lambda found, wanted: found >= wanted,
    "lt": lambda found, wanted: found < wanted,
    "le": lambda found, wanted: found <= wanted,
    "sw": lambda found, wanted: found.startswith(wanted),
    "co": lambda found, wanted: wanted in found,
}


def matches(expression: str, value_of: Callable[[str], str | None]) -> bool:
    """Whether terms such as `profile.name eq "x"`, joined by `and` or `or`, hold (specified).

    Comparison ignores case. `value_of` gives the value of an attribute, None for an unknown one.

    Raises:
        OktaError: E0000001, for an expression that isn't understood.

    """
    return any(
        all(_holds(term, value_of) for term in _split(clause, "and"))
        for clause in _split(expression, "or")
    )


def _split(expression: str, word: str) -> list[str]:
    """Split at a word that stands outside quotes."""
    parts = re.split(rf'\s+{word}\s+(?=(?:[^"]*"[^"]*")*[^"]*$)', expression)
    return [part for part in parts if part.strip()]


def _holds(term: str, value_of: Callable[[str], str | None]) -> bool:
    found = _TERM.fullmatch(term)
    value = value_of(found[1]) if found else None
    if found is None or value is None:
        raise invalid("search", f"Invalid search criteria: {term.strip()}")
    wanted = re.sub(r"\\(.)", r"\1", found[3])
    return _COMPARE[found[2]](value.lower(), wanted.lower())
