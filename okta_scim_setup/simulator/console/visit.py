"""A visit to one page of an app: what it shows, and what pressing one of its buttons does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.console import people, pushed_groups, settings, tabs
from okta_scim_setup.simulator.console.changes import Console
from okta_scim_setup.simulator.console.controls import Form, first
from okta_scim_setup.simulator.console.fields import ConsoleError
from okta_scim_setup.simulator.console.html import EMPTY, Html
from okta_scim_setup.simulator.console.layout import Word, address, app_head, page
from okta_scim_setup.simulator.console.panel import PRESS, TYPED, Panel
from okta_scim_setup.simulator.console.typed_tokens import TypedTokens
from okta_scim_setup.simulator.okta.records import App, Org

_PANELS: Mapping[str, Callable[[App], Panel]] = {
    tabs.GENERAL: settings.general,
    tabs.SIGN_ON: settings.sign_on,
    tabs.INTEGRATION: settings.integration,
    tabs.TO_APP: settings.to_app,
}
_TYPED = "Typed, and kept until you save"
_ABSENT = (
    "This page is not there. Provisioning comes with Enable SCIM provisioning, in General, and "
    "To App with a saved connection."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a visitor gets: a page, or another page's address."""

    html: Html = EMPTY
    status: int = HTTPStatus.OK
    go_to: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to a tab of an app; it holds no lock while something is pressed."""

    console: Console
    org: Org
    app: App
    tab: str
    form_token: str
    typed: TypedTokens

    def show(self, query: Mapping[str, str]) -> Shown:
        """The page as it is: to look at, or with its form."""
        with self.console.world.lock:
            if not self.tab:
                return Shown(go_to=address(self.app, tabs.GENERAL))
            if self.tab not in tabs.pages_of(self.app):
                return self._absent()
            word = Word("Saved") if "saved" in query else None
            panel = self._panel()
            if panel is None:
                return self._page(self._content(), word)
            edit = query.get("edit") == "yes"
            return self._page(panel.form(self.form_token) if edit else panel.show(), word)

    def press(self, form: Form) -> Shown:
        """Press a button of the page's form."""
        with self.console.world.lock:
            if self.tab not in tabs.pages_of(self.app):
                return self._absent()
            panel = self._panel()
        if panel is None:
            return self._provision_user(form)
        entered, typed = panel.read(form), first(form, TYPED)
        if panel.token and not entered[panel.token]:
            entered[panel.token] = self.typed.get(self.app.id, typed)
            if typed and not entered[panel.token]:
                return self._again(panel, entered, _mistake(f"{panel.token}: type it again"))
        self.typed.forget(self.app.id, typed)
        return self._press(panel, entered, first(form, PRESS))

    def _press(self, panel: Panel, entered: Mapping[str, Any], button: str) -> Shown:
        """Test or save; where that isn't the end, the form comes back as it was filled in."""
        changes = panel.changes(entered)
        try:
            if panel.test and button == panel.test:
                self.console.test(self.app.id, changes)
                return self._again(panel, entered, Word(panel.passed))
            self.console.change(self.app.id, changes)
        except ConsoleError as error:
            return self._again(panel, entered, _mistake(error.message))
        return Shown(go_to=f"{address(self.app, self.tab)}?saved=yes")

    def _again(self, panel: Panel, entered: Mapping[str, Any], word: Word) -> Shown:
        """The form as it was filled in, but for a token, which is kept here."""
        panel, name = panel.filled(entered), ""
        if panel.token and entered[panel.token]:
            name = self.typed.keep(self.app.id, entered[panel.token])
            panel = replace(panel, values={**panel.values, panel.token: _TYPED})
        with self.console.world.lock:
            return self._page(panel.form(self.form_token, name), word)

    def _provision_user(self, form: Form) -> Shown:
        """Press Provision User, the only button of pages without settings."""
        try:
            self.console.change(self.app.id, people.chosen(form))
        except ConsoleError as error:
            with self.console.world.lock:
                return self._page(self._content(), _mistake(error.message))
        return Shown(go_to=address(self.app, self.tab))

    def _panel(self) -> Panel | None:
        """The tab's settings, if it has some."""
        return _PANELS[self.tab](self.app) if self.tab in _PANELS else None

    def _content(self) -> Html:
        if self.tab == tabs.PUSH_GROUPS:
            return pushed_groups.show(self.org, self.app)
        return people.show(self.org, self.app, self.form_token)

    def _absent(self) -> Shown:
        """The page is not there, or not yet."""
        return replace(self._page(EMPTY, _mistake(_ABSENT)), status=HTTPStatus.NOT_FOUND)

    def _page(self, content: Html, word: Word | None) -> Shown:
        """The page with the app's name and tabs; an error is a bad request."""
        there = tabs.pages_of(self.app)
        said = word.html() if word else EMPTY
        html = page(
            self.app.label,
            self.org.url,
            app_head(self.app),
            tabs.tabs(self.app, there, self.tab),
            tabs.settings(self.app, there, self.tab),
            said,
            content,
        )
        return Shown(html, HTTPStatus.BAD_REQUEST if word and word.is_error else HTTPStatus.OK)


def _mistake(text: str) -> Word:
    return Word(text, is_error=True)
