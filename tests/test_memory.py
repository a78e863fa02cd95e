"""What was read of a tenant goes with it: a result keeps what it says, and nothing of the rest."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable

import pytest
from tool import Tool

from okta_scim_setup import pipeline
from okta_scim_setup.config import load_config
from okta_scim_setup.connections import Connections
from okta_scim_setup.engine import Snapshot
from okta_scim_setup.facts import Facts
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.providers.dbt_cloud import _api as of_dbt
from okta_scim_setup.providers.okta import _api as of_okta
from okta_scim_setup.secret import Keeper
from okta_scim_setup.transport import Transport

READ = (Snapshot, Facts, of_okta.Api, of_dbt.Api)
"""What holds what was read: the tenant's snapshot, what an audit looks at, and its connections."""


def kept() -> Counter[str]:
    """How many of these are alive."""
    gc.collect()
    return Counter(type(each).__qualname__ for each in gc.get_objects() if type(each) in READ)


@pytest.mark.parametrize("converged", [True, False])
def test_results_of_an_audit_keep_nothing_that_was_read(
    simulated: Callable[..., Tool], *, converged: bool
) -> None:
    tool = simulated(tenants=6, orgs=2)
    if converged:
        tool.run("apply", "--yes")
    before = kept()
    transport = Transport(read_only=True)
    connections = Connections(transport, Keeper(), read_only=True)

    results: list[TenantResult] = [
        pipeline.audit_tenant(tenant, connections) for tenant in load_config(tool.config).tenants
    ]

    assert all(result.plan is not None for result in results)
    assert any(result.findings for result in results)
    assert kept() == before
    transport.close()


def test_what_is_kept_is_seen_here(simulated: Callable[..., Tool]) -> None:
    tool = simulated()
    before = kept()
    connections = Connections(Transport(read_only=True), Keeper(), read_only=True)

    planned = pipeline.plan_tenant(load_config(tool.config).tenants[0], connections)

    assert planned.snapshot is not None
    assert kept() - before == Counter(["Snapshot", "Api", "Api"])
    connections.transport.close()
