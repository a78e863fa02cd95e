"""A finding as JSON has it, with who did it, who answers for it and where it is declared."""

from __future__ import annotations

from typing import Any

from okta_scim_setup.report.json_values import place_of, time_of, value_of
from okta_scim_setup.results import Finding, Past, Rule, Trail
from okta_scim_setup.wording import said


def finding_of(finding: Finding) -> dict[str, Any]:
    """One finding."""
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "address": finding.address,
        "attribute": finding.attribute,
        "expected": value_of(finding.expected),
        "found": value_of(finding.found),
        "expected_said": said(finding.expected),
        "found_said": said(finding.found),
        "means": finding.means,
        "do": finding.do,
        "by_a_person": finding.by_a_person,
        "fixable": finding.fixable,
        "drift": finding.drift,
        "rule": _rule(finding.rule) if finding.rule else None,
        "standing": finding.history.standing or None,
        "cause": finding.history.cause,
        "since": time_of(finding.history.since),
        "first_seen": time_of(finding.history.first),
        "acceptance": _acceptance(finding),
        "places": [place_of(place) for place in finding.places],
        "evidence": {
            "read": time_of(finding.evidence.seen),
            "request": finding.evidence.request or None,
        },
        "trail": _trail(finding.trail) if finding.trail else None,
    }


def past_of(past: Past) -> dict[str, Any]:
    """One that isn't there any more."""
    return {
        "id": past.id,
        "severity": past.severity.value,
        "address": past.address,
        "attribute": past.attribute,
        "expected_said": past.expected,
        "found_said": past.found,
        "means": past.means,
        "cause": past.history.cause,
        "since": time_of(past.history.since),
        "first_seen": time_of(past.history.first),
    }


def _trail(trail: Trail) -> dict[str, Any]:
    return {
        "who": trail.who or None,
        "when": trail.when.isoformat() if trail.when else None,
        "address": trail.address or None,
        "event": trail.event or None,
        "source": trail.source or None,
        "others": trail.others,
        "unknown": trail.unknown or None,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {"name": rule.name, "reason": rule.reason, "remedy": rule.remedy}


def _acceptance(finding: Finding) -> dict[str, Any] | None:
    entry = finding.acceptance
    if entry is None:
        return None
    return {
        "holds": finding.accepted,
        "reason": entry.reason,
        "owner": entry.owner,
        "expires": entry.expires.isoformat(),
        "place": place_of(entry.place),
    }
