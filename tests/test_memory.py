"""What was read of a tenant goes with it: a result keeps what it says, and nothing of the rest."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable

import pytest
from tool import Tool

from okta_scim_setup.config import load_config
from okta_scim_setup.connections import Connections
from okta_scim_setup.engine import Snapshot
from okta_scim_setup.facts import Facts
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.pipeline import auditing, planning
from okta_scim_setup.providers.dbt_cloud import _api as of_dbt
from okta_scim_setup.providers.okta import _api as of_okta
from okta_scim_setup.secret import Keeper
from okta_scim_setup.simulator.dispatch import Dispatch
from okta_scim_setup.simulator.message import Request, Response
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
        auditing.audit_tenant(tenant, connections) for tenant in load_config(tool.config).tenants
    ]

    assert all(result.plan is not None for result in results)
    assert any(result.findings for result in results)
    assert kept() == before
    transport.close()


def test_what_is_kept_is_seen_here(simulated: Callable[..., Tool]) -> None:
    tool = simulated()
    before = kept()
    connections = Connections(Transport(read_only=True), Keeper(), read_only=True)

    planned = planning.plan_tenant(load_config(tool.config).tenants[0], connections)

    assert planned.snapshot is not None
    assert kept() - before == Counter(["Snapshot", "Api", "Api"])
    connections.transport.close()


@pytest.mark.parametrize(("verb", "method"), [("plan", "GET"), ("apply", "POST")])
def test_what_was_read_of_a_tenant_is_given_up_when_the_tenant_is_done(
    simulated: Callable[..., Tool], monkeypatch: pytest.MonkeyPatch, verb: str, method: str
) -> None:
    """Looked at while the last one is at work, by the simulator, which is in this process."""
    tool, usual, alive = simulated(tenants=5, orgs=1), Dispatch.__call__, list[int]()
    last = str(tool.simulator.summary()["dbt_cloud"][4]["account_id"])
    before = kept()["Snapshot"]

    def answer(dispatch: Dispatch, request: Request, port: int) -> Response:
        if last in request.path and request.method == method and not alive:
            alive.append(kept()["Snapshot"] - before)
        return usual(dispatch, request, port)

    monkeypatch.setattr(Dispatch, "__call__", answer)
    yes = ("--yes",) if verb == "apply" else ()
    came = tool.run(verb, *yes, "--workers", "1", "--exclude", "initech")

    assert came.code == 0
    assert set(alive) == {1}  # requests may come side by side
