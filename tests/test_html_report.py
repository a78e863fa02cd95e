"""The HTML report: one file that loads nothing, in which no name is anything but text."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from dataclasses import replace
from datetime import date
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from results import ENABLED, MANUAL, NASTY, NOW, content, drifted, plan, unreadable

from okta_scim_setup.errors import Place
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.plan import Difference
from okta_scim_setup.report import html
from okta_scim_setup.results import Acceptance, History, Past, Severity

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


def test_the_worst_stands_first_among_tenants_and_in_each() -> None:
    results = [
        drifted("a", MANUAL),
        drifted("b", MANUAL, ENABLED),
        TenantResult("c", plan=plan("c")),
    ]
    said = html.document(content(results))

    rows = re.findall(r'<a href="#t\d">(\w)</a></th>', said)
    assert rows == ["b", "a", "c"]
    assert re.findall(r"<b>(\w)</b> ([^<]+)</summary>", said) == [
        ("b", "2 to look at, high at worst"),
        ("a", "1 to look at, medium at worst"),
        ("c", "in order"),
    ]
    assert re.findall(r"<code>(AUD\d+)</code>", said) == ["AUD101", "AUD103", "AUD103"]


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
    assert len(controls) == len(re.findall(r"<label>[^<]+<(?:input|select)", said)) == 5
    assert read.all("html")[0]["lang"] == "en"
    assert {"header", "main", "footer", "caption", "h1", "h2", "h3"} <= {
        t for t, _ in read.elements
    }
    assert all("scope" in th for th in read.all("th"))
    ids = [a["id"] for _, a in read.elements if "id" in a]
    assert len(set(ids)) == len(ids)


def test_what_is_accepted_is_called_so_and_isnt_among_what_is_to_be_looked_at() -> None:
    read = page(accepted("acme"), drifted("globex", MANUAL))

    rows = [row for row in read.all("tr") if "data-row" in row]
    assert [row["data-state"] for row in rows] == ["differs", "accepted"]
    assert "acme 1 accepted" in read.text
    assert "medium accepted" in read.text
    assert "until 2099-01-01 by jane: migration" in read.text


def test_a_baseline_gives_a_filter_for_what_is_new_open_and_resolved() -> None:
    (found,) = drifted("acme", MANUAL).findings
    new = replace(found, history=History("new"))
    past = Past("AUD201", Severity.HIGH, "okta.provisioning_features", "x", "yes", "no", "m")
    results = [
        TenantResult("acme", plan=plan("acme", MANUAL), findings=(new,)),
        TenantResult("globex", plan=plan("globex"), resolved=(past,)),
    ]

    read = Page(html.document(content(results, baseline=NOW)))

    rows = [row for row in read.all("tr") if "data-row" in row]
    assert [row["data-standing"] for row in rows] == ["new", "resolved"]
    assert {a.get("id") for a in read.all("select")} == {
        "state",
        "severity",
        "control",
        "standing",
        "theme",
    }
    assert "Resolved since the last audit: AUD201 okta.provisioning_features x" in read.text
    assert {a.get("id") for a in page(*results).all("select")} == {
        "state",
        "severity",
        "control",
        "theme",
    }


def accepted(tenant: str) -> TenantResult:
    """An audit's result with a finding that somebody answers for."""
    entry = Acceptance("AUD103", "migration", "jane", date(2099, 1, 1), Place("config.yaml", 3))
    made = drifted(tenant, MANUAL)
    found = (replace(each, acceptance=entry, accepted=True) for each in made.findings)
    return replace(made, findings=tuple(found))


PALETTES = {
    "light": r":root \{(.*?)\}",
    "dark": r':root\[data-theme="dark"\] \{(.*?)\}',
}
TEXT_ON = [
    *((ink, back) for ink in ("ink", "soft", "link") for back in ("back", "raised")),
    *((ink, "raised") for ink in ("bad", "warn", "good")),
    ("bad", "back"),
    ("warn", "back"),
    ("good", "back"),
    ("bad", "bad-back"),
    ("warn", "warn-back"),
]
"""Which colour stands on which."""


@pytest.mark.parametrize("palette", PALETTES)
def test_text_can_be_read_on_what_it_stands_on(palette: str) -> None:
    """A contrast of 4.5 at least (WCAG 2.2, 1.4.3), in both themes."""
    style = page(drifted("acme", MANUAL)).raw["style"]
    found = re.search(PALETTES[palette], style, re.DOTALL)
    assert found
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", found[1]))

    weak = {pair for pair in TEXT_ON if contrast(*(colours[name] for name in pair)) < 4.5}

    assert weak == set()


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """WCAG's relative luminance, 0 to 1."""
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_thousand_tenants_are_written_quickly_and_rest_outside_of_the_window() -> None:
    results = [drifted(f"tenant-{n:04}", *([MANUAL] if n % 40 == 0 else [])) for n in range(1000)]
    before = time.process_time()

    said = html.document(content(results))

    assert time.process_time() - before < 5
    assert len(said) < 4_000_000
    assert "content-visibility: auto" in said


def test_each_control_that_found_something_is_named_in_its_cell_and_can_be_filtered_for() -> None:
    read = page(drifted("acme", MANUAL), TenantResult("globex", plan=plan("globex")))

    (acme, globex) = [tr for tr in read.all("tr") if "data-row" in tr]
    assert acme["data-controls"] == "AUD103"
    assert globex["data-controls"] == ""
    assert "AUD103" in {option.get("value") for option in read.all("option")}


def test_a_plan_has_no_filter_for_severities() -> None:
    read = page(TenantResult("acme", plan=plan("acme", MANUAL)), verb="plan")

    assert {a.get("id") for a in read.all("select")} == {"state", "theme"}
