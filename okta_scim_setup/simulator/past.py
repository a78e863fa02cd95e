"""A tenant as it was: how a change is acknowledged and yet not made, and how reads are stale."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from okta_scim_setup.simulator.okta.records import App
from okta_scim_setup.simulator.state import Tenant, World

_OF_APP = ("provisioning", "users", "groups", "mappings", "schema", "expressions")
_OF_ACCOUNT = (
    "enabled",
    "manual_updates_allowed",
    "scim_controlled_license_type",
    "members",
    "groups",
    "license_maps",
)


class Past:
    """Settings, assignments, pushes, tokens, users and groups of tenants, at one moment.

    Other clients' changes of the same tenants since then are part of what is undone.
    """

    def __init__(self, world: World, tenants: Iterable[Tenant]) -> None:
        self._world = world
        with world.lock:
            self._kept = [part for tenant in tenants for part in _parts(tenant)]

    def put_back(self) -> None:
        """Undo what changed since."""
        with self._world.lock:
            for owner, name, value in self._kept:
                setattr(owner, name, value)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the past while reading, under the lock; what changed since isn't lost."""
        with self._world.lock:
            present = [(owner, name, getattr(owner, name)) for owner, name, _ in self._kept]
            self.put_back()
            try:
                yield
            finally:
                for owner, name, value in present:
                    setattr(owner, name, value)


def _parts(tenant: Tenant) -> Iterator[tuple[Any, str, Any]]:
    org, account = tenant.org, tenant.account
    yield org, "apps", dict(org.apps)
    yield org, "groups", {key: deepcopy(group) for key, group in org.groups.items()}
    for app in org.apps.values():
        yield from _parts_of_app(app)
    for name in _OF_ACCOUNT:
        yield account, name, deepcopy(getattr(account, name))
    yield account, "scim_tokens", dict(account.scim_tokens)
    for token in account.scim_tokens.values():
        yield token, "uses", token.uses.copy()


def _parts_of_app(app: App) -> Iterator[tuple[Any, str, Any]]:
    for name in ("label", "status", "updated"):
        yield app, name, getattr(app, name)
    yield app, "body", dict(app.body)
    for name in _OF_APP:
        yield app, name, deepcopy(getattr(app, name))
