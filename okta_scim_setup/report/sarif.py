"""Results as SARIF 2.1.0 (OASIS), for code scanning: each with the line that somebody wrote.

A playbook of the package isn't a file of the reader's, so there the tenant's line stands first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from okta_scim_setup import __version__
from okta_scim_setup.errors import Place
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report.content import Content
from okta_scim_setup.report.entries import Entry, entries

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

SCORES = {"low": "3.0", "medium": "5.0", "high": "8.0", "critical": "9.5"}
"""GitHub's ``security-severity`` for each of our severities: its bounds are 4, 7 and 9."""

DOCUMENTED = {
    "create": "Something declared isn't there",
    "update": "Something isn't as declared",
    "replace": "Something has to be made anew",
    "delete": "Something is there that shall not be",
    "retire": "Something superseded is still alive",
    "by-hand": "A person has to change a setting in the console",
    "apply-waiting": "A change waits for a person",
    "apply-skipped": "A change waits for another one",
    "apply-failed": "A change failed",
    "check-failed": "A check failed",
    "check-warned": "A check can't tell, or warns",
    "check-skipped": "A check was left out",
    "error": "Something failed or couldn't be read",
    "refused": "A guard refused",
    "interrupted": "A run was stopped before it had done all of a tenant",
    "not-tried": "A tenant wasn't looked at",
}
"""What each rule is that has no finding's id."""


def document(content: Content) -> str:
    """The whole report: what is as declared isn't in it."""
    told = [(result, e) for result in content.results for e in entries(content, result)]
    open_ = [(result, entry) for result, entry in told if entry.state != "passed"]
    rules = {entry.rule: entry for _, entry in reversed(open_)}
    order = sorted(rules)
    run = {
        "tool": {"driver": _driver([rules[rule] for rule in order])},
        "automationDetails": {"id": f"okta-scim-setup/{content.verb}/"},
        "invocations": [_invocation(content)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(content, r, entry, order.index(entry.rule)) for r, entry in open_],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver(rules: Iterable[Entry]) -> dict[str, Any]:
    return {
        "name": "okta-scim-setup",
        "semanticVersion": __version__,
        "rules": [_rule(entry) for entry in rules],
    }


def _invocation(content: Content) -> dict[str, Any]:
    return {
        "executionSuccessful": not any(r.failed for r in content.results),
        "exitCode": content.exit_code,
        "endTimeUtc": content.made.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _rule(entry: Entry) -> dict[str, Any]:
    text = entry.means or DOCUMENTED.get(entry.rule, entry.rule)
    rule: dict[str, Any] = {
        "id": entry.rule,
        "shortDescription": {"text": text},
        "defaultConfiguration": {"level": entry.level},
    }
    if entry.lint:
        rule |= {
            "name": entry.lint.name,
            "fullDescription": {"text": entry.lint.reason},
            "help": {"text": f"{entry.lint.reason}\n\nRemedy: {entry.lint.remedy}"},
        }
    if entry.severity:
        rule["properties"] = {"security-severity": SCORES[entry.severity], "tags": ["security"]}
    return rule


def _result(content: Content, result: TenantResult, entry: Entry, index: int) -> dict[str, Any]:
    nearest, *others = _locations(content, entry)
    about = f"{result.tenant}/{entry.about}" if entry.about else result.tenant
    logical = {"fullyQualifiedName": about, "kind": "resource"}
    return {
        "ruleId": entry.rule,
        "ruleIndex": index,
        "level": entry.level,
        "message": {"text": _message(entry)},
        "locations": [{"physicalLocation": nearest, "logicalLocations": [logical]}],
        "relatedLocations": [
            {"id": number, "physicalLocation": other} for number, other in enumerate(others, 1)
        ],
        "partialFingerprints": {"oktaScimSetup/v1": _fingerprint(entry)},
        **_suppressed(entry),
        **_standing(content, entry),
    }


def _suppressed(entry: Entry) -> dict[str, Any]:
    """That somebody answers for it (section 3.27.23)."""
    why = {"kind": "external", "status": "accepted", "justification": entry.accepted}
    return {"suppressions": [why]} if entry.accepted else {}


def _standing(content: Content, entry: Entry) -> dict[str, Any]:
    """Whether a former audit has it (section 3.27.24): of all results, or of none."""
    states = {"open": "unchanged"}
    return {"baselineState": states.get(entry.standing, "new")} if content.baseline else {}


def _message(entry: Entry) -> str:
    means = f" This means: {entry.means}." if entry.means else ""
    notes = "".join(f"\n{label}: {text}" for label, text in entry.notes)
    return f"{entry.tenant}: {entry.title}.{means}{notes}"


def _fingerprint(entry: Entry) -> str:
    """The same from run to run, whatever is found and wherever the line moves."""
    title = "" if entry.address or entry.severity else entry.title
    parts = (entry.rule, entry.tenant, entry.address, entry.attribute, title)
    return sha256("\0".join(parts).encode()).hexdigest()


def _locations(content: Content, entry: Entry) -> list[dict[str, Any]]:
    """The files' lines, the nearest first; at least the config's first."""
    places = [place for place in entry.places if place.in_a_file]
    return list(map(_physical, places or [Place(content.config, 1)]))


def _physical(place: Place) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": "".join(_uri(place.file))},
        "region": {"startLine": max(place.line, 1)},
    }


def _uri(file: str) -> Iterator[str]:
    path = Path(file)
    if path.is_absolute():
        yield "file://"
    yield quote(path.as_posix())
