"""How runs that write end when they are stopped once or twice, and what they say of each tenant."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from interrupting import AT_ONCE, SOON, hung, running, wait_for
from tool import Tool

from okta_scim_setup.cli._course import Course
from okta_scim_setup.report import runbook
from okta_scim_setup.simulator import server
from okta_scim_setup.transport import Transport

Start = Callable[..., Tool]

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
