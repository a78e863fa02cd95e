"""Settings as they were, put back: how a change is acknowledged and yet not made."""

from copy import copy
from dataclasses import fields, replace
from typing import Any

from okta_scim_setup.simulator.dbt_cloud.records import Account
from okta_scim_setup.simulator.okta.records import App
from okta_scim_setup.simulator.state import World

_OF_ACCOUNT = ("enabled", "manual_updates_allowed", "scim_controlled_license_type")
_OF_APP = ("users", "groups", "mappings")


class SettingsMemory:
    """Every app's provisioning settings, assignments and pushes; every account's SCIM settings."""

    def __init__(self, world: World) -> None:
        self._world = world
        with world.lock:
            apps = [app for org in world.orgs for app in org.apps.values()]
            self._settings = [(app, replace(app.provisioning), _assigned(app)) for app in apps]
            self._accounts = [(each, _copy(each)) for each in world.accounts.values()]

    def put_back(self) -> None:
        """Undo what changed since; people and groups themselves are left alone."""
        with self._world.lock:
            for app, settings, assigned in self._settings:
                for each in fields(settings):
                    setattr(app.provisioning, each.name, getattr(settings, each.name))
                for name, value in assigned.items():
                    setattr(app, name, value)
            for account, values in self._accounts:
                for name, value in values.items():
                    setattr(account, name, value)


def _assigned(app: App) -> dict[str, Any]:
    return {name: {k: copy(v) for k, v in getattr(app, name).items()} for name in _OF_APP}


def _copy(account: Account) -> dict[str, Any]:
    values = {name: getattr(account, name) for name in _OF_ACCOUNT}
    return values | {"scim_tokens": dict(account.scim_tokens)}
