"""One tenant from declaration to result; all tenants side by side.

One tenant's failure changes nothing for another: it becomes that tenant's result.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from pydantic import BaseModel

from okta_scim_setup import (
    audit,
    engine,
    flips,
    guards,
    inspection,
    lint,
    rotation,
    sharing,
)
from okta_scim_setup.apply import NOBODY, Attendant, Run, apply, verify
from okta_scim_setup.config import Tenant
from okta_scim_setup.connections import Connections
from okta_scim_setup.engine import Snapshot
from okta_scim_setup.errors import ConfigError, Label, Problem, Refused, SetupError
from okta_scim_setup.hosts import host_of
from okta_scim_setup.lint.rule import Seen
from okta_scim_setup.outcome import Outcome, TenantResult
from okta_scim_setup.plan import Plan
from okta_scim_setup.playbook import Declared, declare, load_playbook
from okta_scim_setup.results import Check, Drift
from okta_scim_setup.rotation import Aim
from okta_scim_setup.sharing import Found
from okta_scim_setup.sink import Sink

log = logging.getLogger(__name__)


def declared(tenant: Tenant) -> Declared:
    """The tenant's playbook, filled in and validated."""
    return declare(load_playbook(tenant.playbook, tenant.base), tenant)


def snapshot(tenant: Tenant, connections: Connections) -> Snapshot:
    """Read everything that the tenant's playbook declares; who may write is the only one.

    Raises:
        Busy: another run is at work on the tenant.
        SetupError: something couldn't be read.
    """
    journal = connections.journal(tenant)
    if not connections.read_only:
        journal.claim()
    wanted = declared(tenant)
    providers = {d.resource.address.provider for d in wanted.resources}
    taken = engine.read(wanted, connections.of(tenant, providers), journal)
    _check_destinations(tenant, taken)
    return taken


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
    advise: bool = False,
) -> Planned:
    """What would change; a failure is a result too.

    Args:
        tenant: whose plan.
        connections: the run's.
        make: what the plan is made by; by default all that isn't as declared is in it.
        advise: whether lint looks at what was read, which takes a few GETs more.
    """
    try:
        taken = snapshot(tenant, connections)
        plan = (make or engine.make_plan)(taken)
        findings, unasked = lint.found(Seen(taken)) if advise else ([], [])
    except Refused as error:
        error.within(tenant.name)
        return Planned(TenantResult(tenant.name, problems=error.problems, refused=True))
    except SetupError as error:
        error.within(tenant.name)
        return Planned(TenantResult(tenant.name, problems=error.problems))
    except Exception:  # one tenant's odd answer must not take the others down
        log.exception("%s: this is a bug of okta-scim-setup", tenant.name)
        return Planned(TenantResult(tenant.name, problems=(_bug(tenant.name),), bug=True))
    result = TenantResult(tenant.name, plan=plan, findings=tuple(findings), checks=tuple(unasked))
    return Planned(result, taken, sharing.exclusive(taken.declared, taken.live))


def kept(planned: Planned) -> Planned:
    """The same, taking less space until its turn comes: all plans are made before the first."""
    if planned.snapshot is not None:
        planned.snapshot.put_aside()
    return planned


def _bug(tenant: str) -> Problem:
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


LOOK_BACK = timedelta(days=7)
"""How far back the services' logs are read where nothing else is said."""


def audit_tenant(
    tenant: Tenant, connections: Connections, since: datetime | None = None
) -> TenantResult:
    """What isn't as it shall be, as findings; that something couldn't be read is one as well.

    Args:
        tenant: whose.
        connections: the run's, which only read.
        since: when all was known to be well: so far back the services' logs are asked who did it.
            By default a week ago.
    """
    planned = plan_tenant(tenant, connections, advise=True)
    result, taken = planned.result, planned.snapshot
    try:
        if result.plan is None or taken is None:
            return _unseen(tenant, result, audit.UNREADABLE)
        audited = _audited(result, result.plan, taken, since)
        answered = audit.answered(audited.findings, tenant.accept, datetime.now(UTC))
        return replace(audited, findings=tuple(answered))
    except SetupError as error:
        failed = replace(result, plan=None, problems=error.within(tenant.name).problems)
        return _unseen(tenant, failed, audit.UNREADABLE)
    except Exception:
        log.exception("%s: this is a bug of okta-scim-setup", tenant.name)
        failed = TenantResult(tenant.name, problems=(_bug(tenant.name),), bug=True)
        return _unseen(tenant, failed, audit.UNREADABLE)
    finally:
        connections.release(tenant)


def _audited(
    result: TenantResult, plan: Plan, taken: Snapshot, since: datetime | None
) -> TenantResult:
    start = (since or datetime.now(UTC) - LOOK_BACK).astimezone(UTC)
    looked = inspection.inspect(taken, start)
    found = list(audit.leads(plan, looked.facts))
    targets = frozenset(target for lead in found for target in lead.targets)
    # One reading of the logs for who brought it about, and for who undid what was set here.
    habits = flips.habits(taken.journal.entries)
    back_to = min(start, flips.back_to(habits, (lead.finding for lead in found)) or start)
    logs = tuple(inspection.logs(taken, targets, back_to)) if found else ()
    traced = tuple(audit.traced(plan, found, logs, start, looked.facts.now))
    unread = [audit.unread_part(plan, part, why) for part, why in looked.unread.items()]
    problems = tuple(replace(why, tenant=result.tenant) for why in looked.unread.values())
    untold = (Check("Okta's log of failures was read", "skipped", looked.untold),)
    return replace(
        result,
        findings=(*traced, *flips.found(taken, habits, traced, logs), *unread, *result.findings),
        problems=tuple(dict.fromkeys(problems)),
        checks=(*result.checks, *(untold if looked.untold else ())),
    )


def not_audited(tenant: Tenant, result: TenantResult) -> TenantResult:
    """The result of a tenant that wasn't looked at, with the finding that it wasn't."""
    return _unseen(tenant, result, audit.UNTRIED)


def not_read(tenant: Tenant, result: TenantResult) -> TenantResult:
    """The result of a tenant of which nothing became known, with the finding that nothing did."""
    return _unseen(tenant, result, audit.UNREADABLE)


def _unseen(tenant: Tenant, result: TenantResult, drift: Drift) -> TenantResult:
    now = datetime.now(UTC)
    found = audit.unseen(drift, tenant.name, result.problems, tenant.place, now)
    return replace(result, findings=(found,))


def guarded(planned: Planned, allowed: Mapping[str, int]) -> Planned:
    """The same, refused where a guard says no."""
    plan = planned.result.plan
    found = tuple(guards.refusals(plan, allowed)) if plan else ()
    if not found:
        return planned
    said = tuple(replace(p, tenant=planned.result.tenant) for p in found)
    return replace(planned, result=replace(planned.result, problems=said, refused=True))


def apply_tenant(
    planned: Planned,
    *,
    attendant: Attendant,
    sink: Sink | None,
    tell: Callable[[Outcome | Check], None],
    begun: Callable[[Run], object] = lambda _: None,
    whole: bool = True,
) -> TenantResult:
    """Execute a plan, verify, and say what came of it.

    Args:
        planned: the plan, and what it was made from.
        attendant: brings steps to a person.
        sink: where a new token may go.
        tell: is told each outcome and check as it comes.
        begun: is told before anything is written, for `cut_off`.
        whole: whether all that changed is verified, or only the hand-over of tokens.
    """
    result, taken = planned.result, planned.snapshot
    if result.plan is None or taken is None or result.in_sync:
        return result
    run = Run(result.plan, taken, attendant, sink)
    begun(run)
    try:
        for outcome in apply(run):
            tell(outcome)
        verify(run, tell, whole=whole)
    except Refused as error:
        return replace(result, problems=error.problems, refused=True)
    except SetupError as error:
        error.within(result.tenant)
        return replace(_so_far(result, run), problems=error.problems)
    except KeyboardInterrupt:
        return cut_off(result, [run])
    except Exception:
        log.exception("%s: this is a bug of okta-scim-setup", result.tenant)
        return replace(
            result, outcomes=tuple(run.outcomes), problems=(_bug(result.tenant),), bug=True
        )
    return replace(_so_far(result, run), visit=run.visit)


def _so_far(result: TenantResult, run: Run) -> TenantResult:
    return replace(result, outcomes=tuple(run.outcomes), checks=tuple(run.checks))


def cut_off(result: TenantResult, runs: Sequence[Run]) -> TenantResult:
    """The result of a tenant whose apply was interrupted: how far it came.

    Args:
        result: what was planned.
        runs: what `apply_tenant` told of, one at least; the last may be going on still, on a
            thread that doesn't end.
    """
    outcomes = tuple(outcome for run in runs for outcome in run.outcomes)
    checks = tuple(check for run in runs for check in run.checks)
    told = replace(result, outcomes=outcomes, checks=checks, visit=runs[-1].visit)
    return replace(told, problems=(_interrupted(runs, outcomes),), interrupted=True)


def _interrupted(runs: Sequence[Run], outcomes: Sequence[Outcome]) -> Problem:
    run = runs[-1]
    planned = sum(len(each.plan.pending) for each in runs)
    done = [outcome for outcome in outcomes if outcome.status == "done"]
    doubted, notes = run.under_way, list[tuple[Label, str]]()
    if done:
        notes.append(("but", f"done: {', '.join(str(outcome.address) for outcome in done)}"))
    do = "run the same command again, it goes on from there"
    if doubted is not None:
        notes.append(("but", f"{doubted.address} was under way and may have been done"))
        do = "run again: what is there is read first"
    return Problem(
        f"interrupted after {len(done)} of {planned} changes",
        (*notes, ("do", do)),
        tenant=run.plan.tenant,
    )


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
