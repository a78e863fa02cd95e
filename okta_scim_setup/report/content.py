"""What every format is made from: a run's results, and when and how they came about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report.parts import mark
from okta_scim_setup.results import Finding, Severity


@dataclass(frozen=True)
class Content:
    """A run that came to an end."""

    verb: str
    results: Sequence[TenantResult]
    exit_code: int
    made: datetime
    """When, in UTC."""
    config: str = "config.yaml"
    """The file in which the tenants are written."""
    text: str = ""
    """What a person is told."""
    fail_on: Severity = Severity.LOW
    """The least severity of a finding that an audit fails on."""
    mask: Callable[[str], str] = str
    """A text without the run's secrets; a format uses it before it escapes."""

    baseline: datetime | None = None
    """When the audit was made that this one is held against."""
    shard: tuple[int, int] | None = None
    """Which part of how many this is of the tenants that were selected."""
    selected: Sequence[str] = ()
    """The names of all those tenants, where this is a part."""

    @property
    def fleet(self) -> str:
        """What the tenants that were selected are told by: parts of one fleet have it in common."""
        return mark(self.selected if self.shard else (result.tenant for result in self.results))

    @property
    def counts(self) -> Mapping[str, int]:
        """How many tenants came out how, each under one heading or more."""
        results = self.results
        found = [finding for result in results for finding in result.findings]
        return {
            "tenants": len(results),
            "in_sync": sum(r.in_sync for r in results),
            "drifted": sum(r.drifted for r in results),
            "unreadable": sum(r.unreadable for r in results),
            "interrupted": sum(r.interrupted for r in results),
            "not_tried": sum(r.untried for r in results),
            "failed": sum(r.failed and not r.untried for r in results),
            "refused": sum(r.refused for r in results),
            "waiting": sum(r.waiting for r in results),
            "changes": sum(len(r.plan.pending) for r in results if r.plan),
            "findings": len(found),
            "accepted": sum(f.accepted for f in found),
            "new": sum(f.history.standing == "new" for f in found),
            "open": sum(f.history.standing == "open" for f in found),
            "resolved": sum(len(r.resolved) for r in results),
        }

    def fails_on(self, finding: Finding) -> bool:
        """Whether *finding* is bad enough for the audit to fail; a plan never does."""
        return self.verb == "audit" and finding.fails_at(self.fail_on)
