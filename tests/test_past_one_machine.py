"""Past one machine: what a cluster of workers does, loses, and is stopped at."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from messages import read
from tool import Tool

from okta_scim_setup.cli import _crew

Start = Callable[..., Tool]

SOON = 120.0
"""Seconds after which something that should have happened won't."""


@dataclass(frozen=True)
class Cluster:
    """A dask scheduler and its workers, each a process of its own."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """Start one with so many workers; others' settings are dask's own, in its environment."""
    where = tmp_path / "scheduler.json"
    with ExitStack() as stack:

        def start(workers: int, **settings: str) -> Cluster:
            quiet: dict[str, Any] = {
                "stdout": subprocess.DEVNULL,
                "stderr": subprocess.DEVNULL,
                "cwd": tmp_path,
                "env": os.environ | settings,
            }
            python = [sys.executable, "-W", "ignore", "-m"]
            named = ["--scheduler-file", str(where), "--host", "127.0.0.1"]
            scheduler = ["distributed.cli.dask_scheduler", *named, "--port", "0", "--no-dashboard"]
            stack.enter_context(process([*python, *scheduler], **quiet))
            wait_for(where.exists)
            address = json.loads(where.read_text())["address"].removeprefix("tcp://")
            worker = ["distributed.cli.dask_worker", *named, "--no-nanny", "--nthreads", "1"]
            made = [
                stack.enter_context(process([*python, *worker, "--no-dashboard"], **quiet))
                for _ in range(workers)
            ]
            return Cluster(f"dask://{address}", made)

        yield start


class process(subprocess.Popen):  # noqa: N801 -- used as a function is
    """A process that ends with its block."""

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.wait()


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def started(tool: Tool, address: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A run on a cluster, its report in JSON; what it says meanwhile goes through a pipe."""
    command = [sys.executable, "-m", "okta_scim_setup", *arguments, "--executor", address]
    return subprocess.Popen(  # noqa: S603 -- our own command
        [*command, "--config", tool.config, "--output", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def writes(tool: Tool) -> int:
    return sum(request["method"] != "GET" for request in tool.simulator.requests())


@pytest.mark.nightly
def test_a_cluster_that_loses_a_worker_does_its_tenants_again(
    simulated: Start, cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    tool = simulated(tenants=6, orgs=6, latency="even", limits="relaxed")
    mine = cluster(3)
    given = ["--exclude", "initech", "--journal", str(tmp_path / "journal"), "--yes"]
    running = started(tool, mine.address, "apply", *given)
    wait_for(lambda: writes(tool) > 12)
    os.kill(mine.workers[0].pid, signal.SIGKILL)
    out, said = running.communicate(timeout=SOON)

    assert running.returncode == 0, said.decode()[-2000:]
    found = json.loads(out)
    assert found["counts"]["tenants"] == len(found["tenants"]) == 5
    mine_alone = [tenant for tenant in range(6) if tenant != 2]
    alive = {n: [token["id"] for token in tool.account(n)["tokens"]] for n in mine_alone}
    assert all(tool.app(tenant)["token_id"] in tokens for tenant, tokens in alive.items())
    # One that was handed over as the worker died is superseded, and outlives that by the grace.
    assert sorted(len(tokens) for tokens in alive.values())[:-1] == [1] * 4
    assert len(max(alive.values(), key=len)) <= 2
    again = tool.run("plan", "--exclude", "initech", "--detailed-exitcode")
    assert again.code == 0


@pytest.mark.nightly
def test_a_task_that_the_cluster_gives_up_is_its_own_tenants_failure(
    simulated: Start, cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    tool = simulated(tenants=5, orgs=5, latency="even", limits="relaxed")
    mine = cluster(2, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    given = ["--exclude", "initech", "--journal", str(tmp_path / "journal"), "--yes"]
    running = started(tool, mine.address, "apply", *given)
    wait_for(lambda: writes(tool) > 6)
    os.kill(mine.workers[0].pid, signal.SIGKILL)
    out, said = running.communicate(timeout=SOON)

    assert running.returncode == 1, said.decode()[-2000:]
    tenants = json.loads(out)["tenants"]
    lost = [tenant for tenant in tenants if tenant["state"] == "unreadable"]
    assert [tenant["state"] for tenant in tenants if tenant not in lost] == ["done"] * 3
    (problem,) = lost[0]["problems"]
    assert problem["title"] == "the worker was lost: some of it may have been done"
    assert "KilledWorker" in str(problem["notes"])


@pytest.mark.nightly
def test_a_run_on_a_cluster_that_is_interrupted_says_how_far_every_tenant_came(
    simulated: Start, cluster: Callable[..., Cluster]
) -> None:
    tool = simulated(tenants=6, orgs=6, latency="even", limits="relaxed")
    mine = cluster(2)
    running = started(tool, mine.address, "apply", "--yes", "--exclude", "initech")
    wait_for(lambda: minted(tool))
    running.send_signal(signal.SIGINT)
    out, said = running.communicate(timeout=SOON)
    written = writes(tool)

    assert running.returncode == 130, said.decode()[-2000:]
    assert b"stopping: what would be left half done is finished" in said
    tenants = json.loads(out)["tenants"]
    assert [tenant["state"] for tenant in tenants] == ["interrupted"] * 5
    titles = [tenant["problems"][0]["title"] for tenant in tenants]
    assert sum("interrupted after" in title for title in titles) == 2
    assert sum(title == "interrupted before anything was written" for title in titles) == 3
    others = [tenant for tenant in range(6) if tenant != 2]
    made = [len(tool.account(tenant)["tokens"]) for tenant in others]
    assert made == [int(tool.app(tenant)["token_id"] is not None) for tenant in others]
    assert any(made)
    tool.run("plan")
    assert writes(tool) == written


def minted(tool: Tool) -> bool:
    return any(
        request["method"] == "POST" and request["path"].endswith("/tokens/")
        for request in tool.simulator.requests()
    )


@pytest.mark.nightly
def test_a_second_interrupt_leaves_at_once_and_says_who_is_still_at_work(
    simulated: Start, cluster: Callable[..., Cluster]
) -> None:
    tool = simulated()
    mine = cluster(1)
    tool.simulator.add_fault("connections/default", "hang", method="POST")
    running = started(tool, mine.address, "apply", "--yes")
    wait_for(lambda: any("activate=true" in r["path"] for r in tool.simulator.requests()))
    running.send_signal(signal.SIGINT)
    assert running.stderr is not None
    while b"stopping" not in running.stderr.readline():
        pass
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=20)

    assert running.returncode == 130
    host = mine.address.removeprefix("dask://")
    assert f"left at once: workers at {host} may still be at work on acme" in said.decode()
    assert f"look at the scheduler at {host} and the workers' logs" in said.decode()


@pytest.mark.nightly
def test_a_scheduler_without_workers_is_waited_for_aloud(
    simulated: Start, cluster: Callable[..., Cluster]
) -> None:
    tool = simulated(tenants=2)
    mine = cluster(0)
    running = started(tool, mine.address, "plan")
    assert running.stderr is not None
    host = mine.address.removeprefix("dask://")
    assert running.stderr.readline().decode() == f"waiting for workers at {host}\n"
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=SOON)

    assert running.returncode == 130
    assert [tenant["state"] for tenant in json.loads(out)["tenants"]] == ["interrupted"] * 2
    assert tool.simulator.requests() == []


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("127.0.0.1:8786", "--executor takes dask://HOST:PORT or processes:N, not"),
        ("dask://127.0.0.1", "--executor takes dask://HOST:PORT or processes:N, not"),
        ("dask://", "--executor takes dask://HOST:PORT or processes:N, not"),
        ("processes:0", '--executor processes:0: "0" is no number of processes'),
        ("processes:", '--executor processes:: "" is no number of processes'),
        ("processes:many", '--executor processes:many: "many" is no number of processes'),
        ("processes:1000", '--executor processes:1000: "1000" is no number of processes'),
        ("dask://127.0.0.1:abc", '--executor dask://127.0.0.1:abc: "abc" is no port'),
        ("dask://127.0.0.1:", '--executor dask://127.0.0.1:: "" is no port'),
        ("dask://127.0.0.1:0", '--executor dask://127.0.0.1:0: "0" is no port'),
        ("dask://127.0.0.1:65536", '--executor dask://127.0.0.1:65536: "65536" is no port'),
        ("dask://127.0.0.1:-1", '--executor dask://127.0.0.1:-1: "-1" is no port'),
        ("dask://127.0.0.1:\uff11", "--executor dask://127.0.0.1:"),
        ("dask://a b:8786", '--executor dask://a b:8786: "a b" is no host'),
        ("dask://127.0.0.1:1", "no dask scheduler answers at 127.0.0.1:1"),
    ],
)
def test_an_address_where_nobody_can_be_is_told(
    simulated: Start, monkeypatch: pytest.MonkeyPatch, address: str, title: str
) -> None:
    monkeypatch.setattr(_crew, "CONNECT", 0.1)
    came = simulated().run("plan", "--executor", address)
    assert (came.code, came.out) == (64, "")
    (said,) = read(came.err)
    assert said.title.startswith(title)
    assert said.note("do")


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--output", "junit"),
        ("plan", "--out", "plan.json"),
        ("apply",),
        ("apply", "--yes", "--runbook", "left.md"),
        ("apply", "--yes", "plan.json"),
        ("apply", "--yes", "--token-to", "file:token"),
        ("apply", "--yes", "--token-to", "terminal"),
        ("apply", "--yes", "--allow", "seats"),
        ("audit", "--baseline", "former.json"),
    ],
)
def test_what_a_cluster_cannot_do_is_refused(simulated: Start, arguments: tuple[str, ...]) -> None:
    verb, *others = arguments
    tool = simulated(2)
    came = tool.run(verb, *others, "--executor", "processes:2")
    assert came.code == 64
    assert tool.simulator.requests() == []
