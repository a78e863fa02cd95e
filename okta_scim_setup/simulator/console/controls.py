"""The controls of the console's forms: each shows a value, lets it be edited, and reads it back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from okta_scim_setup.simulator.console.html import EMPTY, Html, element, join

Form = Mapping[str, Sequence[str]]
"""What a browser sent: values by the names of controls, which are their labels."""

_NOTHING = "Not set"


class Control(Protocol):
    """A field of a form, known by its label."""

    @property
    def label(self) -> str:
        """The text that a person knows the field by."""

    def read(self, form: Form) -> Any:
        """The value that was sent."""

    def show(self, value: Any) -> Html:
        """The value where it can't be edited."""

    def edit(self, value: Any) -> Html:
        """The field, filled in."""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text."""

    label: str
    hint: str = ""

    def read(self, form: Form) -> str:
        """The text as it was typed."""
        return first(form, self.label)

    def show(self, value: str) -> Html:
        """The text."""
        return join(value or _NOTHING)

    def edit(self, value: str) -> Html:
        """A label above a field."""
        about = f"{_id(self.label)}-hint" if self.hint else None
        field = element(
            "input",
            type="text",
            id=_id(self.label),
            name=self.label,
            value=value,
            autocomplete="off",
            spellcheck="false",
            aria_describedby=about,
        )
        hint = element("small", self.hint, id=about) if self.hint else EMPTY
        return _field(self.label, field, hint)


@dataclass(frozen=True, slots=True)
class Box:
    """A box to tick."""

    label: str

    def read(self, form: Form) -> bool:
        """Whether it was ticked: a browser sends nothing of one that isn't."""
        return self.label in form

    def show(self, value: bool) -> Html:  # noqa: FBT001 - the value, as for every control
        """On or off, in words."""
        return join("Enabled" if value else "Disabled")

    def edit(self, value: bool) -> Html:  # noqa: FBT001 - see above
        """A box before its label."""
        return element("div", _box(self.label, self.label, "on", ticked=value), class_="field")


@dataclass(frozen=True, slots=True)
class Boxes:
    """Several boxes under one label."""

    label: str
    options: tuple[str, ...]

    def read(self, form: Form) -> list[str]:
        """Those that were ticked."""
        return list(form.get(self.label, ()))

    def show(self, value: Sequence[str]) -> Html:
        """Those that are ticked."""
        return join(", ".join(value) or "None")

    def edit(self, value: Sequence[str]) -> Html:
        """A group of boxes."""
        boxes = (
            element("div", _box(option, self.label, option, ticked=option in value))
            for option in self.options
        )
        return element("fieldset", element("legend", self.label), *boxes, class_="field")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some options; or, where `custom` says so, a text of one's own."""

    label: str
    options: tuple[str, ...]
    custom: str = ""

    def read(self, form: Form) -> str:
        """The option, or the text."""
        chosen = first(form, self.label)
        return first(form, self._expression) if self.custom and chosen == self.custom else chosen

    def show(self, value: str) -> Html:
        """The option, or the text."""
        return join(value or _NOTHING)

    def edit(self, value: str) -> Html:
        """A list to choose from, and a field for what isn't in it."""
        own = bool(self.custom and value and value not in self.options)
        first = [] if value else [element("option", "Select", value="", selected=True)]
        options = [_option(option, chosen=option == value) for option in self.options]
        custom = [_option(self.custom, chosen=own)] if self.custom else []
        menu = element("select", *first, *options, *custom, id=_id(self.label), name=self.label)
        field = _field(self.label, menu)
        if not custom:
            return field
        text = Text(self._expression).edit(value if own else "")
        return join(field, element("div", text, class_="custom"))

    @property
    def _expression(self) -> str:
        return f"{self.custom} expression"


@dataclass(frozen=True, slots=True)
class Token:
    """A secret: it can be typed and replaced, and no page ever shows it.

    Its value, as pages have it, is a word on where a token is.
    """

    label: str
    prefix: str = ""

    def read(self, form: Form) -> str:
        """The token that was typed, if one was."""
        return first(form, self.label)

    def show(self, value: str) -> Html:
        """Whether there is one."""
        return join(value or _NOTHING)

    def edit(self, value: str) -> Html:
        """An empty field, which says where a token is already."""
        field = element(
            "input",
            type="password",
            id=_id(self.label),
            name=self.label,
            placeholder=value,
            autocomplete="off",
        )
        prefix = element("span", self.prefix, class_="prefix") if self.prefix else EMPTY
        return _field(self.label, element("span", prefix, field, class_="prefixed"))


def first(form: Form, name: str) -> str:
    """The first value of this name; empty where there is none."""
    return next(iter(form.get(name, ())), "")


def _id(*labels: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", " ".join(labels).lower()).strip("-")


def _field(label: str, *parts: Html) -> Html:
    return element("div", element("label", label, for_=_id(label)), *parts, class_="field")


def _box(label: str, name: str, value: str, *, ticked: bool) -> Html:
    identifier = _id(name, label) if name != label else _id(label)
    box = element("input", type="checkbox", id=identifier, name=name, value=value, checked=ticked)
    return join(box, element("label", label, for_=identifier))


def _option(text: str, *, chosen: bool) -> Html:
    return element("option", text, value=text, selected=chosen)
