"""The admin console's pages of an org, for a person's browser: plain HTML, links and forms."""

import re
import secrets
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from okta_scim_setup.simulator.console import gate
from okta_scim_setup.simulator.console.changes import Console
from okta_scim_setup.simulator.console.controls import first
from okta_scim_setup.simulator.console.html import Html, element
from okta_scim_setup.simulator.console.layout import APPS, STYLE, Word, address, page, table
from okta_scim_setup.simulator.console.panel import FORM_TOKEN
from okta_scim_setup.simulator.console.typed_tokens import TypedTokens
from okta_scim_setup.simulator.console.visit import Shown, Visit
from okta_scim_setup.simulator.message import Request, Response
from okta_scim_setup.simulator.okta.records import Org

_PREFIX = "/admin"
_APP = re.compile(r"/admin/app/(?P<name>[^/]+)/instance/(?P<app_id>[^/]+)(?:/(?P<tab>.*))?")
_TO_APPS = ("/", "/admin", "/admin/", "/admin/apps", "/admin/apps/")
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}


def is_page(path: str) -> bool:
    """Whether a path of an org is the console's."""
    return path in _TO_APPS or path.startswith(f"{_PREFIX}/")


class Pages:
    """Answers what a browser asks of an org's console; a person's clicks are no calls of its API.

    The form token is another one each time that the simulator starts.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._form_token = secrets.token_urlsafe(32)
        self._typed = TypedTokens()

    def answer(self, org: Org, request: Request) -> Response:
        """Answer a request, errors included; hold no lock."""
        refused = gate.refusal(request, org)
        if refused is not None:
            return _sorry(org, *refused)
        match request.method:
            case "GET":
                return self._get(org, request)
            case "POST":
                return self._post(org, request)
        sorry = _sorry(org, HTTPStatus.METHOD_NOT_ALLOWED, "Pages are read, and forms are sent.")
        sorry.headers["Allow"] = "GET, POST"
        return sorry

    def _get(self, org: Org, request: Request) -> Response:
        if request.path in _TO_APPS:
            return _redirect(APPS)
        if request.path == STYLE:
            css = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
            return Response(body=css, content_type="text/css; charset=utf-8", headers={**_HEADERS})
        if request.path == APPS:
            with self._console.world.lock:
                return _html(_apps(org))
        visit = self._visit(org, request)
        return _answer(visit.show(request.query)) if visit else _no_page(org)

    def _post(self, org: Org, request: Request) -> Response:
        form = parse_qs(request.body.decode(errors="replace"), keep_blank_values=True)
        if not gate.is_own_form(first(form, FORM_TOKEN), self._form_token):
            why = "This form is not from a page of this simulator, or it has been restarted since: "
            return _sorry(org, HTTPStatus.FORBIDDEN, f"{why}open the page again.")
        visit = self._visit(org, request)
        return _answer(visit.press(form)) if visit else _no_page(org)

    def _visit(self, org: Org, request: Request) -> Visit | None:
        """The visit to an app's page, if there is such an app."""
        found = _APP.fullmatch(request.path)
        with self._console.world.lock:
            app = org.apps.get(found["app_id"]) if found else None
        if found is None or app is None or app.name != found["name"]:
            return None
        tab = found["tab"] or ""
        return Visit(self._console, org, app, tab, self._form_token, self._typed)


def _apps(org: Org) -> Html:
    rows = (
        (element("a", app.label, href=address(app)), app.name, app.status.capitalize())
        for app in org.apps.values()
    )
    heads = ("Application", "Name", "Status")
    return page("Applications", org.url, element("h1", "Applications"), table("Apps", heads, rows))


def _answer(shown: Shown) -> Response:
    return _redirect(shown.go_to) if shown.go_to else _html(shown.html, shown.status)


def _no_page(org: Org) -> Response:
    return _sorry(org, HTTPStatus.NOT_FOUND, "There is no such page.")


def _sorry(org: Org, status: HTTPStatus, why: str) -> Response:
    content = element("h1", status.phrase), Word(why, is_error=True).html()
    return _html(page(status.phrase, org.url, *content), status)


def _html(content: Html, status: int = HTTPStatus.OK) -> Response:
    return Response(status, content, {**_HEADERS}, "text/html; charset=utf-8")


def _redirect(path: str) -> Response:
    return Response(HTTPStatus.SEE_OTHER, headers={**_HEADERS, "Location": path})
