"""The Assignments page: who has an app, who of them is provisioned, and Provision User."""

from collections.abc import Iterable

from okta_scim_setup.simulator.console.changes import shows_to_app
from okta_scim_setup.simulator.console.controls import Boxes, Form
from okta_scim_setup.simulator.console.fields import ConsoleError
from okta_scim_setup.simulator.console.html import EMPTY, Html, element
from okta_scim_setup.simulator.console.layout import table
from okta_scim_setup.simulator.console.panel import FORM_TOKEN, button
from okta_scim_setup.simulator.okta.records import App, AppUser, Org

PROVISION_USER = "Provision User"
WAITING = "Not provisioned"
_SCOPES = {"USER": "Individual", "GROUP": "Group"}


def show(org: Org, app: App, form_token: str) -> Html:
    """The page's content."""
    head = element("header", element("h2", "Assignments"))
    people = table("People", ("Person", "User name", "Type", "Provisioning"), _people(org, app))
    groups = table("Groups", ("Group", "Priority"), _groups(org, app))
    return element("section", head, _provision_user(org, app, form_token), people, groups)


def chosen(form: Form) -> dict[str, list[str]]:
    """What Provision User changes.

    Raises:
        ConsoleError: nobody is chosen.

    """
    logins = list(form.get(WAITING, ()))
    if not logins:
        raise ConsoleError(f"{PROVISION_USER}: choose who is to be provisioned")
    return {PROVISION_USER: logins}


def _waiting(org: Org, app: App) -> Boxes:
    """Those who aren't provisioned, to be chosen from."""
    logins = (
        org.users[user_id].login
        for user_id, assignment in app.users.items()
        if not assignment.external_id
    )
    return Boxes(WAITING, tuple(logins))


def _provision_user(org: Org, app: App, form_token: str) -> Html:
    boxes = _waiting(org, app)
    if not boxes.options or not shows_to_app(app, app.provisioning):
        return EMPTY
    off = "Create Users is off (Provisioning, To App): nobody would be provisioned."
    note = EMPTY if app.provisioning.create_users else element("p", off, class_="note")
    hidden = element("input", type="hidden", name=FORM_TOKEN, value=form_token)
    press = element("p", button(PROVISION_USER, primary=True))
    return element("form", hidden, boxes.edit(boxes.options), note, press, method="post")


def _people(org: Org, app: App) -> Iterable[tuple[str, ...]]:
    why = {task.resource_id: task.reason for task in org.tasks.values() if task.app_id == app.id}
    for user_id, assignment in app.users.items():
        user = org.users[user_id]
        name = f"{user.profile.get('firstName', '')} {user.profile.get('lastName', '')}".strip()
        user_name = assignment.user_name or user.login
        scope = _SCOPES.get(assignment.scope, assignment.scope)
        yield name or user.login, user_name, scope, _state(assignment, why.get(user_id, ""))


def _state(assignment: AppUser, why: str) -> str:
    if assignment.sync_state == "ERROR":
        return f"Error: {why or 'the last push failed'}"
    return "Provisioned" if assignment.external_id else WAITING


def _groups(org: Org, app: App) -> Iterable[tuple[str, ...]]:
    for group in app.groups.values():
        yield org.groups[group.group_id].name, str(group.priority)
