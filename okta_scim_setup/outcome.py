"""What came of a plan: outcomes, visits by a person, and the result of one tenant. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from okta_scim_setup.address import Address
from okta_scim_setup.errors import Problem
from okta_scim_setup.live import Holding
from okta_scim_setup.plan import Action, Plan
from okta_scim_setup.results import Check, Click, Finding, Past

Status = Literal["done", "waiting", "skipped", "failed"]
"""*waiting* for a person; *skipped* because of something that it depends on."""

FOR_A_PERSON = "the step for a person"

FOR_ITS_OWNER = "what another tool is to make first"

NO_SINK = "not made: say where its value may go, with --token-to terminal, file:PATH or cmd:COMMAND"


@dataclass(frozen=True)
class Outcome:
    """What came of one change."""

    address: Address
    action: Action
    status: Status
    detail: str = ""
    problems: tuple[Problem, ...] = ()
    by_hand: bool = False
    made: int | None = None
    """The id of a token that was made."""
    retired: int | None = None
    """The id of a token that was revoked."""


@dataclass(frozen=True)
class Visit:
    """What a person is asked to do in one visit to the console, in the guide's order."""

    tenant: str
    clicks: tuple[tuple[Address, Click], ...]
    about: tuple[str, ...] = ()
    """Which org, app and account it is for: a plan's headline."""

    @property
    def links(self) -> tuple[str, ...]:
        """The pages to open, each once."""
        return tuple(dict.fromkeys(click.link for _, click in self.clicks if click.link))


@dataclass(frozen=True)
class TenantResult:
    """What came out for one tenant."""

    tenant: str
    plan: Plan | None = None
    outcomes: tuple[Outcome, ...] = ()
    checks: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()
    resolved: tuple[Past, ...] = ()
    """What a former audit found and this one doesn't."""
    last_read: Mapping[str, Any] | None = field(default=None, compare=False)
    """What a former audit knew of what couldn't be read now: for the next one."""
    problems: tuple[Problem, ...] = ()
    visit: Visit | None = None
    holdings: tuple[Holding, ...] = ()
    """The account's live tokens, as they are after a rotation."""
    refused: bool = False
    bug: bool = False
    """Whether it ended in a defect of ours."""
    untried: bool = False
    """Whether it wasn't looked at because enough others failed."""
    interrupted: bool = False
    """Whether it was stopped on the way, or before it was begun."""

    @property
    def failed(self) -> bool:
        """It couldn't be read, or something went wrong."""
        wrong = bool(self.problems) and not self.refused and not self.interrupted
        return (
            wrong
            or any(check.status == "failed" for check in self.checks)
            or any(outcome.status == "failed" for outcome in self.outcomes)
        )

    @property
    def unreadable(self) -> bool:
        """Nothing is known of it, though it was asked for."""
        told = self.refused or self.untried or self.interrupted
        return bool(self.problems) and self.plan is None and not told

    @property
    def drifted(self) -> bool:
        """An audit saw something that isn't as declared, and nobody answers for it."""
        return any(finding.drift and finding.counts for finding in self.findings)

    @property
    def accepted(self) -> bool:
        """All that an audit saw is accepted, and there is some."""
        return not self.drifted and any(finding.accepted for finding in self.findings)

    @property
    def waiting(self) -> bool:
        """Something is left to a person, or to time."""
        return any(outcome.status == "waiting" for outcome in self.outcomes) or any(
            check.status == "warned" for check in self.checks
        )

    @property
    def in_sync(self) -> bool:
        """It was read whole, and there is nothing to do."""
        as_declared = self.plan is not None and not self.plan.pending
        return as_declared and not self.problems and not self.drifted
