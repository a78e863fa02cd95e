"""The HTML report: one file that loads nothing, in which no name is anything but text."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from results import ENABLED, MANUAL, NASTY, content, drifted, plan, unreadable

from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.plan import Difference
from okta_scim_setup.report import html

VOID = {"meta", "input", "wbr", "br"}


class Page(HTMLParser):
    """Reads a page strictly: every element is closed where it must be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.raw: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "option" or tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"script", "style"}:
            self.raw[self.open[-1]] = self.raw.get(self.open[-1], "") + data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(*results: TenantResult, verb: str = "audit") -> Page:
    return Page(html.document(content(results, verb=verb)))


@pytest.mark.parametrize("name", NASTY)
def test_no_name_is_anything_but_text(name: str) -> None:
    nasty = Difference("manual_updates_allowed", before=name, after=name)
    harmless = page(drifted("acme", MANUAL), unreadable("x", "y"))

    read = page(drifted(name, nasty), unreadable("x", name))

    assert [tag for tag, _ in read.elements] == [tag for tag, _ in harmless.elements]
    assert read.raw == harmless.raw
    assert name.replace("\r\n", "\n") in read.text.replace("\r\n", "\n")


def test_nothing_is_loaded_or_sent() -> None:
    said = html.document(content([drifted("acme", MANUAL), unreadable("globex")]))
    read = Page(said)

    assert not [a for _, a in read.elements if {"src", "action", "srcset"} & a.keys()]
    assert all(a.get("href", "#").startswith("#") for _, a in read.elements)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|innerHTML|eval\(", said)
    assert not [name for _, a in read.elements for name in a if name.startswith("on")]
    assert not [a for _, a in read.elements if "style" in a]


def test_the_pages_policy_allows_its_own_style_and_script_alone() -> None:
    read = page(drifted("acme", MANUAL))
    policy = next(a["content"] for a in read.all("meta") if "http-equiv" in a)

    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for name, directive in (("style", "style-src"), ("script", "script-src")):
        digest = b64encode(sha256(read.raw[name].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy


def test_the_matrix_has_a_row_for_each_tenant_and_a_word_in_each_cell() -> None:
    read = page(drifted("acme", ENABLED), unreadable("globex"), TenantResult("x", plan=plan("x")))

    rows = [row for row in read.all("tr") if "data-row" in row]
    assert [row["data-state"] for row in rows] == ["failed", "differs", "passed"]
    assert [row["data-severity"] for row in rows] == ["high", "high", ""]
    columns = len([th for th in read.all("th") if th.get("scope") == "col"]) - 1
    said = [span for span in read.all("span") if span.get("class") == "said"]
    assert len(read.all("td")) == len(said) == columns * 3
    assert "high differs" in read.text
    assert "not declared" in read.text


def test_every_tenant_links_to_its_evidence() -> None:
    read = page(drifted("acme", MANUAL), unreadable("globex"))

    linked = {a["href"] for a in read.all("a")} - {"#details"}
    assert linked == {f"#{d['id']}" for d in read.all("details")} == {"#t1", "#t2"}
    assert "2026-11-25 04:00:00 UTC" in read.text
    assert "playbooks/own.yaml:3" in read.text


def test_controls_have_labels_and_the_page_has_landmarks_and_a_language() -> None:
    said = html.document(content([drifted("acme", MANUAL)]))
    read = Page(said)

    controls = read.all("input") + read.all("select")
    assert len(controls) == len(re.findall(r"<label>[^<]+<(?:input|select)", said)) == 4
    assert read.all("html")[0]["lang"] == "en"
    assert {"header", "main", "footer", "caption", "h1", "h2", "h3"} <= {
        t for t, _ in read.elements
    }
    assert all("scope" in th for th in read.all("th"))
    ids = [a["id"] for _, a in read.elements if "id" in a]
    assert len(set(ids)) == len(ids)


def test_a_thousand_tenants_are_written_quickly_and_rest_outside_of_the_window() -> None:
    results = [drifted(f"tenant-{n:04}", *([MANUAL] if n % 40 == 0 else [])) for n in range(1000)]
    before = time.process_time()

    said = html.document(content(results))

    assert time.process_time() - before < 5
    assert len(said) < 4_000_000
    assert "content-visibility: auto" in said


def test_a_plan_has_no_filter_for_severities() -> None:
    read = page(TenantResult("acme", plan=plan("acme", MANUAL)), verb="plan")

    assert {a.get("id") for a in read.all("select")} == {"state", "theme"}
