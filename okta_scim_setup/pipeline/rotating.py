"""One tenant's rotation carried out; what the new token supersedes is retired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from okta_scim_setup import (
    rotation,
)
from okta_scim_setup.apply import NOBODY, Attendant, Run
from okta_scim_setup.engine import Snapshot
from okta_scim_setup.errors import SetupError
from okta_scim_setup.outcome import Outcome, TenantResult
from okta_scim_setup.pipeline.applying import apply_tenant
from okta_scim_setup.pipeline.planning import Planned
from okta_scim_setup.results import Check
from okta_scim_setup.rotation import Aim
from okta_scim_setup.sink import Sink


def rotate_tenant(
    planned: Planned,
    aim: Aim,
    *,
    attendant: Attendant,
    sink: Sink | None,
    tell: Callable[[Outcome | Check], None],
    begun: Callable[[Run], object] = lambda _: None,
) -> TenantResult:
    """Execute a rotation's plan, retire what needs no grace, and say what is alive afterwards."""
    if planned.snapshot is not None:
        planned.snapshot.journal.affirm()
    result = apply_tenant(
        planned, attendant=attendant, sink=sink, tell=tell, begun=begun, whole=False
    )
    taken = planned.snapshot
    if taken is None or result.problems:
        return result
    try:
        if aim.no_grace and aim.makes and not (result.failed or result.waiting):
            result = _retired_at_once(result, taken, tell, begun)
        held = rotation.holdings(_afresh(taken))
    except SetupError as error:
        return replace(result, problems=error.within(result.tenant).problems)
    ends = aim.finish or aim.confirm is not None
    left = tuple(rotation.left_alive(held)) if ends else ()
    for check in left:
        tell(check)
    alive = tuple(each for tokens in held.values() for each in tokens)
    return replace(result, checks=(*result.checks, *left), holdings=alive)


def _retired_at_once(
    result: TenantResult,
    taken: Snapshot,
    tell: Callable[[Outcome | Check], None],
    begun: Callable[[Run], object],
) -> TenantResult:
    """What the new token supersedes is revoked, now that the new one is proven."""
    plan = rotation.prepare(_afresh(taken), Aim(finish=True, no_grace=True))
    second = apply_tenant(
        Planned(TenantResult(result.tenant, plan=plan), taken),
        attendant=NOBODY,
        sink=None,
        tell=tell,
        begun=begun,
    )
    return replace(
        result,
        outcomes=(*result.outcomes, *second.outcomes),
        checks=(*result.checks, *second.checks),
        problems=second.problems,
        bug=second.bug,
        interrupted=second.interrupted,
    )


def _afresh(taken: Snapshot) -> Snapshot:
    """The same, with the services read anew."""
    for api in taken.apis.values():
        api.forget()
    return taken
