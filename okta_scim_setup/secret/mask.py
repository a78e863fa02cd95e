"""Finds live values in a text, however they may be encoded there, and puts ``***`` instead. Pure.

A few thousand values must not make a log slow, so a text is read through once, and only where the
first characters of something are seen is the rest compared.
"""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from string import ascii_lowercase, ascii_uppercase
from urllib.parse import quote, quote_plus

SHORTEST = 8
"""Characters; anything shorter is a placeholder, and masking it would mangle ordinary text."""

STARS = "***"

CUT = ("...", "\u2026")
"""What stands where a text was cut off."""

PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "k")
"""The members of a JWK that nobody may see (RFC 7518, section 6)."""

_FOLDED = str.maketrans(ascii_uppercase, ascii_lowercase)
"""Of ASCII alone: other letters may change their number when they change their case."""


class Mask:
    """The values that must not be shown, ready to be looked for."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._beginnings: dict[str, tuple[str, ...]] = {}
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Look for *value* from now on; one that is too short to be a secret is left alone."""
        for piece in {value, *pieces(value)}:
            for form in _encoded(piece) if len(piece) >= SHORTEST else ():
                folded = form.translate(_FOLDED)
                known = {*self._beginnings.get(folded[:SHORTEST], ()), folded}
                # Replaced as a whole: another thread may be reading.
                self._beginnings[folded[:SHORTEST]] = tuple(sorted(known, key=len, reverse=True))

    def applied(self, text: str) -> str:
        """*text* without any of the values in it."""
        beginnings = self._beginnings
        if not beginnings:
            return text
        folded = text.translate(_FOLDED)
        last = len(folded) - SHORTEST
        likely = [at for at in range(last + 1) if folded[at : at + SHORTEST] in beginnings]
        shown: list[str] = []
        seen = 0
        for at in likely:
            forms = beginnings[folded[at : at + SHORTEST]]
            whole = (len(form) for form in forms if folded.startswith(form, at))
            length = next(whole, 0) or max(_left_of(form, folded, at) for form in forms)
            if length and at >= seen:
                shown += (text[seen:at], STARS)
                seen = at + length
        return "".join((*shown, text[seen:]))


def _left_of(form: str, text: str, at: int) -> int:
    """How much of *form* is left there, if *text* was cut off within it.

    What shortens a text doesn't know what is in it.
    """
    there = text[at : at + len(form)]
    pairs = enumerate(zip(form, there, strict=False))
    length = next((n for n, (wanted, found) in pairs if wanted != found), len(there))
    # The first of its points may be the secret's own as well.
    return next((n for n in range(length, length - 3, -1) if text.startswith(CUT, at + n)), 0)


def pieces(value: str) -> frozenset[str]:
    """What of *value* stands on a line of its own, or is secret by itself: of a key its lines.

    The lines that open and close a PEM say nothing.
    """
    lines = value.replace("\\n", "\n").splitlines() if "-----" in value else value.splitlines()
    parts = {line.strip() for line in lines} | set(_members(value))
    return frozenset(x for x in parts if len(x) >= SHORTEST and not x.startswith("-----"))


def _members(value: str) -> Iterator[str]:
    """The private members of a JWK; nothing of anything else."""
    if not value.lstrip().startswith("{"):
        return
    try:
        found = json.loads(value)
    except ValueError:
        return
    yield from (x for name in PRIVATE if isinstance(x := found.get(name), str))


def _encoded(value: str) -> Iterator[str]:
    """*value* as it is, quoted for a URL or in JSON, in hex, and wherever it begins in base64."""
    raw = value.encode()
    yield from {value, quote(value, safe=""), quote(value), quote_plus(value), raw.hex()}
    yield from {text[1:-1] for plain in (True, False) for text in _in_json(value, plain)}
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(3):
            # What stands before and behind it shares the characters at its ends.
            first = -(-before * 8 // 6)
            yield encode(b"-" * before + raw).decode()[first : (before + len(raw)) * 8 // 6]


def _in_json(value: str, only_ascii: bool) -> Iterator[str]:  # noqa: FBT001 -- json.dumps' own
    text = json.dumps(value, ensure_ascii=only_ascii)
    yield text
    yield text.replace("/", "\\/")  # as some services write it
