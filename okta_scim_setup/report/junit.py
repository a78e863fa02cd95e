"""Results as JUnit XML, for whatever shows tests: a tenant is a suite, each thing in it a case.

JUnit has no standard: this fits Jenkins' schema (junit-10.xsd), and GitLab reads it. The time of a
case isn't known; where something was declared is in its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report.content import Content
from okta_scim_setup.report.entries import Entry, entries, in_sync

NAME = "okta-scim-setup"

_NOT_XML = re.compile(r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""What XML 1.0 can't hold (section 2.2)."""


def document(content: Content) -> str:
    """The whole report."""
    suites = [_suite(content, result) for result in content.results]
    tests, failures, errors = (sum(counts[i] for counts, _ in suites) for i in range(3))
    head = (
        f'<testsuites name={_quoted(f"{NAME} {content.verb}")} tests="{tests}" '
        f'failures="{failures}" errors="{errors}">'
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', head]
    lines += [line for _, suite in suites for line in suite]
    return "\n".join((*lines, "</testsuites>"))


_SORTS = ("testcase", "failure", "error", "skipped")


def _suite(content: Content, result: TenantResult) -> tuple[tuple[int, ...], list[str]]:
    cases = [_case(content, entry) for entry in entries(content, result)]
    cases += [_passed(content, result, address) for address in in_sync(content, result)]
    counts = tuple(sum(f"<{sort} " in line for _, line in cases) for sort in _SORTS[1:])
    when = content.made.strftime("%Y-%m-%dT%H:%M:%S")
    head = (
        f'  <testsuite name={_quoted(result.tenant)} tests="{len(cases)}" failures="{counts[0]}" '
        f'errors="{counts[1]}" skipped="{counts[2]}" timestamp="{when}">'
    )
    lines = [f"    <testcase {head}>{body}</testcase>" for head, body in cases]
    return (len(cases), *counts), [head, *lines, "  </testsuite>"]


def _case(content: Content, entry: Entry) -> tuple[str, str]:
    name = f"{entry.rule} {entry.about or entry.title}"
    head = f"classname={_quoted(_class(content, entry.tenant, entry.kind))} name={_quoted(name)}"
    told = _text("\n".join((entry.title, *_details(entry))))
    message = f"message={_quoted(entry.title)}"
    match entry.state:
        case "failed":
            return head, f"<error {message} type={_quoted(entry.rule)}>{told}</error>"
        case "skipped":
            return head, f"<skipped {message} />"
        case "accepted":
            return head, f"<skipped message={_quoted(f'accepted {entry.accepted}')} />"
        case "differs" | "waiting" if entry.fails:
            sort = entry.severity or entry.rule
            return head, f"<failure {message} type={_quoted(sort)}>{told}</failure>"
        case _:
            return head, f"<system-out>{told}</system-out>"


def _passed(content: Content, result: TenantResult, address: str) -> tuple[str, str]:
    kind = address.partition("/")[0]
    class_name = _class(content, result.tenant, kind)
    return f"classname={_quoted(class_name)} name={_quoted(f'{address} as declared')}", ""


def _class(content: Content, tenant: str, kind: str) -> str:
    return ".".join(filter(None, (content.verb, tenant, kind)))


def _details(entry: Entry) -> Iterator[str]:
    if entry.means:
        yield f"means: {entry.means}"
    yield from (f"{label}: {text}" for label, text in entry.notes)
    yield from (f"from: {place}" for place in entry.places)


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _quoted(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text))
