"""Settings as they were, put back: how a change is acknowledged and yet not made."""

from dataclasses import fields, replace
from typing import Any

from okta_scim_setup.simulator.dbt_cloud.records import Account
from okta_scim_setup.simulator.state import World

_OF_ACCOUNT = ("enabled", "manual_updates_allowed", "scim_controlled_license_type")


class SettingsMemory:
    """The provisioning settings of every app, SCIM configuration and tokens of every account."""

    def __init__(self, world: World) -> None:
        self._world = world
        with world.lock:
            apps = [app for org in world.orgs for app in org.apps.values()]
            self._settings = [(app, replace(app.provisioning)) for app in apps]
            self._accounts = [(each, _copy(each)) for each in world.accounts.values()]

    def put_back(self) -> None:
        """Undo what changed since; people, groups and assignments are left alone."""
        with self._world.lock:
            for app, settings in self._settings:
                for each in fields(settings):
                    setattr(app.provisioning, each.name, getattr(settings, each.name))
            for account, values in self._accounts:
                for name, value in values.items():
                    setattr(account, name, value)


def _copy(account: Account) -> dict[str, Any]:
    values = {name: getattr(account, name) for name in _OF_ACCOUNT}
    return values | {"scim_tokens": dict(account.scim_tokens)}
