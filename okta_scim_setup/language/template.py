"""Jinja2, sandboxed, filled into scalars.

A scalar that is one ``{{ expression }}`` keeps its type; anything else becomes text, and what is
filled in is never read as YAML or as a template again. Whatever isn't defined is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from jinja2.exceptions import SecurityError, TemplateSyntaxError

from okta_scim_setup.address import Ref
from okta_scim_setup.errors import ConfigError, Label, Place, Problem
from okta_scim_setup.language.near import near
from okta_scim_setup.language.node import Node, Tagged
from okta_scim_setup.language.sandbox import ENVIRONMENT, NotDefined, TooLarge, compiled
from okta_scim_setup.language.words import filled_words
from okta_scim_setup.secret import SecretReference
from okta_scim_setup.secret.reference import known_scheme

LONGEST_SHOWN = 60
"""Characters of a scalar that a message repeats."""

COMMAND = "cmd:"
"""The scheme whose references are words, among which nothing is to be slipped in."""


def fill(node: Node, context: Mapping[str, Any]) -> Node:
    """*node* with its templates filled in from *context*, and its tagged texts read.

    Raises:
        ConfigError: something can't be filled in; all problems of the node at once.
    """
    problems: list[Problem] = []
    filled = _filled(node, context, problems)
    if problems:
        raise ConfigError.of(dict.fromkeys(problems))
    return filled


def has_template(text: str) -> bool:
    """Whether there is anything to fill in."""
    return "{" in text and ("{{" in text or "{%" in text or "{#" in text)


def names(node: Node) -> frozenset[str]:
    """The variables that the templates of *node* read; none for one that can't be read."""
    return frozenset(_names(node))


def _names(node: Node) -> Iterator[str]:
    for _, leaf in node.walk():
        text = leaf.value.text if isinstance(leaf.value, Tagged) else leaf.value
        if isinstance(text, str) and has_template(text):
            try:
                yield from compiled(text).names
            except TemplateSyntaxError:
                continue  # filling it in says so


def _filled(node: Node, context: Mapping[str, Any], problems: list[Problem]) -> Node:
    """The same node where nothing changes, so that what tenants share isn't copied."""
    value = node.value
    if isinstance(value, dict):
        filled = {key: _filled(child, context, problems) for key, child in value.items()}
        same = all(filled[key] is child for key, child in value.items())
        return node if same else Node(filled, node.place, node.keys)
    if isinstance(value, tuple):
        items = tuple(_filled(child, context, problems) for child in value)
        same = all(new is old for new, old in zip(items, value, strict=True))
        return node if same else Node(items, node.place)
    if isinstance(value, Tagged) or (isinstance(value, str) and has_template(value)):
        try:
            return _scalar(node, context)
        except ConfigError as error:
            problems += error.problems
    return node


def _scalar(node: Node, context: Mapping[str, Any]) -> Node:
    if isinstance(node.value, Tagged):
        return Node(_tagged(node.value, node.place, context), node.place)
    value = _evaluated(node.value, node.place, context)
    return _as_node(value, node.place)


def _tagged(tagged: Tagged, place: Place, context: Mapping[str, Any]) -> Ref | SecretReference:
    text = tagged.text
    secret = tagged.tag == "!secret"
    if secret:  # before anything of it is repeated: it may be a literal secret
        known_scheme(text.partition(":")[0], place)
    if has_template(text) and secret and text.startswith(COMMAND):
        words = text.removeprefix(COMMAND)
        text = COMMAND + filled_words(words, place, partial(_text_of, place=place, context=context))
    elif has_template(text):
        value = _evaluated(text, place, context)
        if not isinstance(value, str):
            raise ConfigError(f"{tagged.tag} takes text", ("from", str(place)))
        text = value
    if secret:
        return SecretReference.parse(text, place, tagged.base)
    try:
        return Ref.parse(text)
    except ValueError as error:
        do = "write !ref kind/name.output, such as !ref okta.saml_app/dbt.id"
        raise ConfigError(str(error), ("from", str(place)), ("do", do)) from None


def _text_of(text: str, *, place: Place, context: Mapping[str, Any]) -> str:
    """What *text* comes to, in letters."""
    value = _evaluated(text, place, context)
    return value if isinstance(value, str) else str(value)


def _evaluated(text: str, place: Place, context: Mapping[str, Any]) -> Any:
    """What *text* comes to."""
    said: tuple[tuple[Label, str], ...] = (("from", str(place)), ("asked", _short(text)))
    try:
        return compiled(text).evaluate(context)
    except NotDefined as error:
        notes = near(error.name, context if error.known is None else error.known)
        raise ConfigError(f'nothing is called "{error.name}" here', *said, *notes) from None
    except SecurityError:
        do = "use variables, filters and tests alone"
        raise ConfigError("a template may not do this", *said, ("do", do)) from None
    except TooLarge as error:
        raise ConfigError(str(error), *said) from None
    except Exception as error:  # noqa: BLE001 -- a template may raise anything; it is its author's
        raise _failed(error, said) from None


def _failed(error: Exception, said: tuple[tuple[Label, str], ...]) -> ConfigError:
    """The template can't be read or filled in."""
    why = str(error).split("\n", maxsplit=1)[0].rstrip(".")
    for sort, known in (("filter", ENVIRONMENT.filters), ("test", ENVIRONMENT.tests)):
        before, _, name = why.partition(f"No {sort} named ")
        if name and not before:
            name = name.strip("'")
            return ConfigError(f'no {sort} is called "{name}"', *said, *near(name, known))
    what = "read" if isinstance(error, TemplateSyntaxError) else "filled in"
    return ConfigError(f"the template can't be {what}: {why or type(error).__name__}", *said)


def _as_node(value: Any, place: Place) -> Node:
    if isinstance(value, dict):
        children = {key: _as_node(child, place) for key, child in value.items()}
        return Node(children, place, dict.fromkeys(children, place))
    if isinstance(value, list):
        return Node(tuple(_as_node(child, place) for child in value), place)
    return Node(value, place)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
