"""Results as one list of entries, whatever the verb: what tables, rules and test cases are of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from okta_scim_setup.errors import Place, Problem
from okta_scim_setup.outcome import Outcome, TenantResult
from okta_scim_setup.plan import Action, Change, Difference, Plan
from okta_scim_setup.report.content import Content
from okta_scim_setup.resource import Mutability
from okta_scim_setup.results import Check, Finding, Rule, Severity
from okta_scim_setup.wording import acceptance, history, moment, said

State = Literal["passed", "differs", "accepted", "waiting", "skipped", "failed"]
"""*differs*: isn't as declared; *accepted*: the same, and somebody answers for it; *waiting*: for a
person, or a warning; *failed*: not done, or nothing is known."""

Level = Literal["none", "note", "warning", "error"]
"""How bad it is, as SARIF has it (section 3.27.10)."""

LEVELS: dict[Severity, Level] = {
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}

DONE: dict[Action, str] = {
    Action.CREATE: "to create",
    Action.UPDATE: "to change",
    Action.REPLACE: "to replace",
    Action.DELETE: "to delete",
    Action.RETIRE: "to retire",
    Action.BY_HAND: "by a person",
    Action.ELSEWHERE: "to be mended by its owner, another tool",
}


@dataclass(frozen=True)
class Entry:
    """One thing that a report says of a tenant."""

    rule: str
    """A stable id: a finding's, or what sort of thing it is."""
    state: State
    level: Level
    tenant: str
    title: str
    address: str = ""
    """The resource it is about; empty for the tenant as a whole."""
    attribute: str = ""
    means: str = ""
    severity: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    """Labels and texts: expected, found, do, and so on."""
    places: tuple[Place, ...] = ()
    fails: bool = True
    """Whether the run fails on it, if it isn't passed."""
    lint: Rule | None = None
    """The lint rule that says it."""
    standing: str = ""
    """Against a former audit: new or open; empty where none was asked."""
    accepted: str = ""
    """Who answers for it, until when and why; empty if nobody does now."""

    @property
    def kind(self) -> str:
        """The kind of the resource it is about."""
        return self.address.partition("/")[0]

    @property
    def about(self) -> str:
        """The resource, and the attribute if it is about one."""
        return f"{self.address} {self.attribute}".strip()


def entries(content: Content, result: TenantResult) -> tuple[Entry, ...]:
    """All that is to be said of a tenant, without any secret in it."""
    return tuple(_masked(content, entry) for entry in _entries(content, result))


def in_sync(content: Content, result: TenantResult) -> tuple[str, ...]:
    """The addresses of resources that were read and are as declared."""
    if result.plan is None:
        return ()
    differing = {change.address for change in (*result.plan.pending, *result.plan.elsewhere)}
    addresses = dict.fromkeys(c.address for c in result.plan.changes if c.address not in differing)
    return tuple(content.mask(str(address)) for address in addresses)


def _masked(content: Content, entry: Entry) -> Entry:
    mask = content.mask
    return replace(
        entry,
        title=mask(entry.title),
        address=mask(entry.address),
        means=mask(entry.means),
        accepted=mask(entry.accepted),
        notes=tuple((label, mask(text)) for label, text in entry.notes if text),
        places=tuple(replace(place, file=mask(place.file)) for place in entry.places),
    )


def _entries(content: Content, result: TenantResult) -> Iterator[Entry]:
    for finding in result.findings:
        yield _finding(content, result, finding)
    for outcome in result.outcomes:
        yield _outcome(result, outcome)
    if result.plan is not None and content.verb != "audit":
        pending = () if result.outcomes else result.plan.pending
        for change in (*pending, *result.plan.elsewhere):
            yield _change(result.plan, change)
    for check in result.checks:
        yield _check(result.tenant, check)
    if not any(finding.unseen for finding in result.findings):  # else a finding says them
        for problem in result.problems:
            yield _problem(result, problem)


def _finding(content: Content, result: TenantResult, found: Finding) -> Entry:
    differs = f"expected {said(found.expected)}, found {said(found.found)}"
    seen = f"{found.evidence.seen:%Y-%m-%d %H:%M:%S} UTC" if found.evidence.seen else ""
    by = "a step for a person" if found.by_a_person else "by API"
    about = f"{found.address} {found.attribute}".strip()
    own = [problem for problem in result.problems if problem.title == found.found]
    why = list(_notes(own or result.problems)) if found.unseen else []
    return Entry(
        rule=found.id,
        state=_state(result, found),
        level="note" if found.accepted else LEVELS[found.severity],
        severity=found.severity.value,
        tenant=found.tenant,
        title=f"{about}: {differs}" if found.address else differs if found.rule else _unseen(found),
        address=found.address,
        attribute=found.attribute,
        means=found.means,
        notes=(
            ("expected", said(found.expected)),
            ("found", said(found.found)),
            ("who", str(found.trail) if found.trail else ""),
            *why,
            ("do", "" if why else found.do),
            ("how", by if found.fixable else ""),
            ("since", history(found)),
            ("after", moment(found.history.since) if found.history.since else ""),
            ("accepted", acceptance(found)),
            ("read", seen),
            ("request", found.evidence.request),
        ),
        places=found.places,
        fails=content.fails_on(found) or found.unseen,
        lint=found.rule,
        standing=found.history.standing,
        accepted=acceptance(found) if found.accepted else "",
    )


def _unseen(found: Finding) -> str:
    """What couldn't be read: a part, or the tenant as a whole."""
    return f"{found.attribute}: {found.found}" if found.attribute else str(found.found)


def _state(result: TenantResult, found: Finding) -> State:
    if found.unseen:
        return "skipped" if result.untried else "failed"
    return "accepted" if found.accepted else "differs"


def _change(plan: Plan, change: Change) -> Entry:
    what = ", ".join(d.attribute for d in change.differences)
    return Entry(
        rule=change.action.value,
        state="differs",
        level="note",
        tenant=plan.tenant,
        title=f"{change.address}: {DONE[change.action]}" + (f": {what}" if what else ""),
        address=str(change.address),
        attribute=change.differences[0].attribute if len(change.differences) == 1 else "",
        notes=(("why", change.reason), *map(_difference, change.differences)),
        places=plan.places(
            change.address, change.differences[0].attribute if change.differences else ""
        ),
        fails=False,
    )


def _difference(d: Difference) -> tuple[str, str]:
    if d.before is None or d.mutability is Mutability.WRITE_ONLY:
        return d.attribute, said(d.after)
    return d.attribute, f"{said(d.before)} -> {said(d.after)}"


def _outcome(result: TenantResult, came: Outcome) -> Entry:
    state: dict[str, State] = {
        "done": "passed",
        "waiting": "waiting",
        "skipped": "skipped",
        "failed": "failed",
    }
    levels: dict[State, Level] = {"passed": "none", "failed": "error"}
    now = state[came.status]
    return Entry(
        rule=f"apply-{came.status}",
        state=now,
        level=levels.get(now, "warning"),
        tenant=result.tenant,
        title=f"{came.address}: {came.detail or came.status}",
        address=str(came.address),
        notes=(
            ("action", came.action.value),
            ("how", "by a person" if came.by_hand else "by API"),
            *(("error", problem.title) for problem in came.problems),
            *_notes(came.problems),
        ),
        places=result.plan.places(came.address) if result.plan else (),
    )


def _check(tenant: str, check: Check) -> Entry:
    states: dict[str, tuple[State, Level]] = {
        "passed": ("passed", "none"),
        "failed": ("failed", "error"),
        "warned": ("waiting", "warning"),
        "skipped": ("skipped", "note"),
    }
    state, level = states[check.status]
    return Entry(
        rule=f"check-{check.status}",
        state=state,
        level=level,
        tenant=tenant,
        title=f"{check.title}: {check.detail}" if check.detail else check.title,
        notes=(("see", check.reference),),
    )


def _problem(result: TenantResult, problem: Problem) -> Entry:
    places = (Place.leading(text) for label, text in problem.notes if label == "from")
    return Entry(
        rule=_of_problem(result),
        state="skipped" if result.untried else "failed",
        level="error",
        tenant=result.tenant,
        title=problem.title,
        notes=tuple(problem.notes),
        places=tuple(filter(None, places)),
    )


def _of_problem(result: TenantResult) -> str:
    """The rule of a tenant's problem."""
    rules = {
        "refused": result.refused,
        "not-tried": result.untried,
        "interrupted": result.interrupted,
    }
    return next((rule for rule, applies in rules.items() if applies), "error")


def _notes(problems: Iterable[Problem]) -> Iterator[tuple[str, str]]:
    return (note for problem in problems for note in problem.notes)
