"""The report for a pull request's comment: short enough, and no name in it acts."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt
from results import MANUAL, NASTY, content, drifted, plan, unreadable

from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.plan import Difference
from okta_scim_setup.report import markdown

GITHUB_TAKES = 65_536

OURS = {"h3", "h4", "p", "code", "table", "thead", "tbody", "tr", "th", "td", "br"}
"""The elements that a report is made of."""


def rendered(text: str) -> str:
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(text)


def cells(text: str) -> list[list[str]]:
    """The cells of each row of tables, as a reader sees them."""
    rows = re.findall(r"<tr>(.*?)</tr>", rendered(text), re.DOTALL)
    return [re.findall(r"<t[dh].*?>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]


@pytest.mark.parametrize("name", NASTY)
def test_no_name_breaks_a_table_or_becomes_markup(name: str) -> None:
    nasty = Difference("manual_updates_allowed", before=name, after=name)

    said = markdown.document(content([drifted(name, nasty)]))

    rows = cells(said)
    assert len(rows) == 2
    assert [len(row) for row in rows] == [3, 3]
    html = rendered(said)
    assert set(re.findall(r"<(\w+)", html)) <= OURS
    assert "script" not in re.findall(r"<(\w+)", html)


@pytest.mark.parametrize("name", NASTY)
def test_nobody_is_mentioned_and_nothing_is_referred_to(name: str) -> None:
    """In source and, outside of code, on the page: GitHub looks for mentions in the latter."""
    said = markdown.document(content([drifted(name, MANUAL), unreadable("x", name)]))

    own = re.sub(r"&#\d+;", "", said)
    assert "@" not in own
    assert "://" not in own
    text = re.sub(r"<code>.*?</code>", "", rendered(said), flags=re.DOTALL)
    assert "@" not in text
    assert name not in text


def test_it_says_counts_and_what_to_do() -> None:
    said = markdown.document(content([drifted("acme", MANUAL), unreadable("globex")]))

    assert "2 tenants: 1 drifted, 1 unreadable" in said
    assert "AUD103" in said
    assert "okta-scim-setup apply --tenant acme" in said
    assert "AUD910" in said


def test_tenants_in_sync_take_no_room() -> None:
    said = markdown.document(content([TenantResult("acme", plan=plan("acme"))]))

    assert "1 in sync" in said
    assert "acme" not in said


def test_what_is_too_long_is_cut_behind_a_tenant_and_counted() -> None:
    results = [drifted(f"tenant-{n:04}", MANUAL) for n in range(1000)]

    said = markdown.document(content(results))

    assert len(said) < GITHUB_TAKES
    shown = len(re.findall(r"^#### ", said, re.MULTILINE))
    assert 100 < shown < 1000
    assert f"_{1000 - shown} more tenants are left out here" in said


def test_a_single_tenant_that_is_too_long_is_cut_between_rows_and_counted() -> None:
    many = [Difference(f"attribute_{n}", before="|" * 400, after="@" * 400) for n in range(300)]

    said = markdown.document(content([drifted("acme", *many)]))

    assert len(said) < GITHUB_TAKES
    assert re.search(r"_\d+ more lines are left out here\._", said)
    assert all(len(row) == 3 for row in cells(said))


def test_the_largest_that_masking_can_make_of_it_still_fits() -> None:
    assert markdown.LIMIT + len("\n") < GITHUB_TAKES
