"""One tenant read and planned; an audit and whoever carries it out go on from there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

from pydantic import BaseModel

from okta_scim_setup import (
    engine,
    lint,
    sharing,
)
from okta_scim_setup.config import Tenant
from okta_scim_setup.connections import Connections
from okta_scim_setup.engine import Apis, Snapshot
from okta_scim_setup.errors import ConfigError, Problem, Refused, SetupError
from okta_scim_setup.hosts import host_of
from okta_scim_setup.lint.rule import Seen
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.plan import Plan
from okta_scim_setup.playbook import Declared
from okta_scim_setup.sharing import Found

log = logging.getLogger(__name__)


Look = Literal["plan", "lint", "audit"]
"""How closely a tenant is looked at: each looks at all that the one before does, and more."""


def snapshot(tenant: Tenant, connections: Connections, look: Look = "plan") -> Snapshot:
    """Read everything that the tenant's playbook declares; who may write is the only one.

    Args:
        tenant: whose playbook.
        connections: the run's.
        look: what will be read after it, which is begun meanwhile.

    Raises:
        Busy: another run is at work on the tenant.
        SetupError: something couldn't be read.
    """
    journal = connections.journal(tenant)
    if not connections.read_only:
        journal.claim()
    wanted = connections.declared(tenant)
    providers = {d.resource.address.provider for d in wanted.resources}
    apis = connections.of(tenant, providers)
    taken = engine.read(wanted, apis, journal, _ahead(wanted, apis, look))
    _check_destinations(tenant, taken)
    return taken


def _ahead(wanted: Declared, apis: Apis, look: Look) -> list[Callable[[], object]]:
    """What lint and an audit ask for whatever is found."""
    if look == "plan":
        return []
    there = (d.resource for d in wanted.resources if not d.absent)
    asked = (r.ahead(apis[r.address.provider], audit=look == "audit") for r in there)
    return [call for calls in asked for call in calls]


def _check_destinations(tenant: Tenant, taken: Snapshot) -> None:
    """A token goes to the tenant's own services only, by whichever channel.

    Raises:
        ConfigError: a playbook names another host.
    """
    own = {host_of(url) for s in tenant.settings.values() for url in _urls(s)}
    for wanted in taken.all_desired():
        url = wanted.resource.destination()
        if url is not None and host_of(url) not in own:
            raise ConfigError(
                f"{wanted.address}: the token isn't for {host_of(url)}",
                ("from", taken.declared.where(taken.declaration(wanted.address))),
                ("do", "let base_url be the account's own: !ref dbt_cloud.scim_config.base_url"),
                tenant=tenant.name,
            )


def _urls(settings: BaseModel) -> Iterator[str]:
    """The addresses of a provider's section."""
    for name in ("url", "base_url"):
        if url := getattr(settings, name, None):
            yield url


@dataclass
class Planned:
    """A tenant's plan, and the snapshot it was made from."""

    result: TenantResult
    snapshot: Snapshot | None = None
    """None: it couldn't be read, or isn't needed any more."""
    found: Found | None = None
    """What of it no other tenant may have."""

    def release(self, connections: Connections, tenant: Tenant) -> Self:
        """Give up what was read for it, here and wherever else it is kept: the tenant is done."""
        connections.release(tenant)
        if self.snapshot is not None:
            self.snapshot.let_go()
        self.snapshot = None
        return self


def plan_tenant(
    tenant: Tenant,
    connections: Connections,
    make: Callable[[Snapshot], Plan] | None = None,
    *,
    look: Look = "plan",
) -> Planned:
    """What would change; a failure is a result too.

    Args:
        tenant: whose plan.
        connections: the run's.
        make: what the plan is made by; by default all that isn't as declared is in it.
        look: how closely; lint looks at what was read where it is "lint" or "audit".
    """
    try:
        taken = snapshot(tenant, connections, look)
        plan = (make or engine.make_plan)(taken)
        findings, unasked = ([], []) if look == "plan" else lint.found(Seen(taken))
    except Refused as error:
        error.within(tenant.name)
        return Planned(TenantResult(tenant.name, problems=error.problems, refused=True))
    except SetupError as error:
        error.within(tenant.name)
        return Planned(TenantResult(tenant.name, problems=error.problems))
    except Exception:  # one tenant's odd answer must not take the others down
        log.exception("%s: this is a bug of okta-scim-setup", tenant.name)
        return Planned(TenantResult(tenant.name, problems=(bug(tenant.name),), bug=True))
    result = TenantResult(tenant.name, plan=plan, findings=tuple(findings), checks=tuple(unasked))
    return Planned(result, taken, sharing.exclusive(taken.declared, taken.live))


def kept(planned: Planned) -> Planned:
    """The same, taking less space until its turn comes: all plans are made before the first."""
    if planned.snapshot is not None:
        planned.snapshot.put_aside()
    return planned


def bug(tenant: str) -> Problem:
    """A defect of ours, as a tenant's problem; its traceback is on stderr."""
    return Problem(
        "something came back that we didn't expect: a bug of okta-scim-setup",
        (("do", "report the traceback above; other tenants are not affected"),),
        tenant=tenant,
    )


def unshared(planned: Sequence[Planned]) -> list[Planned]:
    """The same; two tenants that turned out to have one app fail, both."""
    found = [p.found for p in planned if p.found]
    wrong = {name: problem for names, problem in sharing.shared(found) for name in names}
    return [
        replace(p, result=replace(p.result, problems=(replace(problem, tenant=p.result.tenant),)))
        if (problem := wrong.get(p.result.tenant))
        else p
        for p in planned
    ]
