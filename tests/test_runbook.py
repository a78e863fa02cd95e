"""The runbook: what is left to a person as a file, done from the file, and picked up afterwards."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from results import NASTY
from sso import from_nothing
from tool import Tool

from okta_scim_setup.address import Address
from okta_scim_setup.outcome import Visit
from okta_scim_setup.report import runbook
from okta_scim_setup.results import Click

Start = Callable[..., Tool]

TOKEN = ("--no-wait", "--token-to", "cmd:cat")


class Page(HTMLParser):
    """A runbook in HTML: for each step its page, and what to enter there."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.steps: list[tuple[str, dict[str, Any]]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self._label = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        match self._open[-1:]:
            case ["label"]:
                self.steps.append((data.strip(), {}))
            case ["th"]:
                self._label = data
            case ["code"] if "td" in self._open:
                self._entered(data)

    def _entered(self, value: str) -> None:
        fields = self.steps[-1][1]
        match self._label:
            case "Tick" | "Clear":
                fields[value] = self._label == "Tick"
            case "Press":
                fields[value] = True
            case "Then":
                pass
            case label:
                fields[label] = value


def markdown_steps(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The same of a runbook in Markdown."""
    steps: list[tuple[str, dict[str, Any]]] = []
    for line in text.splitlines():
        if page := re.match(r"\d+\. \[ \] `(.+?)`", line):
            steps.append((page[1], {}))
        elif found := re.match(r"    - (.+?): `(.*)`$", line):
            label, value = found[1], found[2]
            fields = steps[-1][1]
            match label:
                case "Tick" | "Clear":
                    fields[value] = label == "Tick"
                case "Press":
                    fields[value] = True
                case "Then":
                    pass
                case _:
                    fields[label] = value
    return steps


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_a_person_who_has_only_the_file_does_it_and_the_next_apply_picks_up(
    simulated: Start, tmp_path: Path, suffix: str
) -> None:
    tool = simulated(3)
    file, sink = tmp_path / f"steps{suffix}", tmp_path / "token"
    arguments = ("apply", "--yes", "--tenant", "initech", "--runbook", str(file))

    first = tool.run(*arguments, "--token-to", f"file:{sink}")
    token, text = sink.read_text().strip(), file.read_text()
    steps = Page(text).steps if suffix == ".html" else markdown_steps(text)
    for _, fields in steps:
        entered = {k: token if k == "Authorization" else v for k, v in fields.items()}
        tool.console(entered, 2)
    second = tool.run(*arguments)

    assert (first.code, second.code) == (3, 0), second.out
    assert f"{file}: 1 visit by a person" in first.out
    assert [page for page, _ in steps] == [
        "General, App Settings, Edit",
        "Provisioning, Integration, Edit",
        "Provisioning, To App, Edit",
        "Assignments",
    ]
    assert token not in text
    assert str(sink) in text
    assert "Seen by: SCIM" in text
    assert "okta-scim-setup apply --tenant initech" in text
    assert tool.app(2)["id"] in text
    assert runbook.NOTHING in file.read_text()


def test_the_page_loads_nothing_runs_nothing_and_labels_every_box(
    simulated: Start, tmp_path: Path
) -> None:
    tool = simulated(3)
    file = tmp_path / "steps.html"
    tool.run("apply", "--yes", "--tenant", "initech", *TOKEN, "--runbook", str(file))

    page = Page(file.read_text())

    names = [tag for tag, _ in page.tags]
    assert not {"script", "img", "link", "iframe", "form"} & set(names)
    assert not [a for _, a in page.tags if any(n.startswith("on") or n == "style" for n in a)]
    boxes = {a["id"] for tag, a in page.tags if tag == "input"}
    labelled = {a["for"] for tag, a in page.tags if tag == "label"}
    assert boxes == labelled != set()
    assert ("html", {"lang": "en"}) in page.tags
    assert names.count("h1") == 1
    assert {a.get("scope") for tag, a in page.tags if tag == "th"} == {"row"}
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "@media print" in file.read_text()


@pytest.mark.parametrize("name", NASTY)
def test_no_name_breaks_out_of_a_runbook(name: str) -> None:
    click = Click(order=1, page=name, note=name, fields=(("Label", name),), then="Save")
    visit = Visit(name, ((Address("okta.saml_app", "x"), click),), about=(name,))

    page = runbook.document(".html", [visit], verb="apply")
    text = runbook.document(".md", [visit], verb="apply")

    assert {tag for tag, _ in Page(page).tags} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "p"),
        *("ol", "li", "input", "label", "small", "table", "tbody", "tr", "th", "td", "code", "br"),
    }
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    for sign in ("<script", "<img", "@everyone", "](", "{{"):
        assert sign not in outside
    assert len(text.splitlines()) == len(
        runbook.document(".md", [_renamed(visit)], verb="apply").splitlines()
    )


def _renamed(visit: Visit) -> Visit:
    ((address, _),) = visit.clicks
    click = Click(order=1, page="a", note="a", fields=(("Label", "a"),), then="Save")
    return Visit("a", ((address, click),), about=("a",))


def test_a_secret_that_got_into_a_step_is_hidden_in_both_forms() -> None:
    click = Click(order=1, page="P", fields=(("Authorization", "dbts_canary"),))
    visit = Visit("t", ((Address("okta.saml_app", "x"), click),))

    for suffix in runbook.SUFFIXES:
        said = runbook.document(
            suffix, [visit], verb="apply", mask=lambda t: t.replace("dbts_canary", "***")
        )
        assert "dbts_canary" not in said
        assert "***" in said


def test_an_org_with_a_domain_of_its_own_gets_its_link_from_admin_url_or_says_how(
    simulated: Start, tmp_path: Path
) -> None:
    click = Click(order=1, page="P")
    visit = Visit("t", ((Address("okta.saml_app", "x"), click),))
    tool = simulated(3)
    console = "https://acme-admin.okta.example"
    text = tool.config.read_text()
    tool.config.write_text(text.replace("    okta:\n", f"    okta:\n      admin_url: {console}\n"))
    file = tmp_path / "steps.md"

    tool.run("apply", "--yes", "--tenant", "initech", *TOKEN, "--runbook", str(file))

    assert re.search(
        rf"^<{console}/admin/app/\S+/instance/0oa\w+/>$", file.read_text(), re.MULTILINE
    )
    assert all(
        runbook.NO_LINK in runbook.document(suffix, [visit], verb="apply")
        for suffix in runbook.SUFFIXES
    )


@pytest.mark.parametrize("suffix", runbook.SUFFIXES)
def test_a_runbook_names_the_app_that_the_same_run_made(
    simulated: Start, tmp_path: Path, suffix: str
) -> None:
    tool = from_nothing(simulated)
    file = tmp_path / f"steps{suffix}"

    tool.run("apply", "--yes", *TOKEN, "--runbook", str(file))

    said = html.unescape(file.read_text())
    assert f'app "dbt acme" {tool.app()["id"]}' in said


@pytest.mark.parametrize("name", ["steps.pdf", "steps", "missing/steps.md"])
def test_a_runbook_that_cannot_be_written_is_said_before_anything_is_sent(
    simulated: Start, tmp_path: Path, name: str
) -> None:
    tool = simulated(3)

    came = tool.run("apply", "--yes", "--runbook", str(tmp_path / name))

    assert came.code == 64
    assert "steps" in came.err
    assert tool.simulator.requests() == []


def test_a_run_that_came_to_no_steps_does_not_say_that_nothing_is_left(
    simulated: Start, tmp_path: Path
) -> None:
    tool = simulated(3)
    file = tmp_path / "steps.md"

    came = tool.run("apply", "--yes", "--tenant", "initech", "--runbook", str(file))

    assert came.code == 3
    assert runbook.NOT_YET in file.read_text()
    assert runbook.NOTHING not in file.read_text()


def test_a_rotation_hands_its_visit_on_as_well(simulated: Start, tmp_path: Path) -> None:
    tool = simulated(3)
    first, second, file = tmp_path / "first", tmp_path / "second", tmp_path / "steps.md"
    tool.run("apply", "--yes", "--tenant", "initech", "--token-to", f"file:{first}")
    tool.do_the_clicks("initech", 2, first.read_text().strip())

    came = tool.run(
        *("rotate", "--yes", "--tenant", "initech", "--token-to", f"file:{second}"),
        *("--runbook", str(file)),
    )

    assert came.code == 3
    assert [page for page, _ in markdown_steps(file.read_text())] == [
        "Provisioning, Integration, Edit"
    ]
    assert "okta-scim-setup rotate --tenant initech" in file.read_text()
    assert second.read_text().strip() not in file.read_text()
