"""One tenant's findings: what isn't as declared, since when, and what couldn't be read."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from okta_scim_setup import (
    audit,
    flips,
    inspection,
)
from okta_scim_setup.config import Tenant
from okta_scim_setup.connections import Connections
from okta_scim_setup.engine import Snapshot
from okta_scim_setup.errors import SetupError
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.pipeline.planning import bug, plan_tenant
from okta_scim_setup.plan import Plan
from okta_scim_setup.results import Check, Drift

log = logging.getLogger(__name__)


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
    planned = plan_tenant(tenant, connections, look="audit")
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
        failed = TenantResult(tenant.name, problems=(bug(tenant.name),), bug=True)
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
