"""A panel of settings: read-only with Edit, or a form with Save and Cancel."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from okta_scim_setup.simulator.console.controls import Control, Form, Token
from okta_scim_setup.simulator.console.html import EMPTY, Html, element, join

FORM_TOKEN = "_xsrfToken"  # noqa: S105 - the name of a field, the same as in Okta's forms
TYPED = "_typed"
PRESS = "_press"
SAVE = "Save"


@dataclass(frozen=True, slots=True)
class Panel:
    """Settings under a heading, with their values by label.

    `test` is the label of the button that tries the values out, `passed` what it says then.
    `switch` is the label of the box that turns all the others off.
    """

    heading: str
    controls: tuple[Control, ...]
    values: Mapping[str, Any]
    test: str = ""
    passed: str = ""
    switch: str = ""

    @property
    def token(self) -> str:
        """The label of the field that takes a token, if there is one."""
        return next((each.label for each in self.controls if isinstance(each, Token)), "")

    def read(self, form: Form) -> dict[str, Any]:
        """What a person filled in, by label."""
        return {control.label: control.read(form) for control in self.controls}

    def filled(self, entered: Mapping[str, Any]) -> Self:
        """The panel with what was entered, but for the token."""
        kept = {label: value for label, value in entered.items() if label != self.token}
        return replace(self, values={**self.values, **kept})

    def changes(self, entered: Mapping[str, Any]) -> dict[str, Any]:
        """What to change: an empty token stays as it is, and what is off has no settings."""
        if self.switch and not entered[self.switch]:
            return {self.switch: False}
        return {label: value for label, value in entered.items() if value or label != self.token}

    def show(self) -> Html:
        """The settings as they are."""
        rows = (
            join(element("dt", each.label), element("dd", each.show(self.values[each.label])))
            for each in self.controls
        )
        edit = element("a", "Edit", href="?edit=yes", class_="button")
        return _section(self.heading, edit, element("dl", *rows))

    def form(self, form_token: str, typed: str = "") -> Html:
        """The settings to be edited; `typed` is the name that a typed token is kept under."""
        names = {FORM_TOKEN: form_token} | ({TYPED: typed} if typed else {})
        hidden = (
            element("input", type="hidden", name=name, value=value) for name, value in names.items()
        )
        fields = (each.edit(self.values[each.label]) for each in self.controls)
        test = [element("p", button(self.test))] if self.test else []
        cancel = element("a", "Cancel", href="?edit=no", class_="button")
        ends = element("p", button(SAVE, primary=True), cancel, class_="ends")
        form = element("form", *hidden, *fields, *test, ends, method="post", action="?edit=yes")
        return _section(self.heading, EMPTY, form)


def button(label: str, *, primary: bool = False) -> Html:
    """A button that sends its form, and says which it was."""
    kind = "primary" if primary else None
    return element("button", label, name=PRESS, value=label, class_=kind)


def _section(heading: str, beside: Html, *content: Html) -> Html:
    head = element("header", element("h2", heading), beside)
    return element("section", head, *content)
