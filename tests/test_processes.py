"""A run by several processes of this machine: what it says, counts and leaves is as one's own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psutil
import pytest
from interrupting import minting, wait_for
from tool import Tool

from okta_scim_setup.cli._order import Order
from okta_scim_setup.cli._part import Sight
from okta_scim_setup.cli._processes import Processes

Start = Callable[..., Tool]

SOON = 60.0
"""Seconds after which something that should have happened won't."""


def summary(text: str) -> list[str]:
    """What is said of all together, but for what it took."""
    lines = text.rstrip("\n").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("6 tenants: "))
    return [line for line in lines[first:] if not re.search(r"\bin [\d.]+ s", line, re.IGNORECASE)]


@pytest.mark.parametrize(
    "command",
    [
        ("plan",),
        ("audit",),
        ("audit", "--fail-on", "critical"),
        ("apply", "--yes"),
    ],
)
def test_a_person_reads_one_summary_and_a_program_the_same_report(
    simulated: Start, command: tuple[str, ...]
) -> None:
    both = [simulated(tenants=6, orgs=3), simulated(tenants=6, orgs=3)]
    alone, several = (
        tool.run(*command, *more, "--output", "text", "--output", f"json={tool.config}.json")
        for tool, more in zip(both, ([], ["--executor", "processes:2"]), strict=True)
    )

    assert alone.code == several.code
    said = several.out
    assert said.count("6 tenants: ") == 1
    assert summary(said) == summary(alone.out)
    reports = [json.loads((tool.config.parent / "config.yaml.json").read_text()) for tool in both]
    for report in reports:
        report["tenants"] = [(each["tenant"], each["state"]) for each in report["tenants"]]
        del report["made"]
    assert reports[0] == reports[1]


def test_one_process_tells_what_the_run_itself_would(simulated: Start) -> None:
    tool = simulated()
    alone = tool.run("plan").out.splitlines()
    one = tool.run("plan", "--executor", "processes:1").out.splitlines()
    assert one[:-1] == alone[:-1]


def test_a_mistake_in_the_config_is_told_once(simulated: Start) -> None:
    tool = simulated(tenants=4, orgs=4)
    tool.config.write_text(tool.config.read_text().replace("account_id", "acount_id"))
    alone = tool.run("plan")
    several = tool.run("plan", "--executor", "processes:2")
    assert (several.code, several.err) == (alone.code, alone.err)


def test_parts_by_processes_are_parts(simulated: Start) -> None:
    tool = simulated(tenants=6, orgs=3)
    given = ["--shard", "1/2", "--output", "json"]
    alone = tool.run("audit", *given).json
    several = tool.run("audit", *given, "--executor", "processes:2").json
    assert (several["shard"], several["fleet"]) == (alone["shard"], alone["fleet"])


def test_a_part_without_tenants_needs_no_process(simulated: Start) -> None:
    tool = simulated()
    codes = [
        tool.run("audit", "--shard", f"{n}/2", "--executor", "processes:2", "--output", "json")
        for n in (1, 2)
    ]
    assert sorted(len(came.json["tenants"]) for came in codes) == [0, 1]


def test_a_process_says_what_it_is_at(simulated: Start) -> None:
    tool = simulated(latency="even", limits="relaxed")
    seen: list[Sight] = []
    line = ("plan", "--config", str(tool.config))
    with closing(Processes(1, lambda _, sight: seen.append(sight))) as crew:
        came = crew.submit(Order(("acme",), line)).result(SOON)
    assert came.code == 0
    assert ("acme",) in [sight.running for sight in seen]


# -- signals


@contextmanager
def started(tool: Tool, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A run by two processes, in a group of its own, as a shell starts it."""
    command = [sys.executable, "-m", "okta_scim_setup", *arguments, "--executor", "processes:2"]
    with subprocess.Popen(  # noqa: S603 -- our own command
        [*command, "--config", tool.config, "--output", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as running:
        try:
            yield running
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_processes_ends_them_as_a_run_of_its_own_ends(
    simulated: Start, number: int
) -> None:
    tool = simulated(tenants=4, orgs=4, latency="even", limits="relaxed")
    with started(tool, "apply", "--yes", "--workers", "2") as running:
        wait_for(lambda: minting(tool))
        os.killpg(running.pid, number)
        out, said = running.communicate(timeout=SOON)

    assert running.returncode == 130, said.decode()[-2000:]
    lines = [line for line in said.decode().splitlines() if line and " of 4 tenants" not in line]
    assert lines == [
        "stopping: what would be left half done is finished; again: at once",
        "interrupted: run the same command again, it goes on from there",
    ]
    tenants = json.loads(out)["tenants"]
    assert [tenant["state"] for tenant in tenants] == ["interrupted"] * 4
    made = [len(tool.account(tenant)["tokens"]) for tenant in range(4)]
    assert made == [int(tool.app(tenant)["token_id"] is not None) for tenant in range(4)]
    assert any(made)


def test_a_second_signal_ends_the_processes_as_well(simulated: Start) -> None:
    tool = simulated(tenants=2, orgs=2)
    tool.simulator.add_fault("connections/default", "hang", method="POST", times=9)
    with started(tool, "apply", "--yes") as running:
        wait_for(lambda: any("activate=true" in r["path"] for r in tool.simulator.requests()))
        children = psutil.Process(running.pid).children(recursive=True)
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        while b"stopping" not in running.stderr.readline():
            pass
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=20)

    assert running.returncode == 130
    assert b"left at once, in the middle of acme, globex" in said
    assert psutil.wait_procs(children, SOON)[1] == []


def test_processes_do_not_outlive_the_one_that_started_them(simulated: Start) -> None:
    """What they have begun they finish first."""
    tool = simulated(tenants=2, orgs=2, latency="even", limits="relaxed")
    with started(tool, "apply", "--yes") as running:
        wait_for(lambda: minting(tool))
        children = psutil.Process(running.pid).children(recursive=True)
        running.kill()
        assert psutil.wait_procs(children, SOON)[1] == []
    made = [len(tool.account(tenant)["tokens"]) for tenant in (0, 1)]
    assert made == [int(tool.app(tenant)["token_id"] is not None) for tenant in (0, 1)]


def test_a_process_that_dies_takes_only_its_own_tenants_with_it(simulated: Start) -> None:
    tool = simulated(tenants=2, orgs=2, latency="even", limits="relaxed")
    with started(tool, "apply", "--yes") as running:
        wait_for(lambda: minting(tool))
        workers = [c for c in psutil.Process(running.pid).children() if is_worker(c)]
        workers[0].kill()
        out, said = running.communicate(timeout=SOON)

    assert running.returncode == 1, said.decode()[-2000:]
    states = sorted(tenant["state"] for tenant in json.loads(out)["tenants"])
    assert states == ["done", "unreadable"]


def is_worker(child: Any) -> bool:
    return any("spawn_main" in word for word in child.cmdline())
