"""What every page of the console has around its content: head, list of apps, tabs, footer."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from okta_scim_setup.simulator.console.html import Html, document, element
from okta_scim_setup.simulator.okta.records import App

APPS = "/admin/apps/active"
STYLE = "/admin/style.css"
_FOOTER = (
    "This is okta-scim-setup's simulator on your own machine, and not Okta. Nothing that is done "
    "here reaches a real org."
)


@dataclass(frozen=True, slots=True)
class Word:
    """What a page says about what was just done: that it worked, or why it didn't."""

    text: str
    is_error: bool = False

    def html(self) -> Html:
        """An alert, which is read out at once, or a status."""
        role = "alert" if self.is_error else "status"
        return element("p", self.text, role=role, class_=role)


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a navigation; `here` where it leads to the page that it stands on."""

    text: str
    href: str
    here: bool = False


def page(title: str, org_url: str, *content: Html) -> Html:
    """A whole page of an org's console."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("title", f"{title} - simulated admin console"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        # Else a browser asks the org for an icon, which is a call of its API.
        element("link", rel="icon", href="data:,"),
        element("link", rel="stylesheet", href=STYLE),
    )
    apps = element("nav", element("a", "Applications", href=APPS), aria_label="Console")
    top = element("header", apps, element("span", org_url), class_="top")
    main = element("main", *content)
    return document(head, element("body", top, main, element("footer", _FOOTER)))


def app_head(app: App) -> Html:
    """An app's name and status."""
    status = element("span", app.status.capitalize(), class_=f"badge {app.status.lower()}")
    return element("div", element("h1", app.label), status, class_="title")


def navigation(label: str, links: Iterable[Link]) -> Html:
    """A list of links, of which one may be where we are."""
    items = (
        element(
            "li",
            element("a", link.text, href=link.href, aria_current="page" if link.here else None),
        )
        for link in links
    )
    return element("nav", element("ul", *items), aria_label=label)


def table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Html:
    """A table whose first column heads its rows; a sentence where there are none."""
    lines = [
        element("tr", element("th", first, scope="row"), *(element("td", each) for each in rest))
        for first, *rest in rows
    ]
    if not lines:
        return element("p", f"{caption}: none", class_="note")
    head = element("tr", *(element("th", each, scope="col") for each in heads))
    body = element("tbody", *lines)
    return element("table", element("caption", caption), element("thead", head), body)


def address(app: App, tab: str = "") -> str:
    """The path of an app's page, as in Okta's own console."""
    return f"/admin/app/{quote(app.name, safe='')}/instance/{app.id}/{tab}"
