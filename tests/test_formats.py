"""All formats of all verbs' results, through the command line and on the simulator."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from test_html_report import Page
from test_junit_report import parsed as junit_parsed
from test_sarif_report import parsed as sarif_parsed
from tool import Tool

from okta_scim_setup.errors import UsageError
from okta_scim_setup.report.formats import FORMATS

Start = Callable[..., Tool]

VERBS = {
    "plan": ("plan",),
    "audit": ("audit",),
    "apply": ("apply", "--yes"),
    "rotate": ("rotate", "--yes"),
    "doctor": ("doctor",),
    "test": ("test",),
}


@cache
def schema() -> dict[str, Any]:
    """The shipped one, a valid schema itself: looked at once, as that takes half a second."""
    text = (files("okta_scim_setup") / "schemas" / "report.schema.json").read_text()
    found = dict(json.loads(text))
    Draft202012Validator.check_schema(found)
    return found


def validated(report: dict[str, Any]) -> dict[str, Any]:
    Draft202012Validator(schema()).validate(report)
    return report


def reports(tool: Tool, *command: str) -> dict[str, str]:
    """One run's reports in every format."""
    folder = tool.config.parent
    verb, *rest = command
    outputs = [f"--output={name}={folder / name}" for name in FORMATS]
    came = tool.run(verb, *rest, *outputs)
    assert came.code in {0, 1, 2, 3, 4}, came.out + came.err
    return {name: (folder / name).read_text() for name in FORMATS}


def check(said: dict[str, str], verb: str) -> dict[str, Any]:
    """Every format is what it must be, and tells of the same verb."""
    report = validated(json.loads(said["json"]))
    assert report["verb"] == verb
    sarif_parsed(said["sarif"])
    assert junit_parsed(said["junit"]).attrib["name"] == f"okta-scim-setup {verb}"
    assert f"okta-scim-setup {verb}" in Page(said["html"]).text
    assert said["markdown"].startswith(f"### okta-scim-setup {verb}: ")
    *lines, last = map(json.loads, said["jsonl"].splitlines())
    by_name = {line["tenant"]: line for line in lines}  # the last line of a tenant counts
    assert by_name == {tenant["tenant"]: tenant for tenant in report["tenants"]}
    assert last == {
        key: value for key, value in report.items() if key not in ("tenants", "made")
    } | {"made": last["made"]}
    return report


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_speaks_every_format_in_one_run(simulated: Start, verb: str) -> None:
    """Of three tenants: by API, by API, and one that needs a person."""
    tool = simulated(3)
    if verb == "rotate":
        tool.run("apply", "--yes")

    report = check(reports(tool, *VERBS[verb]), verb)

    assert report["counts"]["tenants"] == 3
    # And once more, when there is nothing or something else to do.
    again = check(reports(tool, *VERBS[verb]), verb)
    assert again["counts"]["tenants"] == 3


def test_a_refusal_is_in_every_format(set_up_already: Start) -> None:
    tool = set_up_already()
    text = tool.config.read_text()
    (tool.config.parent / "own.yaml").write_text(
        "variables: {app: , groups: []}\n"
        "resources:\n"
        '  - {kind: okta.saml_app, name: dbt, label: "{{ app }}"}\n'
        "  - kind: okta.group_assignment\n"
        '    for_each: "{{ groups }}"\n'
        '    name: "{{ item.name }}"\n'
        "    app: !ref okta.saml_app/dbt.id\n"
        "    state: absent\n"
    )
    tool.config.write_text(text.replace("playbook: dbt_cloud_scim", "playbook: ./own.yaml"))

    said = reports(tool, "apply", "--yes")

    report = check(said, "apply")
    assert report["exit_code"] == 4
    assert report["tenants"][0]["state"] == "refused"
    assert "refused" in said["markdown"]
    assert "refused" in said["sarif"]


def test_values_are_json_values_beside_their_words(simulated: Start) -> None:
    tool = simulated()

    report = validated(tool.run("plan", "--output", "json").json)

    changes = report["tenants"][0]["plan"]["changes"]
    told = {d["attribute"]: d for change in changes for d in change["differences"]}
    enabled = told["manual_updates_allowed"]
    assert (enabled["before"], enabled["after"]) == (True, False)
    assert (enabled["before_said"], enabled["after_said"]) == ("yes", "no")
    assert told["token"]["after"] == {"ref": "dbt_cloud.scim_token/okta.token"}


def test_a_finding_names_the_line_of_the_playbook_and_of_the_config(simulated: Start) -> None:
    tool = simulated()

    finding = tool.run("audit", "--output", "json").json["tenants"][0]["findings"][0]

    assert finding["fixable"] is True
    assert finding["evidence"]["read"]
    files_named = [place["file"] for place in finding["places"]]
    assert files_named[0] == "dbt_cloud_scim"
    assert files_named[-1] == str(tool.config)
    line = finding["places"][-1]["line"]
    assert tool.config.read_text().splitlines()[line - 1] == "  acme:"


def test_sarif_names_the_line_of_an_own_playbook(set_up_already: Start) -> None:
    tool = set_up_already()
    tool.dbt("POST", "/scim-config/", json={"enabled": True, "manual_updates_allowed": True})
    lines = ["resources:", "  - kind: dbt_cloud.scim_config", "    manual_updates_allowed: false"]
    (tool.config.parent / "own.yaml").write_text("variables: {app: , groups: []}\n")
    with (tool.config.parent / "own.yaml").open("a") as file:
        file.write("\n".join(lines) + "\n")
    text = tool.config.read_text().replace("playbook: dbt_cloud_scim", "playbook: ./own.yaml")
    tool.config.write_text(text)

    results = sarif_parsed(tool.run("audit", "--output", "sarif").out)["results"]
    (result,) = [each for each in results if each["ruleId"] == "AUD103"]

    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"].endswith("/own.yaml")
    assert physical["region"]["startLine"] == 4


def without_credential(tool: Tool, tenant: str = "acme") -> None:
    """dbt answers 401 for *tenant*."""
    (tool.config.parent / "secrets" / f"dbt-{tenant}.token").write_text("dbts_wrong_wrong\n")


def test_an_unreadable_tenant_is_a_finding_and_never_clean(set_up_already: Start) -> None:
    tool = set_up_already(2)
    without_credential(tool)

    said = reports(tool, "audit", "--fail-on", "critical")

    report = check(said, "audit")
    assert report["exit_code"] == 1
    assert report["counts"]["unreadable"] == 1
    assert report["counts"]["in_sync"] == 1
    assert report["counts"]["drifted"] == 0
    finding = report["tenants"][0]["findings"][0]
    assert (finding["id"], finding["drift"], finding["fixable"]) == ("AUD910", False, False)
    assert finding["severity"] == "high"
    assert finding["places"]
    assert "AUD910" in said["text"]
    assert "1 in sync, 0 drifted, 1 unreadable" in said["text"]
    assert junit_parsed(said["junit"]).attrib["errors"] == "1"


def test_not_tried_is_told_apart_from_unreadable(simulated: Start) -> None:
    tool = simulated(3)
    without_credential(tool)

    came = tool.run("audit", "--workers", "1", "--max-failures", "1", "--output", "json")

    counts = validated(came.json)["counts"]
    assert came.code == 1
    assert (counts["unreadable"], counts["not_tried"], counts["failed"]) == (1, 2, 1)
    assert [t["state"] for t in came.json["tenants"]] == ["unreadable", "not-tried", "not-tried"]
    assert came.json["tenants"][1]["findings"][0]["id"] == "AUD911"
    told = tool.run("audit", "--workers", "1", "--max-failures", "1").out
    assert "3 tenants: 0 in sync, 0 drifted, 2 not tried, 1 unreadable." in told
    planned = tool.run("plan", "--workers", "1", "--max-failures", "1").out
    assert "3 tenants: 0 in sync, 2 not tried, 1 unreadable." in planned


@pytest.mark.parametrize(
    ("severity", "code"), [("low", 2), ("medium", 2), ("high", 0), ("critical", 0)]
)
def test_fail_on_takes_the_findings_from_that_severity_on(
    set_up_already: Start, severity: str, code: int
) -> None:
    tool = set_up_already()
    tool.dbt("POST", "/scim-config/", json={"enabled": True, "manual_updates_allowed": True})

    came = tool.run("audit", "--fail-on", severity)

    assert came.code == code
    assert "MED   AUD103" in came.out
    assert (f"1 finding is below --fail-on {severity}." in came.out) == (code == 0)


def test_an_unknown_severity_is_wrong_usage(simulated: Start) -> None:
    came = simulated().run("audit", "--fail-on", "severe")

    assert came.code == UsageError.exit_code
    assert "severe" in came.err


def test_an_unknown_format_is_answered_with_the_nearest(simulated: Start) -> None:
    tool = simulated()

    came = tool.run("audit", "--output", "sarfi=x")

    assert came.code == UsageError.exit_code
    assert 'no output format is called "sarfi"' in came.err
    assert '"sarif"' in came.err


def test_two_outputs_to_one_file_are_wrong_usage(simulated: Start) -> None:
    tool = simulated()

    came = tool.run("audit", "--output", "json=x", "--output", "html=x")

    assert came.code == UsageError.exit_code
    assert "two outputs go to x" in came.err


@pytest.mark.parametrize("at", ["folder", "missing/report.html"])
def test_a_file_that_cant_be_written_is_said_before_anything_is_sent(
    simulated: Start, at: str
) -> None:
    tool = simulated()
    (tool.config.parent / "folder").mkdir()
    before = len(tool.simulator.requests())

    came = tool.run("audit", "--output", f"html={tool.config.parent / at}")

    assert came.code == UsageError.exit_code
    assert "can't be written" in came.err
    assert len(tool.simulator.requests()) == before


def test_a_run_that_fails_early_leaves_the_last_report_as_it_was(simulated: Start) -> None:
    tool = simulated()
    file = tool.config.parent / "audit.json"
    file.write_text("the last one")
    other = tool.config.parent / "new.json"
    tool.config.write_text("tenants: {}\n")

    came = tool.run("audit", "--output", f"json={file}", "--output", f"json={other}")

    assert came.code == 1
    assert file.read_text() == "the last one"
    assert not other.exists()


def test_a_report_takes_the_place_of_the_last_one_as_a_whole(simulated: Start) -> None:
    """Whoever has the old one open reads it to its end; its mode stays, and no rest is left."""
    tool = simulated()
    file = tool.config.parent / "audit.json"
    file.write_text("the last one")
    file.chmod(0o600)

    with file.open() as reader:
        tool.run("audit", "--output", f"json={file}")
        assert reader.read() == "the last one"

    validated(json.loads(file.read_text()))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not [p for p in file.parent.iterdir() if p.name.startswith(".audit.json")]


def test_a_report_follows_a_link_and_may_go_to_a_pipe(simulated: Start, tmp_path: Path) -> None:
    tool = simulated()
    file, link, pipe = tmp_path / "real.json", tmp_path / "link.json", tmp_path / "pipe"
    file.write_text("")
    link.symlink_to(file)
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    came = tool.run("audit", "--output", f"json={link}", "--output", f"markdown={pipe}")

    assert came.code == 2
    assert link.is_symlink()
    validated(json.loads(file.read_text()))
    assert os.read(reader, 20).startswith(b"### okta-scim-setup")
    os.close(reader)


def test_secrets_are_in_no_format_even_where_a_format_escapes_them(simulated: Start) -> None:
    """A label holds a credential with characters that HTML, XML and Markdown write otherwise."""
    tool = simulated()
    secret = "hush<&>\"'|@hush|hush"
    path = tool.config.parent / "secrets" / "dbt-acme.token"
    path.write_text(f"{secret}\n")
    tool.change(app=f"dbt {secret}")

    said = reports(tool, "audit")

    for name, text in said.items():
        assert "hush" not in text.replace(str(tool.config), ""), name
    assert "***" in said["text"]
