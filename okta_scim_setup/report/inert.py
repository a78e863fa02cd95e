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

_BEGINS = re.compile(r"^(\s*):(?=:)", re.MULTILINE)
"""GitHub Actions reads ``::name::`` where a line begins."""

_INSIDE = re.compile(r"#(?=#\[|#vso\[)")
"""Azure Pipelines reads ``##vso[`` and ``##[`` anywhere, whatever the format."""

_HASH = {"json": r"\u0023", "jsonl": r"\u0023", "sarif": r"\u0023", "junit": "&#35;"}
"""How a format writes ``#`` otherwise; the value is the same."""


def inert(text: str, of: str = "text") -> str:
    """*text*, in which nothing is a command to a terminal or a CI runner.

    Args:
        text: what is shown.
        of: its format; what a format escapes by itself stays as it is.
    """
    if of in _HASH:
        return _INSIDE.sub(lambda _: _HASH[of], text)
    shown = _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return _INSIDE.sub("# ", _BEGINS.sub(r"\1: ", shown))
