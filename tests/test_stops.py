"""How runs over many tenants end before their time, and what they say of each tenant then."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from servers import reply, serving
from tool import Tool

from okta_scim_setup.cli._course import Course
from okta_scim_setup.report import runbook
from okta_scim_setup.simulator import server
from okta_scim_setup.transport import Transport

Start = Callable[..., Tool]

SOON = 60.0
"""Seconds after which something that should have happened won't."""

AT_ONCE = 10.0
"""Seconds in which a run that is stopped twice has ended, however busy the machine is; an answer
that doesn't come is waited for three times as long."""


class Running:
    """The command in a process of its own."""

    def __init__(self, tool: Tool, verb: str, *arguments: str) -> None:
        command = [sys.executable, "-m", "okta_scim_setup", verb, *arguments]
        self.process = subprocess.Popen(  # noqa: S603 -- our own command
            [*command, "--config", str(tool.config)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def heeds(self) -> None:
        """Wait until it says that it is stopping."""
        self.tells("stopping")

    def tells(self, word: str) -> None:
        """Wait until it says *word* on stderr."""
        assert self.process.stderr is not None
        while word.encode() not in self.process.stderr.readline():
            assert self.process.poll() is None

    def end(self, patience: float = SOON) -> tuple[str, str]:
        """What it printed, once it has ended."""
        out, err = self.process.communicate(timeout=patience)
        return out.decode(), err.decode()


@contextmanager
def running(tool: Tool, verb: str, *arguments: str) -> Iterator[Running]:
    command = Running(tool, verb, *arguments)
    try:
        yield command
    finally:
        if command.process.poll() is None:
            command.process.kill()
            command.process.communicate()


def wait_for(happened: Callable[[], object]) -> None:
    until = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.01)


def hung(tool: Tool, path: str, method: str) -> int:
    """How many such requests the simulator got: those with a fault are waited for in vain."""
    sent = tool.simulator.requests()
    return sum(r["method"] == method and path in r["path"] for r in sent)


# -- the second signal


NAMES = ("acme", "globex", "initech", *(f"tenant-{n}" for n in range(4, 11)))
"""Of the simulator's tenants."""

APPLY = ("--yes", "--exclude", "initech")
"""All but the one that needs a person."""


@pytest.fixture
def stopped_twice(simulated: Start, tmp_path: Path) -> tuple[Tool, dict[str, Any], str, str]:
    """Nine tenants on two orgs; three wait for an answer to a write when the run is stopped."""
    tool, file = simulated(10, orgs=2), tmp_path / "rep.json"
    tool.simulator.add_fault("group-push", "hang", method="POST", times=3)
    with running(tool, "apply", *APPLY, "--output", f"json={file}", "--output", "text") as command:
        wait_for(lambda: hung(tool, "group-push", "POST") >= 3)
        command.interrupt()
        command.heeds()
        command.interrupt()
        out, err = command.end(AT_ONCE)
    assert command.process.returncode == 130
    return tool, json.loads(file.read_text()), out, err


def test_stopped_twice_a_run_ends_at_once_and_without_a_traceback(
    stopped_twice: tuple[Tool, dict[str, Any], str, str],
) -> None:
    _, report, out, err = stopped_twice
    assert report["exit_code"] == 130
    assert "Traceback" not in err
    assert "bug" not in out + err
    *_, summary, last = out.splitlines()
    assert summary.startswith("9 tenants: ")
    assert last.startswith("Done: ")


def test_stopped_twice_a_run_says_of_each_tenant_what_was_done_and_what_is_in_doubt(
    stopped_twice: tuple[Tool, dict[str, Any], str, str],
) -> None:
    tool, report, _, _ = stopped_twice
    in_doubt = [t for t in report["tenants"] if "may have been done" in json.dumps(t["problems"])]
    assert len(in_doubt) >= 3
    for tenant in in_doubt:
        assert tenant["state"] == "interrupted"
        done = [o["address"] for o in tenant["outcomes"] if o["status"] == "done"]
        assert {"dbt_cloud.scim_config", "dbt_cloud.scim_token/okta"} <= {*done}
        said = {note["text"] for problem in tenant["problems"] for note in problem["notes"]}
        assert "run again: what is there is read first" in said
    for tenant in report["tenants"]:
        untouched = "before anything was written" in json.dumps(tenant["problems"])
        assert not (untouched and tool.account(NAMES.index(tenant["tenant"]))["tokens"])


def test_what_was_stopped_twice_converges_when_it_is_run_again(
    stopped_twice: tuple[Tool, dict[str, Any], str, str],
) -> None:
    tool = stopped_twice[0]
    tool.simulator.clear_faults()
    tool.simulator.clock.speed_up(1000)
    assert tool.run("apply", *APPLY).code == 0
    mine = [n for n, name in enumerate(NAMES) if name != "initech"]
    assert [len(tool.account(n)["tokens"]) for n in mine] == [1] * 9


def test_what_does_not_end_in_time_is_left_and_nothing_is_told_of_it_any_more() -> None:
    """As whoever waits for a name server: no connection can be shut for that."""
    transport, told = Transport(read_only=False), list[int]()
    begun, stuck = threading.Event(), threading.Event()

    def work(index: int) -> int:
        if index == 1:
            begun.set()
            stuck.wait(SOON)
        return index if begun.wait(SOON) else -1

    def tell(index: int, _came: int) -> None:
        told.append(index)
        transport.stop()
        transport.stop()

    course: Course[int] = Course(transport)
    course.run(["org", "org", "org"], work, tell, at_once=2)
    assert course.came == {0: 0}
    stuck.set()
    for thread in [t for t in threading.enumerate() if t.name.startswith("ThreadPool")]:
        thread.join(SOON)
    assert told == [0]


@pytest.mark.parametrize(
    ("verb", "at", "how_far"),
    [("apply", "group-push", "6 of 8"), ("rotate", "connections/default", "1 of 2")],
)
def test_of_a_tenant_that_is_left_it_is_told_what_was_done(
    simulated: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    verb: str,
    at: str,
    how_far: str,
) -> None:
    """Half an answer came, and who waits for the rest of it isn't woken."""
    monkeypatch.setattr(server, "_DRIPS", 2)
    monkeypatch.setattr(server, "_DRIP_SECONDS", 30.0)
    tool, file = simulated(2), tmp_path / "rep.json"
    if verb == "rotate":
        tool.run("apply", "--yes")
    before = hung(tool, at, "POST")
    tool.simulator.add_fault(at, "drip", method="POST", tenant="globex")
    whole = 2 if verb == "apply" else 1
    with running(tool, verb, "--yes", "--output", f"json={file}") as command:
        wait_for(lambda: hung(tool, at, "POST") == before + whole + 1)
        command.interrupt()
        command.heeds()
        command.interrupt()
        _, err = command.end(AT_ONCE)
    assert command.process.returncode == 130
    assert "Traceback" not in err
    _, globex = json.loads(file.read_text())["tenants"]
    assert globex["state"] == "interrupted"
    assert len(globex["outcomes"]) == int(how_far[0])
    assert f"interrupted after {how_far} changes" in str(globex["problems"])
    assert "was under way and may have been done" in str(globex["problems"])


def test_a_stopped_run_waits_for_no_thread_at_its_end() -> None:
    code = (
        "import threading; from okta_scim_setup import cli; print('said');"
        "threading.Thread(target=threading.Event().wait).start(); cli._leave(130)"
    )
    done = subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-c", code], capture_output=True, timeout=SOON, check=False
    )
    assert (done.returncode, done.stdout) == (130, b"said\n")


def test_a_tenants_line_is_written_when_it_is_done_and_not_at_the_end(
    simulated: Start, tmp_path: Path
) -> None:
    tool, file = simulated(2), tmp_path / "apply.jsonl"
    tool.simulator.add_fault("group-push", "hang", method="POST", tenant="globex")
    with running(tool, "apply", "--yes", "--output", f"jsonl={file}") as command:
        wait_for(lambda: file.exists() and file.read_text())
        (line,) = map(json.loads, file.read_text().splitlines())
        assert (line["tenant"], line["state"]) == ("acme", "done")
        command.interrupt()
        command.heeds()
        command.interrupt()
        command.end(AT_ONCE)
    *lines, last = map(json.loads, file.read_text().splitlines())
    assert [(each["tenant"], each["state"]) for each in lines] == [
        ("acme", "done"),
        ("globex", "interrupted"),
    ]
    assert last["exit_code"] == 130


# -- the first signal


def test_a_token_that_waits_for_a_limit_is_handed_over_before_the_run_ends(
    simulated: Start,
) -> None:
    tool = simulated()
    tool.simulator.add_fault("connections/default", "status:429", method="POST")
    with running(tool, "apply", "--yes") as command:
        command.tells("waiting ")
        assert hung(tool, "/tokens/", "POST") == 1
        command.interrupt()
        out, _ = command.end()
    assert command.process.returncode == 130
    (token,) = tool.account()["tokens"]
    assert tool.app()["token_id"] == token["id"]
    assert "ok  okta.scim_provisioning" in out


# -- runs that only read


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


def test_an_interrupted_rotation_says_so_of_each_tenant(simulated: Start, tmp_path: Path) -> None:
    tool, file = simulated(2), tmp_path / "rep.json"
    assert tool.run("apply", "--yes").code == 0
    tool.simulator.add_fault("connections/default", "hang", method="POST", tenant="globex")
    arguments = ("--yes", "--output", f"json={file}", "--output", "text")
    with running(tool, "rotate", *arguments) as command:
        wait_for(lambda: hung(tool, "connections/default", "POST") == 4)
        command.interrupt()
        command.heeds()
        command.interrupt()
        out, err = command.end(AT_ONCE)
    assert command.process.returncode == 130
    assert "Traceback" not in err
    _, globex = json.loads(file.read_text())["tenants"]
    assert globex["state"] == "interrupted"
    assert "globex: interrupted after 1 of 2 changes" in out
    assert "okta.scim_provisioning was under way and may have been done" in out


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


def test_an_interrupted_apply_leaves_no_runbook_that_says_all_is_done(
    simulated: Start, tmp_path: Path
) -> None:
    tool, file = simulated(2), tmp_path / "steps.md"
    tool.simulator.add_fault("scim-config", "hang", method="POST", times=2)
    with running(tool, "apply", "--yes", "--runbook", str(file)) as command:
        wait_for(lambda: hung(tool, "scim-config", "POST") == 2)
        command.interrupt()
        command.heeds()
        command.interrupt()
        command.end(AT_ONCE)
    whole = runbook.document(".md", [], verb="apply", done=True, mask=str)
    assert file.read_text().strip() != whole.strip()


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


# -- failures


def test_what_failed_in_planning_counts_for_max_failures(simulated: Start) -> None:
    tool = simulated(5)
    a_wrong_token(tool, "tenant-5")

    came = tool.run("apply", "--yes", "--max-failures", "1", "--workers", "1")

    assert came.code == 1
    assert "5 tenants: 0 in sync, 4 not tried, 1 unreadable." in came.out
    assert "Nothing was written." in came.out
    assert {r["method"] for r in tool.simulator.requests()} == {"GET"}


def a_wrong_token(tool: Tool, name: str) -> None:
    (tool.config.parent / "secrets" / f"dbt-{name}.token").write_text("dbtc_wrong")


def test_what_failed_in_planning_and_since_is_added_up(simulated: Start) -> None:
    tool = simulated(4)
    a_wrong_token(tool, "tenant-4")
    tool.simulator.add_fault("/scim-config/", "status:403", method="POST", times=99)

    came = tool.run("apply", "--yes", "--max-failures", "2", "--workers", "1")

    assert "4 tenants: 0 in sync, 1 failed, 2 not tried, 1 unreadable." in came.out


def test_the_last_line_counts_tenants_by_what_became_of_them(simulated: Start) -> None:
    tool = simulated(3)
    tool.run("apply", "--yes", "--tenant", "acme")
    tool.simulator.add_fault("/scim-config/", "status:403", method="POST", tenant="globex")
    out = tool.run("apply", "--yes").out
    assert "3 tenants: 1 in sync, 1 waiting, 1 failed, 0 unreadable." in out
