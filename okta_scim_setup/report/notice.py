"""What a webhook is told: the new findings that the audit fails on, and a text about them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from okta_scim_setup.report.content import Content
from okta_scim_setup.report.json_finding import finding_of
from okta_scim_setup.results import Finding
from okta_scim_setup.wording import said

MOST = 20
"""Findings that the text names."""

WIDEST = 300
"""Characters of a finding's line in it."""


def news(content: Content) -> tuple[Finding, ...]:
    """The findings that a former audit hasn't, of those that this one fails on."""
    return tuple(
        finding
        for result in content.results
        for finding in result.findings
        if finding.history.standing != "open"
        and (content.fails_on(finding) or finding.unseen)
        and not finding.accepted
    )


def context(content: Content, found: Sequence[Finding]) -> Mapping[str, Any]:
    """What a template is given."""
    return {
        "text": text(content, found),
        "findings": [{"tenant": each.tenant, **finding_of(each)} for each in found],
        "counts": dict(content.counts),
        "exit_code": content.exit_code,
        "made": content.made.isoformat(),
        "config": content.config,
    }


def text(content: Content, found: Sequence[Finding]) -> str:
    """A few lines for a chat: nothing in them mentions anybody or is a link."""
    many = "new finding" if len(found) == 1 else "new findings"
    lines = [f"okta-scim-setup audit: {len(found)} {many}, exit code {content.exit_code}"]
    lines += map(_line, found[:MOST])
    lines += [f"{len(found) - MOST} more"] if len(found) > MOST else []
    return "\n".join(lines)


def _line(found: Finding) -> str:
    about = " ".join(filter(None, (found.tenant, found.address, found.attribute)))
    differs = f"expected {said(found.expected)}, found {said(found.found)}"
    line = _inert(f"{found.severity.value} {found.id} {about}: {differs}")
    line = line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"
    return f"{line} ({found.means})"


def _inert(line: str) -> str:
    """*line* with nothing that acts in Slack (``<``, ``&``), Mattermost or Teams (``@``)."""
    one = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in line))
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        one = one.replace(char, entity)
    return re.sub(r"(?<!\w)@|://", lambda acts: f"{acts[0]}\u200b", one)
