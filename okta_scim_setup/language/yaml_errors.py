"""What a YAML parser complains of, in the words of the person who wrote the file."""

from __future__ import annotations

import re
from typing import Any

import yaml

from okta_scim_setup.errors import Label, Place, Problem

Said = tuple[str, str]
"""What is wrong, and what to do."""

TEMPLATE: Said = ("a template stands outside quotes", 'put the whole value in quotes: "{{ ... }}"')
SPACE_IN_TAG: Said = (
    "a tag's text must not hold a colon and a space",
    "write it without the space: !secret env:NAME, or put the text in quotes",
)
KEY: Said = ("a key must be text", "put the key in quotes")
MERGE_KEY: Said = (
    "the merge key << isn't taken",
    "put what tenants share under defaults: in config.yaml, where mappings merge",
)
TAKES_TEXT = ("write it on one line, such as !secret env:NAME or !ref kind/name.output",)
TAG = ("use !secret or !ref, or put a value that begins with ! in quotes",)
TAB: Said = ("a tab stands where only spaces may", "indent with spaces")

_TAB = re.compile(r"[ ]*\t")
_SPACE_IN_TAG = re.compile(r"!(secret|ref)\s+[\w./-]+:(\s|$)")
_TEMPLATE = re.compile(r"(^|[:,\[{-])\s*(\{\{|\{%|\{#)|[\"']\{\{[^\"']*[\"']\s*[^\s,\]}#]")

_WORDS: tuple[tuple[str, Said], ...] = (
    (
        "mapping values are not allowed",
        (
            "a colon and a space stand where no further key may begin",
            'put a value that holds ": " in quotes, or mend the indentation',
        ),
    ),
    (
        "cannot start any token",
        ("a value begins with a character that needs quotes", "put the value in quotes"),
    ),
    ("escape", ("a backslash in double quotes begins nothing known", "use single quotes")),
    ("quoted scalar", ("a quote is opened here and not closed", "close it")),
    ("flow", ("a bracket is opened here and not closed, or a comma is missing", "mend the list")),
    ("block", ("the indentation doesn't fit what stands above", "align it with its neighbours")),
    ("simple key", ("a key without a colon, or without a space after it", "write KEY: VALUE")),
    ("tag", ("nobody knows this tag (!)", TAG[0])),
    ("anchor", ("this anchor (&) or alias (*) has no proper name", "put the value in quotes")),
    ("alias", ("this anchor (&) or alias (*) has no proper name", "put the value in quotes")),
    ("directive", ("a line begins with %", "put the value in quotes")),
)
"""What a part of the parser's complaint means; the first that applies."""

_OPENED = ("quoted scalar", "flow")
"""Complaints that are about where something was opened, not about where the parser gave up."""


def problem(error: yaml.YAMLError, text: str, shown_as: str) -> Problem:
    """The parser's *error* about *text*."""
    if isinstance(error, yaml.MarkedYAMLError):
        return _marked(error, text, shown_as)
    line = text[: getattr(error, "position", 0)].count("\n") + 1
    title = "a character stands here that YAML doesn't allow"
    return said(title, Place(shown_as, line), "remove it")


def said(title: str, place: Place, do: str = "", but: str = "") -> Problem:
    """A problem at *place*."""
    notes: list[tuple[Label, str]] = [("from", str(place))]
    notes += [("but", but)] if but else []
    notes += [("do", do)] if do else []
    return Problem(title, tuple(notes))


def _marked(error: yaml.MarkedYAMLError, text: str, shown_as: str) -> Problem:
    mark: Any = error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    written = text.splitlines()
    here = written[line] if line < len(written) else ""
    above = written[line - 1] if 0 < line <= len(written) else ""
    for number, candidate in ((line, here), (line - 1, above)):
        found = _seen(candidate)
        if found:
            return said(found[0], Place(shown_as, number + 1), found[1])
    complaint = f"{error.context or ''} {error.problem or ''}"
    key, (title, do) = next(
        ((part, words) for part, words in _WORDS if part in complaint),
        ("", ("this isn't YAML", "mend the line, or the one above it")),
    )
    if key in _OPENED and error.context_mark:
        line = error.context_mark.line
    return said(title, Place(shown_as, line + 1), do)


def _seen(line: str) -> Said | None:
    """What is wrong with *line*, where the parser's complaint would mislead."""
    if _TAB.match(line):
        return TAB
    if _SPACE_IN_TAG.search(line):
        return SPACE_IN_TAG
    return TEMPLATE if _TEMPLATE.search(line) else None
