"""A run's connections: one for each tenant and provider, made late, by the first who asks.

What tenants of one org have in common is looked up together, so each says beforehand what it needs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pydantic import BaseModel

from okta_scim_setup import registry
from okta_scim_setup.config import Tenant
from okta_scim_setup.errors import SetupError
from okta_scim_setup.hosts import host_of
from okta_scim_setup.journal import Journal, Journals
from okta_scim_setup.playbook import Declared, declared
from okta_scim_setup.resource import Resource
from okta_scim_setup.secret import Keeper
from okta_scim_setup.transport import Transport


@dataclass
class Connections:
    """The connections of a run, by tenant and provider; given up with the tenant."""

    transport: Transport
    keeper: Keeper
    read_only: bool
    journals: Journals = field(default_factory=Journals)

    def __post_init__(self) -> None:
        self._known: dict[tuple[str, str], _Connection] = {}
        self._announced: dict[tuple[str, str], list[Resource]] = {}
        self._declared: dict[str, Declared] = {}
        self._telling: dict[tuple[str, str], threading.Lock] = {}
        self._lock = threading.Lock()

    def announce(self, found: Iterable[Declared]) -> None:
        """Say what the run will ask for, so that what concerns one org is looked up together."""
        for each in found:
            self._declared[each.tenant.name] = each
            for declaration in each.resources:
                provider = declaration.resource.address.provider
                key = (provider, _url(each.tenant.settings[provider]))
                self._announced.setdefault(key, []).append(declaration.resource)

    def declared(self, tenant: Tenant) -> Declared:
        """What is declared for a tenant: as it was announced, which is given up with that.

        Raises:
            ConfigError: something doesn't fit.
        """
        return self._declared.pop(tenant.name, None) or declared(tenant)

    def of(self, tenant: Tenant, names: Iterable[str]) -> Mapping[str, Any]:
        """A connection for each provider in *names*."""
        return {name: self._of(tenant, name) for name in sorted(set(names))}

    def journal(self, tenant: Tenant) -> Journal:
        """What earlier runs meant to do for a tenant, and this one does."""
        parts = (getattr(s, "identity", None) for _, s in sorted(tenant.settings.items()))
        return self.journals.of("+".join(filter(None, parts)) or tenant.name)

    def release(self, tenant: Tenant) -> None:
        """Give up what was read for a tenant, and let other runs write there."""
        self._declared.pop(tenant.name, None)
        with self._lock:
            for name in tenant.settings:
                self._known.pop((name, tenant.name), None)
        self.journal(tenant).release()

    def _of(self, tenant: Tenant, name: str) -> Any:
        settings = tenant.settings[name]
        others = (s for key, s in tenant.settings.items() if key != name)
        hosts = frozenset(host for s in others if (host := _host(s)))
        with self._lock:
            known = self._known.setdefault((name, tenant.name), _Connection())
        with known.lock:  # of its own: a secret store may take seconds to answer
            if known.api is None:
                try:
                    connect = partial(
                        registry.connect,
                        name,
                        settings,
                        transport=self.transport,
                        keeper=self.keeper,
                        read_only=self.read_only,
                        hand_over_hosts=hosts,
                        journal=self.journal(tenant),
                    )
                    self._expect((name, _url(settings)), connect)
                    known.api = connect()
                except SetupError as error:
                    raise _located(tenant, name, error) from None
            return known.api

    def _expect(self, whose: tuple[str, str], connect: Callable[[], Any]) -> None:
        """The first tenant of an org tells what all its tenants will ask for; the others wait."""
        with self._lock:
            telling = self._telling.setdefault(whose, threading.Lock())
        with telling:
            resources = self._announced.pop(whose, [])
            if len(resources) > 1:
                org = connect()  # a tenant's own connection knows its own tenant alone
                for resource in resources:
                    resource.expect(org)


@dataclass
class _Connection:
    """A connection, made by the first who asks for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    api: Any = None


def _located(tenant: Tenant, provider: str, error: SetupError) -> SetupError:
    """The error with the section that the provider was written in, unless it says where."""
    if any(label == "from" for problem in error.problems for label, _ in problem.notes):
        return error
    return error.within(tenant.name, ("from", f"{tenant.places.place_of((provider,))} {provider}"))


def _host(settings: BaseModel) -> str:
    """The host of a provider's section: where a value may be handed over to."""
    url = _url(settings)
    return host_of(url) if url else ""


def _url(settings: BaseModel) -> str:
    return str(getattr(settings, "url", None) or "")
