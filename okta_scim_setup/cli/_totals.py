"""The summary of a run whose parts were done elsewhere, from the report of all: as a run's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from okta_scim_setup.outcome import NO_SINK
from okta_scim_setup.results import Severity

Report = Mapping[str, Any]
Tenant = Mapping[str, Any]


def totals(report: Report, cost: str, *, known: bool) -> Iterator[str]:
    """The last lines of what a person is told.

    Args:
        report: the JSON report of all tenants, of plan, audit or apply.
        cost: what the run took.
        known: whether it is known of all tenants what was done.
    """
    if report["verb"] == "audit":
        yield _audited(report)
        yield from _unseen(report)
        yield f"{cost}."
        yield from lesser(_below(report), report["fail_on"])
    elif report["verb"] == "plan":
        yield came_out((_came_out(each, "to change") for each in report["tenants"]), "to change")
        yield f"{cost}. Nothing was written."
    else:
        yield came_out((_came_out(each, "changed") for each in report["tenants"]), "changed")
        yield from _applied(report, known=known)


def lesser(count: int, fail_on: str) -> Iterator[str]:
    """Of an audit, how much of what was found it doesn't fail on."""
    if count:
        many = "finding is" if count == 1 else "findings are"
        yield f"{count} {many} below --fail-on {fail_on}."


def unseen(apps: Sequence[Sequence[str]], uses: Sequence[datetime]) -> Iterator[str]:
    """What a clean audit rests on where no API shows the settings.

    Args:
        apps: of each custom SAML app, what isn't seen.
        uses: when their tokens were used last.
    """
    if not apps:
        return
    what = ", ".join(dict.fromkeys(name for app in apps for name in app))
    count = "1 custom SAML app" if len(apps) == 1 else f"{len(apps)} custom SAML apps"
    yield f"No API shows {what} of {count}."
    if uses:
        oldest = min(uses)
        age = max(datetime.now(UTC) - oldest, timedelta(0))
        yield (
            f"In their stead: each used its token, least recently at {oldest:%Y-%m-%d %H:%M} UTC, "
            f"{age.days} days and {age.seconds // 3600} hours ago."
        )


def _unseen(report: Report) -> Iterator[str]:
    plans = [each["plan"] for each in report["tenants"] if each["plan"] and each["plan"]["unseen"]]
    used = [plan["token_last_used"] for plan in plans]
    uses = [datetime.fromisoformat(each) for each in used if each]
    return unseen([plan["unseen"] for plan in plans], uses)


def _below(report: Report) -> int:
    """How many findings count and are below --fail-on."""
    least = Severity(report["fail_on"]).rank
    found = [finding for tenant in report["tenants"] for finding in tenant["findings"]]
    return sum(_counts(each) and Severity(each["severity"]).rank < least for each in found)


def _counts(finding: Mapping[str, Any]) -> bool:
    """As `Finding.counts`."""
    warning = finding["rule"] is not None and not Severity(finding["severity"]).is_error
    unseen = not finding["drift"] and finding["rule"] is None
    accepted = finding["acceptance"] is not None and finding["acceptance"]["holds"]
    return not (warning or unseen or accepted)


def came_out(each: Iterable[str], differing: str) -> str:
    """How many tenants came out how, each counted once.

    Args:
        each: the word for each tenant.
        differing: what is said of those with changes, which are to be made or were.
    """
    counted = Counter(each)
    words = ("in sync", differing, *_BETWEEN, "unreadable")
    always = (words[0], words[-1])
    said = ", ".join(f"{counted[w]} {w}" for w in words if counted[w] or w in always)
    return f"{_tenants(counted.total())}: {said}."


_BETWEEN = (
    "waiting",
    "to be mended by another tool",
    "refused",
    "failed",
    "interrupted",
    "not tried",
)
"""What is said of tenants only where there are some."""


def _came_out(tenant: Tenant, differing: str) -> str:
    """The first word that applies to a tenant, as a run of its own says it."""
    plan, state = tenant["plan"], tenant["state"]
    if state in ("not-tried", "interrupted", "refused"):
        return str(state).replace("-", " ")
    if plan is None:
        return "unreadable"
    if state in ("failed", "waiting"):
        return str(state)
    if plan["changes"]:
        return differing
    return "to be mended by another tool" if plan["elsewhere"] else "in sync"


def _audited(report: Report) -> str:
    tenants, counts = report["tenants"], report["counts"]
    accepted = sum(each["state"] == "accepted" for each in tenants)
    partly = sum(bool(each["problems"]) and each["plan"] is not None for each in tenants)
    interrupted = sum(each["state"] == "interrupted" for each in tenants)
    wrong = sum(bool(each["problems"]) and each["plan"] is None for each in tenants)
    wrong -= counts["not_tried"] + interrupted
    clean = sum(
        not each["problems"] and each["state"] not in ("drifted", "accepted") for each in tenants
    )
    parts = [f"{clean} in sync", f"{counts['drifted']} drifted"]
    parts += [f"{accepted} with accepted findings alone"] if accepted else []
    parts += [f"{interrupted} interrupted"] if interrupted else []
    parts += [f"{counts['not_tried']} not tried"] if counts["not_tried"] else []
    parts += [f"{partly} read in part"] if partly else []
    return (
        f"{_tenants(len(tenants))}: {', '.join(parts)}, {wrong} unreadable. "
        "Only GET was sent, signing in aside."
    )


def _applied(report: Report, *, known: bool) -> Iterator[str]:
    outcomes = [outcome for tenant in report["tenants"] for outcome in tenant["outcomes"]]
    done = [outcome for outcome in outcomes if outcome["status"] == "done"]
    by_hand, waiting = sum(each["by_a_person"] for each in done), report["counts"]["waiting"]
    if known and not outcomes and any(tenant["problems"] for tenant in report["tenants"]):
        yield "Nothing was written."
    stopped = any(each["state"] == "interrupted" for each in report["tenants"])
    left = [(each["status"], each["detail"]) for each in outcomes]
    yield from applied(len(done), by_hand, waiting, left, stopped=stopped)


def applied(
    done: int,
    by_hand: int,
    waiting: int,
    outcomes: Collection[tuple[str, str]],
    *,
    stopped: bool,
) -> Iterator[str]:
    """What was done in all, and what to run, and when, where something is left.

    Args:
        done: changes that were made.
        by_hand: how many of them by a person.
        waiting: tenants that aren't done.
        outcomes: each one's status and detail.
        stopped: whether the run was stopped, so that all is to be run again anyway.
    """
    if done or waiting:
        yield f"Done: {done - by_hand} by API, {by_hand} by a person."
    if waiting and not stopped:
        many = "tenant isn't" if waiting == 1 else "tenants aren't"
        yield f"{waiting} {many} done yet. {_then(outcomes)}"


def _then(outcomes: Collection[tuple[str, str]]) -> str:
    if any(detail == NO_SINK for _, detail in outcomes):
        return "Run it again with --token-to."
    if any(status == "waiting" for status, _ in outcomes):
        return "When the steps are, run the same command again."
    return "What wasn't seen yet is marked above; audit looks again."


def _tenants(count: int) -> str:
    return "1 tenant" if count == 1 else f"{count} tenants"
