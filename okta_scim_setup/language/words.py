"""Templates in a command: each fills the word that it stands in, and never makes another.

So a tenant's name with a space, a quote or a dash in it can't become an argument or an option.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from okta_scim_setup.errors import ConfigError, Place

_EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)

_FIRST = 0xE000
"""A character of Unicode's private use area stands for each expression while words are split."""

_MOST = 100


def filled_words(text: str, place: Place, fill: Callable[[str], str]) -> str:
    """The command *text* with its expressions filled in, quoted as a shell would need it.

    Args:
        text: program and arguments, with ``{{ }}`` in them.
        place: where it stands.
        fill: what an expression comes to.

    Raises:
        ConfigError: it can't be split into words, holds more than expressions, or what is filled in
            would be an option.
    """
    expressions = _EXPRESSION.findall(text)
    marks = [chr(_FIRST + n) for n in range(len(expressions))]
    iterator = iter(marks)
    marked = _EXPRESSION.sub(lambda _match: next(iterator), text)
    odd = any(opening in marked for opening in ("{{", "{%", "{#"))
    if odd or len(marks) > _MOST or set(marks) & set(text):
        raise _wrong("of templates only {{ }}, opened and closed, may stand in a command", place)
    try:
        words = shlex.split(marked)
    except ValueError:
        raise _wrong("a quote is opened in a command and not closed", place) from None
    values = dict(zip(marks, map(fill, expressions), strict=True))
    return shlex.join(_filled(word, values, place) for word in words)


def _filled(word: str, values: dict[str, str], place: Place) -> str:
    filled = "".join(values.get(character, character) for character in word)
    if filled.startswith("-") and not word.startswith("-"):
        raise _wrong("what a template fills in here would be an option", place)
    return filled


def _wrong(title: str, place: Place) -> ConfigError:
    do = "write the command's options out, and let templates fill in arguments"
    return ConfigError(title, ("from", str(place)), ("do", do))
