"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from okta_scim_setup.errors import Label

SHOWN = 3
"""How many names a person wants to read."""


def near(name: str, known: Iterable[str]) -> tuple[tuple[Label, str], ...]:
    """A note with the names of *known* that look like *name*; nothing if none does."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = get_close_matches(name.casefold(), by_folded, n=SHOWN)
    shown = ", ".join(f'"{by_folded[match]}"' for match in found)
    return (("near", shown),) if shown else ()
