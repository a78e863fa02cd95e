"""The feature INBOUND_PROVISIONING: how an app's people are imported into Okta (recorded).

The settings are kept; nothing is imported.
"""

from copy import deepcopy
from typing import Any

from okta_scim_setup.simulator.okta.errors import invalid
from okta_scim_setup.simulator.okta.records import App

INBOUND_PROVISIONING = "INBOUND_PROVISIONING"
DESCRIPTION = "In-bound provisioning settings for provisioning users from an application to Okta"
_AT_FIRST: dict[str, Any] = {
    "importSettings": {
        "username": {"userNameFormat": "EMAIL"},
        "schedule": {"status": "DISABLED", "fullImport": None, "incrementalImport": None},
    },
    "importRules": {
        "userCreateAndMatch": {
            "exactMatchCriteria": "USERNAME",
            "allowPartialMatch": True,
            "autoConfirmPartialMatch": False,
            "autoConfirmExactMatch": False,
            "autoConfirmNewUsers": False,
            "autoActivateNewUsers": False,
        }
    },
}
_REQUIRED = tuple(_AT_FIRST)


def capabilities(app: App) -> dict[str, Any]:
    """The settings as they stand (recorded)."""
    return app.provisioning.inbound or _AT_FIRST


def change(app: App, given: dict[str, Any]) -> None:
    """PUT: only what is given changes; both parts have to be there (specified).

    Raises:
        OktaError: E0000001, when a part is missing or isn't an object.

    """
    for name in _REQUIRED:
        if not isinstance(given.get(name), dict):
            raise invalid(name, f"{name}: The field cannot be left blank")
    settings = deepcopy(capabilities(app))
    _merge(settings, {name: given[name] for name in _REQUIRED})
    app.provisioning.inbound = settings


def _merge(settings: dict[str, Any], given: dict[str, Any]) -> None:
    for name, value in given.items():
        known = settings.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value)
        else:
            settings[name] = value
