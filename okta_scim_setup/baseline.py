"""A former audit, held against this one: what is new, still open and resolved, and since when.

The former audit is its JSON report. A tenant that couldn't be read then brings along what was known
of it before, so a bad night loses nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from okta_scim_setup.errors import SetupError
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report.json import MADE_BY, VERSION
from okta_scim_setup.report.json_plan import declared_of
from okta_scim_setup.results import NOT_SEEN, Cause, Finding, History, Past, Severity
from okta_scim_setup.wording import said

Declared = Mapping[str, Mapping[str, Any]]
"""Each resource's attributes, as JSON has them."""


@dataclass(frozen=True)
class Known:
    """What a former audit knows of a tenant."""

    read: datetime | None
    """When it was last read; None if it never was."""
    declared: Declared
    """What was declared then."""
    findings: tuple[Past, ...]
    """What was found then; and that it couldn't be read later, if so."""
    kept: Mapping[str, Any]
    """The same as JSON, to be handed on where it can't be read now."""


@dataclass(frozen=True)
class Baseline:
    """A former audit."""

    file: str
    made: datetime
    same_tool: bool
    """Whether the same version of this tool made it: another one may not know a finding."""
    tenants: Mapping[str, Known]

    def since(self, tenant: str) -> datetime | None:
        """When *tenant* was last read: what came about since then is after that."""
        known = self.tenants.get(tenant)
        return known.read if known else None


def load(path: Path) -> Baseline:
    """Read a former audit's JSON report.

    Raises:
        SetupError: it can't be read, is cut short, or isn't an audit's report of this version.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unfit(path, f"can't be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise _unfit(path, "isn't a whole JSON report: it may have been cut short", line) from None
    if not isinstance(body, dict) or "verb" not in body:
        raise _unfit(path, "isn't a report of okta-scim-setup")
    if body.get("version") != VERSION:
        made_by = f"written by {body.get('made_by', 'an unknown tool')}"
        raise _unfit(path, f"is of version {body.get('version')}, {made_by}; this is {VERSION}")
    if body["verb"] != "audit":
        raise _unfit(path, f"is a report of {body['verb']}, not of an audit")
    try:
        return _baseline(str(path), body)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unfit(path, f"isn't an audit's report as we write it ({error})") from None


def compared(result: TenantResult, baseline: Baseline) -> TenantResult:
    """*result* with what *baseline* knows of it."""
    known = baseline.tenants.get(result.tenant) or Known(None, {}, (), {})
    matched, left = _matched(result.findings, known.findings)
    if result.plan is None:
        found = tuple(_carried(f, past, known, "differs") for f, past in matched)
        return replace(result, findings=found, last_read=known.kept or None)
    now = declared_of(result.plan)
    found = tuple(
        _carried(f, past, known, _cause(f, past, known, now, same_tool=baseline.same_tool))
        for f, past in matched
    )
    if any(finding.unseen for finding in found):  # a part wasn't seen: it may all still be there
        kept = [each for each in known.kept.get("findings", ()) if _past(each) in left]
        return replace(result, findings=found, last_read={**known.kept, "findings": kept})
    return replace(result, findings=found, resolved=left)


def _unfit(path: Path, why: str, line: str = "") -> SetupError:
    return SetupError(
        f"the baseline {path} {why}",
        ("from", f"{path}{line}"),
        ("do", "name what an audit wrote with --output json=FILE, or leave --baseline out once"),
    )


def _baseline(file: str, body: Mapping[str, Any]) -> Baseline:
    made = datetime.fromisoformat(body["made"])
    tenants = {each["tenant"]: _known(each) for each in body["tenants"]}
    return Baseline(file, made, body["made_by"] == MADE_BY, tenants)


def _known(tenant: Mapping[str, Any]) -> Known:
    """What is known of a tenant by its part of the report."""
    unseen = [each for each in tenant["findings"] if each["id"].startswith(NOT_SEEN)]
    kept = _kept(tenant)
    findings = (*kept.get("findings", ()), *unseen)
    read = kept.get("read")
    return Known(
        datetime.fromisoformat(read) if read else None,
        {address: dict(attributes) for address, attributes in kept.get("declared", {}).items()},
        tuple(map(_past, findings)),
        kept,
    )


def _kept(tenant: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is known of it by its last reading; of what wasn't seen then, by the one before."""
    if tenant["plan"] is None:
        return dict(tenant["last_read"] or {})
    before = tenant["last_read"] or {"findings": ()}
    return {
        "read": tenant["plan"]["read"],
        "declared": tenant["declared"],
        "findings": [
            *(f for f in tenant["findings"] if not f["id"].startswith(NOT_SEEN)),
            *before["findings"],
        ],
    }


def _past(found: Mapping[str, Any]) -> Past:
    first, since = found["first_seen"] or found["evidence"]["read"], found["since"]
    cause: Cause = found["cause"]
    return Past(
        found["id"],
        Severity(found["severity"]),
        found["address"],
        found["attribute"],
        found["expected_said"],
        found["found_said"],
        found["means"],
        History(
            "open",
            cause,
            datetime.fromisoformat(since) if since else None,
            datetime.fromisoformat(first) if first else None,
        ),
    )


def _matched(
    findings: Sequence[Finding], past: Sequence[Past]
) -> tuple[list[tuple[Finding, Past | None]], tuple[Past, ...]]:
    """Each finding with the former one that it is, and the former ones that are left.

    One finding of its sort on either side is the same, whatever was found; of several about one
    attribute those are the same that say the same.
    """
    left = list(past)
    counts = (Counter(map(_about, findings)), Counter(each.about for each in past))
    matched: list[tuple[Finding, Past | None]] = []
    for finding in findings:
        about = _about(finding)
        several = max(count[about] for count in counts) > 1
        like = (each for each in left if each.about == about)
        same = next((p for p in like if not several or _says_the_same(finding, p)), None)
        if same is not None:
            left.remove(same)
        matched.append((finding, same))
    return matched, tuple(left)


def _about(finding: Finding) -> tuple[str, str, str]:
    return finding.id, finding.address, finding.attribute


def _says_the_same(finding: Finding, past: Past) -> bool:
    return (said(finding.expected), said(finding.found)) == (past.expected, past.found)


def _carried(finding: Finding, past: Past | None, known: Known, cause: Cause) -> Finding:
    """*finding* with its history."""
    if past is None:
        history = History("new", cause, known.read, finding.evidence.seen)
    else:
        history = replace(past.history, cause=cause)
    return replace(finding, history=history)


def _cause(
    finding: Finding, past: Past | None, known: Known, now: Declared, *, same_tool: bool
) -> Cause:
    """Whether somebody changed what is there, or what is declared."""
    if known.read is None:
        return "differs"
    if finding.address not in now:  # nothing declares it: what wasn't found then came about since
        new: Cause = "drifted" if same_tool else "differs"
        return past.history.cause if past else new
    before, after = known.declared.get(finding.address), now[finding.address]
    if before is None or dict(_compared(finding, before)) != dict(_compared(finding, after)):
        return "not-applied"
    return past.history.cause if past else "drifted"


def _compared(finding: Finding, declared: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The part of a declaration that decides on *finding*: all of it, if no one attribute does."""
    for name, value in declared.items():
        if name == (finding.attribute or "state") or finding.attribute not in {"", *declared}:
            yield name, value
