"""A verb's work at tenants that were planned: one by one with a person there, or side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from okta_scim_setup.apply import Run
from okta_scim_setup.cli._options import org_of
from okta_scim_setup.cli._session import Session
from okta_scim_setup.cli._untried import not_begun, not_tried
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.pipeline import applying
from okta_scim_setup.pipeline.planning import Planned


@dataclass
class Telling:
    """Who is told how one tenant's work goes."""

    say: Callable[[str], object]
    runs: list[Run] = field(default_factory=list)
    """What was executed, as far as it has come; none: nothing was written yet."""

    def begun(self, run: Run) -> None:
        """It is now that something may be written."""
        self.runs.append(run)

    def cut_off(self, one: Planned) -> TenantResult:
        """What is known of a tenant that was being worked on when the run was stopped."""
        if one.result.in_sync:
            return one.result
        runs = tuple(self.runs)
        return applying.cut_off(one.result, runs) if runs else not_begun(one.result.tenant)


Work = Callable[[Planned, Telling], TenantResult]


def one_by_one(session: Session, planned: Sequence[Planned], work: Work) -> dict[str, TenantResult]:
    """*work* for one tenant after the other, in the main thread; the results by tenant."""
    results: dict[str, TenantResult] = {}
    for one in planned:
        telling = Telling(session.say)
        try:
            came = _unless_over(session, one, work, telling)
        except KeyboardInterrupt:  # a second time: not even its end was waited for
            came = telling.cut_off(one)
        session.failed(came)
        results[one.result.tenant] = came
        one.release(session.connections, session.by_name[one.result.tenant])
    return results


def side_by_side(
    session: Session, planned: Sequence[Planned], work: Work
) -> dict[str, TenantResult]:
    """*work* for tenants side by side, what is said of each in one piece; the results by tenant."""
    lines: dict[str, list[str]] = {one.result.tenant: [] for one in planned}
    telling = {name: Telling(said.append) for name, said in lines.items()}

    def done(one: Planned) -> TenantResult:
        name = one.result.tenant
        came = _unless_over(session, one, work, telling[name])
        session.failed(came)
        one.release(session.connections, session.by_name[name])
        return came

    def say(one: Planned) -> None:
        if said := lines[one.result.tenant]:
            session.say("\n".join(said))

    def told(one: Planned) -> None:
        telling[one.result.tenant].runs.clear()  # which hold all that was read
        say(one)

    def stopped(one: Planned) -> TenantResult:
        say(one)
        return telling[one.result.tenant].cut_off(one)

    results = session.side_by_side(
        planned,
        done,
        name=lambda one: one.result.tenant,
        org=lambda one: org_of(session.by_name[one.result.tenant]),
        stopped=stopped,
        told=told,
        # What is written to at once may fail at once.
        most=session.options.max_failures,
    )
    return {result.tenant: result for result in results}


def _unless_over(session: Session, one: Planned, work: Work, telling: Telling) -> TenantResult:
    """*work*, unless the run was stopped, or enough others failed: in planning, or since."""
    pending = bool(one.result.plan and one.result.plan.pending)
    if session.transport.stopped and pending:
        return not_begun(one.result.tenant)
    if session.enough_failed and pending:
        return not_tried(one.result.tenant)
    return work(one, telling)
