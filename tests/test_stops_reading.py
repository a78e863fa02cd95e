"""How runs, and phases of runs, that only read end when they are stopped, and what they report."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from interrupting import AT_ONCE, running, wait_for
from servers import reply, serving
from tool import Tool

Start = Callable[..., Tool]


@pytest.mark.parametrize("verb", ["audit", "plan"])
def test_a_run_that_only_reads_reports_what_it_read_when_it_is_stopped(
    set_up_already: Callable[..., Tool], tmp_path: Path, verb: str
) -> None:
    """The other one waits for an answer that doesn't come."""
    tool = set_up_already(2)
    formats = ("json", "junit", "sarif", "html", "markdown", "jsonl")
    files = {name: tmp_path / f"report.{name}" for name in formats}
    outputs = [word for n, file in files.items() for word in ("--output", f"{n}={file}")]
    name = "globex"
    tool.simulator.add_fault(".*", "hang", tenant=name, times=99)
    with running(tool, verb, *outputs, "--output", "text") as command:
        wait_for(lambda: files["jsonl"].exists() and files["jsonl"].read_text().count("\n"))
        command.interrupt()
        out, err = command.end(AT_ONCE)

    assert command.process.returncode == 130
    assert "stopping: what was read is reported" in err
    report = json.loads(files["json"].read_text())
    states = {tenant["tenant"]: tenant["state"] for tenant in report["tenants"]}
    assert states == {"acme": "in-sync", name: "interrupted"}
    counts = report["counts"]
    assert (counts["in_sync"], counts["interrupted"], counts["unreadable"]) == (1, 1, 0)
    assert "1 in sync" in out
    assert "1 interrupted" in out
    assert f"{name}: interrupted before all of it was read" in out
    assert _suites(files["junit"])[name] == "1"
    assert any(name in text for text in _sarif(files["sarif"]))
    row = files["html"].read_text().partition('<tr data-row="2"')[2].partition("</tr>")[0]
    assert name in row
    assert 'data-state="failed"' in row
    assert f"<code>{name}</code>" in files["markdown"].read_text()


def _suites(file: Path) -> dict[str, str]:
    """How many errors each suite of a JUnit report has."""
    root = ET.fromstring(file.read_text())  # noqa: S314 -- our own report
    return {suite.attrib["name"]: suite.attrib["errors"] for suite in root}


def _sarif(file: Path) -> list[str]:
    (run,) = json.loads(file.read_text())["runs"]
    return [result["message"]["text"] for result in run["results"]]


def test_an_interrupted_audit_tells_no_chat(
    simulated: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it would tell is that nothing is known."""
    tool = simulated()
    tool.simulator.add_fault(".*", "hang", times=99)
    with serving(reply({})) as chat:
        monkeypatch.setenv("CHAT", f"{chat.url}/hook")
        with running(tool, "audit", "--webhook", "env:CHAT") as command:
            wait_for(tool.simulator.requests)
            command.interrupt()
            command.end(AT_ONCE)
        assert command.process.returncode == 130
        assert chat.asked == []


def test_a_doctor_that_is_interrupted_calls_nobody_ready_whom_it_did_not_see(
    simulated: Start,
) -> None:
    tool = simulated(2)
    tool.simulator.add_fault(".*", "hang", tenant="globex", times=99)
    with running(tool, "doctor") as command:
        wait_for(lambda: any("/users" in r["path"] for r in tool.simulator.requests()))
        command.interrupt()
        out, _ = command.end(AT_ONCE)
    assert command.process.returncode == 130
    assert "globex: interrupted before all of it was read" in out
    assert "2 tenants: 2 ready" not in out


def test_an_interrupted_plan_is_not_saved(simulated: Start, tmp_path: Path) -> None:
    tool, file = simulated(2), tmp_path / "plan.json"
    tool.simulator.add_fault(".*", "hang", times=99)
    with running(tool, "plan", "--out", str(file)) as command:
        wait_for(tool.simulator.requests)
        command.interrupt()
        out, _ = command.end(AT_ONCE)
    assert command.process.returncode == 130
    assert not file.exists()
    assert "wasn't written: not every tenant was read" in out


def test_an_apply_that_is_stopped_while_it_plans_writes_nothing_and_says_so(
    simulated: Start, tmp_path: Path
) -> None:
    tool, file = simulated(3), tmp_path / "rep.json"
    tool.simulator.add_fault(".*", "hang", tenant="initech", times=99)
    with running(tool, "apply", "--yes", "--output", f"json={file}", "--output", "text") as command:
        wait_for(lambda: any("/mappings" in r["path"] for r in tool.simulator.requests()))
        command.interrupt()
        command.heeds()
        command.interrupt()
        out, _ = command.end(AT_ONCE)
    assert command.process.returncode == 130
    assert {t["state"] for t in json.loads(file.read_text())["tenants"]} == {"interrupted"}
    assert "3 interrupted" in out
    assert "Nothing was written" in out
    assert {r["method"] for r in tool.simulator.requests()} == {"GET"}
