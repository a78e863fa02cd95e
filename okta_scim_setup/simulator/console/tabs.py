"""The pages of an app: which of them are there as things stand, and the links between them."""

from collections.abc import Mapping

from okta_scim_setup.simulator.console.changes import shows_integration, shows_to_app
from okta_scim_setup.simulator.console.html import EMPTY, Html
from okta_scim_setup.simulator.console.layout import Link, address, navigation
from okta_scim_setup.simulator.okta.records import App

GENERAL, SIGN_ON, ASSIGNMENTS, PUSH_GROUPS = "general", "sign-on", "assignments", "push-groups"
INTEGRATION, TO_APP = "provisioning/integration", "provisioning/to-app"
_OF_PROVISIONING = (TO_APP, INTEGRATION)


def pages_of(app: App) -> dict[str, str]:
    """The pages that are there, by path, and what they are called."""
    pages = {GENERAL: "General", SIGN_ON: "Sign On"}
    is_provisioned = shows_integration(app, app.provisioning)
    if is_provisioned:
        pages[INTEGRATION] = "Integration"
    if is_provisioned and shows_to_app(app, app.provisioning):
        pages[TO_APP] = "To App"
    pages[ASSIGNMENTS] = "Assignments"
    return pages | ({PUSH_GROUPS: "Push Groups"} if is_provisioned else {})


def tabs(app: App, pages: Mapping[str, str], here: str) -> Html:
    """The tabs; Provisioning is one, with pages of its own below it."""
    links = []
    for tab, text in pages.items():
        if tab == INTEGRATION:
            links.append(Link("Provisioning", address(app, tab), here=here in _OF_PROVISIONING))
        elif tab != TO_APP:
            links.append(Link(text, address(app, tab), here=here == tab))
    return navigation("App", links)


def settings(app: App, pages: Mapping[str, str], here: str) -> Html:
    """Provisioning's own pages, To App and Integration, where we are on one of them."""
    if here not in _OF_PROVISIONING:
        return EMPTY
    shown = (tab for tab in _OF_PROVISIONING if tab in pages)
    links = (Link(pages[tab], address(app, tab), here=tab == here) for tab in shown)
    return navigation("Settings", links)
