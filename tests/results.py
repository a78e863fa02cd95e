"""Made-up results of runs, with names that try to break out of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from okta_scim_setup import audit
from okta_scim_setup.address import Address
from okta_scim_setup.errors import Place, Problem
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.plan import Action, Change, Difference, Plan
from okta_scim_setup.report.content import Content
from okta_scim_setup.results import Source

NOW = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)

CONFIG = Address("dbt_cloud.scim_config")
FEATURES = Address("okta.provisioning_features")

NASTY = (
    "a|b",
    "a\\|b",
    "`code`",
    "```\nfence",
    "@everyone",
    "jane@acme.com",
    "#1 and GH-1",
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "\"'><b>",
    "[link](https://evil.example)",
    "https://evil.example/x",
    "line\nbreak\r\n# heading",
    "\u202egnp.exe",
    "a\x00b\x1b[31m",
    "]]><!--",
    "**bold** _it_ ~~no~~",
    "/close",
    "&#64;here",
    "{{ 7 * 7 }} ${{ secrets.X }}",
)
"""What a label or a group may be called."""


def plan(tenant: str, *differences: Difference, at: Address = CONFIG, line: int = 3) -> Plan:
    """A plan that changes *differences* of one resource and leaves another as it is."""
    place = Place("playbooks/own.yaml", line)
    source = Source(place, {"enabled": Place(place.file, line + 1)}, tenant=Place("config.yaml", 2))
    changes = (
        Change(Action.UPDATE if differences else Action.NO_OP, at, differences),
        Change(Action.NO_OP, FEATURES),
    )
    return Plan(tenant, changes, "basis", sources={at: source}, seen=NOW)


def drifted(tenant: str, *differences: Difference) -> TenantResult:
    """An audit's result, with a finding for each of *differences*."""
    made = plan(tenant, *differences)
    return TenantResult(tenant, plan=made, findings=tuple(audit.findings(made)))


def unreadable(tenant: str, title: str = "acme.okta.com answers 401") -> TenantResult:
    """An audit's result of a tenant that couldn't be read."""
    problem = Problem(title, (("from", "config.yaml:7 okta"), ("do", "make another")), tenant)
    found = audit.unseen(audit.UNREADABLE, tenant, (problem,), Place("config.yaml", 6), NOW)
    return TenantResult(tenant, problems=(problem,), findings=(found,))


def content(results: Sequence[TenantResult], verb: str = "audit", **more: Any) -> Content:
    """A run that came to these results."""
    return replace(Content(verb, results, 2, NOW), **more)


MANUAL = Difference("manual_updates_allowed", before=True, after=False)
ENABLED = Difference("enabled", before=False, after=True)
