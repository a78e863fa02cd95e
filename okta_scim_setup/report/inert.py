"""A text that does nothing where it is shown: what services and configs say is in it. Pure.

A group's name may hold what moves a terminal's cursor or clears it; a label of two lines, the
second of which a CI runner would take for a command of its own.
"""

from __future__ import annotations

import re

_CONTROL = re.compile(
    r"\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)
"""All but tab, line break and the colours that we put in; what turns the reading direction too."""

_COMMAND = re.compile(r"^(\s*):(?=:)|##(?=\[|vso\[)", re.MULTILINE)
"""GitHub Actions reads ``::name::`` where a line begins, Azure Pipelines ``##vso[`` anywhere."""


def inert(text: str) -> str:
    """*text*, in which nothing is a command to a terminal or a CI runner."""
    shown = _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return _COMMAND.sub(lambda found: f"{found[0]} ", shown)
