"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from okta_scim_setup.errors import Label

SHOWN = 3
"""How many names a person wants to read."""


def near(name: str, known: Iterable[str]) -> tuple[tuple[Label, str], ...]:
    """A note with the names of *known* that look like *name*; nothing if none does."""
    shown = ", ".join(f'"{match}"' for match in similar(name, known))
    return (("near", shown),) if shown else ()


def similar(name: str, known: Iterable[str]) -> list[str]:
    """The names of *known* that look like *name*, the likeliest first."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    return [by_folded[match] for match in get_close_matches(name.casefold(), by_folded, n=SHOWN)]


def meant(written: Iterable[str], known: Iterable[str]) -> frozenset[str]:
    """The names of *known* that somebody wanted to write, judging by what isn't known.

    What is missing only because it is misspelt needn't be told twice.
    """
    names = tuple(known)
    found = (similar(name, names) for name in written if name not in names)
    return frozenset(matches[0] for matches in found if matches)
