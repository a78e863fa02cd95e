"""The summary of a run whose parts were done elsewhere, from the report of all: as a run's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from okta_scim_setup.apply import NO_SINK

Report = Mapping[str, Any]
Tenant = Mapping[str, Any]


def totals(report: Report, cost: str) -> Iterator[str]:
    """The last lines of what a person is told.

    Args:
        report: the JSON report of all tenants, of plan, audit or apply.
        cost: what the run took.
    """
    if report["verb"] == "audit":
        yield _audited(report)
        yield f"{cost}."
    elif report["verb"] == "plan":
        yield _planned(report, "to change")
        yield f"{cost}. Nothing was written."
    else:
        yield _planned(report, "with changes")
        yield from _applied(report)


def _planned(report: Report, differing: str) -> str:
    tenants, untried = report["tenants"], report["counts"]["not_tried"]
    unreadable = sum(each["plan"] is None for each in tenants) - untried
    level = [each for each in tenants if _level(each)]
    left = sum(bool(each["plan"]["elsewhere"]) for each in level)
    to_change = len(tenants) - unreadable - untried - len(level)
    said = f"{_tenants(report)}: {len(level) - left} in sync"
    said += f", {to_change} {differing}" if to_change else ""
    said += f", {left} to be mended by another tool" if left else ""
    said += f", {untried} not tried" if untried else ""
    return f"{said}, {unreadable} unreadable."


def _level(tenant: Tenant) -> bool:
    """Whether it was read whole, and there is nothing to do."""
    plan = tenant["plan"]
    return plan is not None and not plan["changes"] and not tenant["problems"]


def _audited(report: Report) -> str:
    tenants, counts = report["tenants"], report["counts"]
    accepted = sum(each["state"] == "accepted" for each in tenants)
    partly = sum(bool(each["problems"]) and each["plan"] is not None for each in tenants)
    wrong = sum(bool(each["problems"]) and each["plan"] is None for each in tenants)
    clean = sum(
        not each["problems"] and each["state"] not in ("drifted", "accepted") for each in tenants
    )
    parts = [f"{clean} in sync", f"{counts['drifted']} drifted"]
    parts += [f"{accepted} with accepted findings alone"] if accepted else []
    parts += [f"{counts['not_tried']} not tried"] if counts["not_tried"] else []
    parts += [f"{partly} read in part"] if partly else []
    return (
        f"{_tenants(report)}: {', '.join(parts)}, {wrong - counts['not_tried']} unreadable. "
        "Only GET was sent, signing in aside."
    )


def _applied(report: Report) -> Iterator[str]:
    outcomes = [outcome for tenant in report["tenants"] for outcome in tenant["outcomes"]]
    done = [outcome for outcome in outcomes if outcome["status"] == "done"]
    by_hand, waiting = sum(each["by_a_person"] for each in done), report["counts"]["waiting"]
    if not outcomes and any(tenant["problems"] for tenant in report["tenants"]):
        yield "Nothing was written."
    if done or waiting:
        yield f"Done: {len(done) - by_hand} by API, {by_hand} by a person."
    if waiting:
        many = "tenant isn't" if waiting == 1 else "tenants aren't"
        yield f"{waiting} {many} done yet. {_then(outcomes)}"


def _then(outcomes: Sequence[Mapping[str, Any]]) -> str:
    """What to run, and when, where something is left."""
    if any(each["detail"] == NO_SINK for each in outcomes):
        return "Run it again with --token-to."
    if any(each["status"] == "waiting" for each in outcomes):
        return "When the steps are, run the same command again."
    return "What wasn't seen yet is marked above; audit looks again."


def _tenants(report: Report) -> str:
    count = report["counts"]["tenants"]
    return "1 tenant" if count == 1 else f"{count} tenants"
