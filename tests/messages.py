"""What the tool says of what is wrong, read back in the form that docs promise."""

from __future__ import annotations

import re
from dataclasses import dataclass

FIRST = re.compile(r"(?P<word>error|refused): (?P<title>\S.*)")
NOTE = re.compile(r"  (?P<label>from|asked|answered|near|but|by|do) +(?P<text>\S.*)")
LONGEST = 600
"""Characters of a line that somebody may still read."""


@dataclass(frozen=True)
class Said:
    """One problem as it was printed."""

    word: str
    title: str
    notes: tuple[tuple[str, str], ...]

    def note(self, label: str) -> str:
        """The notes of *label*, one after the other."""
        return "; ".join(text for key, text in self.notes if key == label)


def read(printed: str) -> list[Said]:
    """Every problem in *printed*, which must hold no traceback and no odd line among notes."""
    assert "Traceback" not in printed, printed
    found: list[Said] = []
    inside = False
    for line in printed.splitlines():
        first, note = FIRST.fullmatch(line), NOTE.fullmatch(line)
        assert len(line) < LONGEST, line
        if first:
            found.append(Said(first["word"], first["title"], ()))
        elif note and inside:
            last = found.pop()
            notes = (*last.notes, (note["label"], note["text"]))
            found.append(Said(last.word, last.title, notes))
        inside = bool(first or (note and inside))
    return found
