"""A person's clicks in Okta's admin console: General, Provisioning and Assignments of an app.

All fields given are checked before the first is changed. They are applied in the console's order,
whatever order they come in: General, Integration, To App, Provision User.
"""

from dataclasses import dataclass, replace
from typing import Any

from okta_scim_setup.simulator import group_pushing
from okta_scim_setup.simulator.console.fields import HTTP_HEADER, ConsoleError, People, parse
from okta_scim_setup.simulator.okta import events
from okta_scim_setup.simulator.okta.assignments import Changes
from okta_scim_setup.simulator.okta.records import CUSTOM_SAML, App, Org, Provisioning
from okta_scim_setup.simulator.okta.sign_on import thumbprint
from okta_scim_setup.simulator.provisioning import Engine
from okta_scim_setup.simulator.settings import OF_CATALOGUE, is_usable
from okta_scim_setup.simulator.state import World

_PERSON = events.Actor(
    events.entity("User", "00uconsoleperson", "A person at the console", "admin@console.example"),
    address="127.0.0.1",
    user_agent="Mozilla/5.0",
    uri="/admin/app",
)
_INTEGRATION = ("base_url", "unique_identifier", "actions", "auth_mode", "token")
_SAML_SETTINGS = ("ssoAcsUrl", "audience", "defaultRelayState")
_TO_APP = ("create_users", "update_user_attributes", "deactivate_users")
USERNAME_FORMATS = {"Okta username": "${source.login}", "Email": "${source.email}"}
"""The templates that the console has names for; any other is custom."""
_TEMPLATES = {name.lower(): template for name, template in USERNAME_FORMATS.items()}


@dataclass(frozen=True, slots=True)
class Console:
    """The admin console of every org."""

    world: World
    engine: Engine

    def change(self, app_id: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Fill in fields by their labels and save; return `{"changed": [labels]}`.

        Raises:
            ConsoleError: a label or value isn't known, a page isn't there, or the connector test
                failed; nothing was changed.

        """
        given = parse(fields)
        with self.world.lock:
            org, app = self._find(app_id)
            wanted = _wanted_settings(app, given)
            _check_people(org, app, given.get("provision"))
        connects = any(name in given for name in _INTEGRATION)
        if connects or given.get("test") or given.get("api_integration"):
            self._test(wanted, saves=connects)
        with self.world.lock:
            app.provisioning = wanted
            self._change_general(org, app, given)
        if any(name in given for name in _TO_APP):
            self.engine.save_to_app(app)
        if "provision" in given:
            self._provision(org, app, given["provision"])
        return {"changed": list(fields)}

    def test(self, app_id: str, fields: dict[str, Any]) -> None:
        """Press Test Connector Configuration (Test API Credentials) with fields filled in so.

        Raises:
            ConsoleError: a label or value isn't known, or the test failed; nothing is changed.

        """
        given = parse(fields)
        with self.world.lock:
            _, app = self._find(app_id)
            wanted = _wanted_settings(app, given)
        self._test(wanted, saves=False)

    def _find(self, app_id: str) -> tuple[Org, App]:
        for org in self.world.orgs:
            if app_id in org.apps:
                return org, org.apps[app_id]
        raise ConsoleError(f"there is no app {app_id}")

    def _test(self, wanted: Provisioning, *, saves: bool) -> None:
        """Test Connector Configuration; saving does it a second time (reported)."""
        if wanted.auth_mode not in (None, HTTP_HEADER):
            raise ConsoleError(f"{wanted.auth_mode} is not simulated: choose {HTTP_HEADER}")
        if not wanted.base_url or not wanted.token:
            raise ConsoleError("SCIM connector base URL and Authorization are required")
        for _ in range(2 if saves else 1):
            problem = self.engine.test(wanted.base_url, wanted.token)
            if problem:
                raise ConsoleError(f"Error validating connector configuration: {problem}")

    def _change_general(self, org: Org, app: App, given: dict[str, Any]) -> None:
        app.label = given.get("label", app.label)
        app.status = given.get("status", app.status)
        if "username_format" in given:
            template = _TEMPLATES.get(given["username_format"].lower(), given["username_format"])
            kind = "BUILT_IN" if template.startswith("${source") else "CUSTOM"
            credentials = app.body.setdefault("credentials", {})
            credentials["userNameTemplate"] = {"template": template, "type": kind}
        app.updated = self.world.clock.now()
        _change_sign_on(app, given)
        target = events.app_entity(app)
        # Labels only: a value may be a token.
        details = {"changedFields": ", ".join(sorted(given))}
        events.write(
            self.world, org, "application.lifecycle.update", _PERSON, target, details=details
        )

    def _provision(self, org: Org, app: App, who: People) -> None:
        """Provision User, on the Assignments page: everyone who wasn't yet, or those named."""
        with self.world.lock:
            waiting = [
                user_id
                for user_id, assignment in app.users.items()
                if not assignment.external_id
                and (who is True or org.users[user_id].login in (who or []))
            ]
        group_pushing.follow(self.engine, org, app, Changes(added=waiting))


def _change_sign_on(app: App, given: dict[str, Any]) -> None:
    """SAML settings, and another key to sign with: certificates last ten years (recorded)."""
    settings = {name: given[name] for name in _SAML_SETTINGS if name in given}
    if settings:
        app.body.setdefault("settings", {}).setdefault("signOn", {}).update(settings)
    if given.get("certificate"):
        app.signing_since = app.updated
        kid = thumbprint(f"{app.id} {app.updated}")
        app.body.setdefault("credentials", {})["signing"] = {"kid": kid}


def _check_people(org: Org, app: App, who: People | None) -> None:
    assigned = {org.users[user_id].login for user_id in app.users}
    strangers = sorted(set(who) - assigned) if isinstance(who, list) else []
    if strangers:
        raise ConsoleError(f"not assigned to this app: {', '.join(strangers)}")


def _wanted_settings(app: App, given: dict[str, Any]) -> Provisioning:
    """The provisioning settings as they would be after this change.

    Raises:
        ConsoleError: a page that is filled in isn't shown, as things are.

    """
    settings = replace(app.provisioning)
    settings = _switched(app, settings, given)
    connects = [name for name in _INTEGRATION if name in given]
    if connects:
        if not shows_integration(app, settings):
            raise ConsoleError("the Provisioning tab is not there: SCIM is not enabled")
        for name in connects:
            setattr(settings, name, given[name])
        settings.status = "ENABLED"
    if given.get("api_integration") and settings.status != "ENABLED":
        raise ConsoleError("Base URL and API Token are required")
    toggles = [name for name in _TO_APP if name in given]
    if toggles and not shows_to_app(app, settings):
        raise ConsoleError("To App is not there: no connection has been saved")
    for name in toggles:
        setattr(settings, name, given[name])
    if given.get("provision") and not shows_to_app(app, settings):
        raise ConsoleError("Provision User is not there: no connection has been saved")
    return settings


def _switched(app: App, settings: Provisioning, given: dict[str, Any]) -> Provisioning:
    """Provisioning switched on or off; off drops connection, features and token."""
    if "scim" in given and app.kind != CUSTOM_SAML:
        raise ConsoleError("Enable SCIM provisioning: this app has no such box")
    if "api_integration" in given and app.kind not in OF_CATALOGUE:
        raise ConsoleError("Enable API integration: this app has no such box")
    if given.get("scim") is False or given.get("api_integration") is False:
        return Provisioning()
    if given.get("scim"):
        settings.scim_enabled = True
    if given.get("api_integration") and settings.base_url and settings.token:
        settings.status = "ENABLED"
    return settings


def shows_integration(app: App, settings: Provisioning) -> bool:
    """Whether the Provisioning tab is there."""
    return settings.scim_enabled if app.kind == CUSTOM_SAML else app.kind in OF_CATALOGUE


def shows_to_app(app: App, settings: Provisioning) -> bool:
    """Whether Provisioning has a To App page: only once a connection was saved."""
    return is_usable(replace(app, provisioning=settings))
