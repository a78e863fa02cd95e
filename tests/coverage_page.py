"""The page docs/audit-coverage.md, made from the mutations: python tests/coverage_page.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mutations import LIFE, MUTATIONS, NO_CHANGE, NO_MUTATION, UNREAD
from tenants import HAND

from okta_scim_setup import audit, registry
from okta_scim_setup.findings import controls

HEAD = """# What an audit finds

This page is made from the tests (`python tests/coverage_page.py`), and a test holds it to them.
Each change is made alone to a tenant that is as declared, through the services' own APIs or Okta's
console on the simulator, and an audit has to find it and to name the right attribute. The changes
are enumerated from the kinds: an attribute of a kind without one fails the test.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_found(), *_unread(), *_life(), *_no_change(), *_no_mutation()]) + "\n"


def _found() -> Iterator[str]:
    severities = _severities()
    yield f"## Found: {len(MUTATIONS)} of {len(MUTATIONS)} changes"
    yield ""
    yield "| of | attribute | what changes | where | by | app | finding | severity | who |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for m in MUTATIONS:
        app = "custom SAML" if m.tenant == HAND else "with an API"
        cells = (f"`{m.kind}`", f"`{m.attribute}`" if m.attribute else "", m.what, m.side, m.by)
        who = "named" if m.traced and m.found != "AUD910" else "unknown"
        ends = (app, m.found, severities[m.found], who)
        yield f"| {' | '.join((*cells, *ends))} |"
    yield ""


def _unread() -> Iterator[str]:
    yield f"## What no API shows: {len(UNREAD)} settings of a custom SAML app"
    yield ""
    yield "Each audit says so. A person who changes one of these is found by what stands in for it."
    yield ""
    yield (
        "dbt's side of the sign-on is read as dbt's Terraform provider reads it: no published API "
        "shows it, and of the certificate its end alone is shown."
    )
    yield ""
    yield "| of | attribute | what changes | what stands in for it | finding |"
    yield "|---|---|---|---|---|"
    for each in UNREAD:
        found = each.found or "none until that shows"
        cells = (f"`{each.kind}`", f"`{each.attribute}`", each.what, each.stands_in, found)
        yield f"| {' | '.join(cells)} |"
    yield ""


def _life() -> Iterator[str]:
    yield "## What is no drift, and no finding"
    yield ""
    yield from (f"- {life.what}" for life in LIFE)
    yield ""


def _no_change() -> Iterator[str]:
    yield "## Attributes that nobody can change from outside"
    yield ""
    for (kind, attribute), why in NO_CHANGE.items():
        yield f"- `{kind}` `{attribute}`: {why}"


def _no_mutation() -> Iterator[str]:
    yield ""
    yield "## Findings that nobody can bring about by an API"
    yield ""
    yield "Tests prove on what is read that they are found."
    yield ""
    yield from (f"- {finding}: {why}" for finding, why in NO_MUTATION.items())


def _severities() -> dict[str, str]:
    kinds = [d for name in registry.kinds() for d in registry.kind(name).FINDINGS.values()]
    drifts = [*kinds, *(c.drift for c in controls()), audit.UNREADABLE]
    return {drift.id: drift.severity.value for drift in drifts}


if __name__ == "__main__":
    out = Path(__file__).parents[1] / "docs" / "audit-coverage.md"
    out.write_text(page())
