"""What stays of a command's output on a terminal: its screen, and what was scrolled off it.

It knows what a view is drawn with: going up, clearing a line, going to its beginning.
"""

from __future__ import annotations

import re

_PIECE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|(\r|\n)|([^\x1b\r\n]+)|\x1b")


def lines(printed: str, columns: int = 80) -> list[str]:
    """All lines from the first one on, each without the spaces at its end."""
    paper, row, column = [""], 0, 0
    for number, command, end, text in _PIECE.findall(printed):
        if command == "A":
            row = max(row - int(number or 1), 0)
        elif command == "K":
            paper[row] = "" if number == "2" else paper[row][:column]
        elif end == "\r":
            column = 0
        elif end == "\n":
            row += 1
        for character in text:
            if column == columns:
                row, column = row + 1, 0
            paper += [""] * (row + 1 - len(paper))
            line = paper[row].ljust(column)
            paper[row] = line[:column] + character + line[column + 1 :]
            column += 1
        paper += [""] * (row + 1 - len(paper))
    return [line.rstrip() for line in paper]
