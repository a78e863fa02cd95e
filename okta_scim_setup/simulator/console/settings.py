"""The panels of settings of an app, with the labels of Okta's console."""

from collections.abc import Iterable
from typing import Any

from okta_scim_setup.simulator.console.changes import USERNAME_FORMATS
from okta_scim_setup.simulator.console.controls import Box, Boxes, Choice, Control, Text, Token
from okta_scim_setup.simulator.console.fields import AUTH_MODES
from okta_scim_setup.simulator.console.panel import Panel
from okta_scim_setup.simulator.okta.records import ACTIONS, CUSTOM_SAML, App

_LABEL = Text("Application label")
_SCIM = Box("Enable SCIM provisioning")
_USERNAME = Choice("Application username format", tuple(USERNAME_FORMATS), custom="Custom")
_CONNECTOR = (
    Text("SCIM connector base URL", hint="It may not contain an underscore."),
    Text("Unique identifier field for users"),
    Boxes("Supported provisioning actions", ACTIONS),
    Choice("Authentication Mode", AUTH_MODES),
    Token("Authorization", prefix="Bearer"),
)
_API = (Box("Enable API integration"), Text("Base URL"), Token("API Token"))
_TO_APP = (Box("Create Users"), Box("Update User Attributes"), Box("Deactivate Users"))


def general(app: App) -> Panel:
    """General: App Settings."""
    if app.kind != CUSTOM_SAML:
        return Panel("App Settings", (_LABEL,), {_LABEL.label: app.label})
    values = {_LABEL.label: app.label, _SCIM.label: app.provisioning.scim_enabled}
    return Panel("App Settings", (_LABEL, _SCIM), values)


def sign_on(app: App) -> Panel:
    """Sign On: Settings."""
    usual = USERNAME_FORMATS["Okta username"]
    template = app.body.get("credentials", {}).get("userNameTemplate", {}).get("template", usual)
    names = {template: name for name, template in USERNAME_FORMATS.items()}
    return Panel("Settings", (_USERNAME,), {_USERNAME.label: names.get(template, template)})


def integration(app: App) -> Panel:
    """Provisioning, Integration: of a custom SAML app, or of one of the catalogue."""
    return _connector(app) if app.kind == CUSTOM_SAML else _api_integration(app)


def _connector(app: App) -> Panel:
    settings = app.provisioning
    values = (
        settings.base_url or "",
        settings.unique_identifier or "",
        settings.actions,
        settings.auth_mode or "",
        _held(app),
    )
    return Panel(
        "SCIM Connection",
        _CONNECTOR,
        _by_label(_CONNECTOR, values),
        test="Test Connector Configuration",
        passed="Connector configured successfully",
    )


def _api_integration(app: App) -> Panel:
    settings = app.provisioning
    values = (settings.status == "ENABLED", settings.base_url or "", _held(app))
    return Panel(
        "Integration",
        _API,
        _by_label(_API, values),
        test="Test API Credentials",
        passed=f"{app.label} was verified successfully!",
        switch=_API[0].label,
    )


def to_app(app: App) -> Panel:
    """Provisioning, To App: what Okta pushes."""
    settings = app.provisioning
    values = (settings.create_users, settings.update_user_attributes, settings.deactivate_users)
    return Panel(f"Provisioning to {app.label}", _TO_APP, _by_label(_TO_APP, values))


def _by_label(controls: Iterable[Control], values: Iterable[Any]) -> dict[str, Any]:
    return {control.label: value for control, value in zip(controls, values, strict=True)}


def _held(app: App) -> str:
    return "Stored, and never shown again" if app.provisioning.token else ""
