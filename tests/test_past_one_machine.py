"""Past one machine: any executor, and a cluster that loses a worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

import pytest
from tool import Tool

from okta_scim_setup.cli import _remote
from okta_scim_setup.cli._remote import Order

Start = Callable[..., Tool]

SOON = 120.0
"""Seconds after which something that should have happened won't."""


def orders(tool: Tool, *arguments: str) -> list[Order]:
    names: dict[str, list[str]] = {}
    summary = tool.simulator.summary()
    for org in summary["okta"]:
        labels = [app["label"] for app in org["apps"] if app["label"].startswith("dbt ")]
        names[org["org_url"]] = [label.removeprefix("dbt ") for label in labels]
    line = (*arguments, "--config", str(tool.config))
    return [Order(org, tuple(tenants), line) for org, tenants in names.items()]


@pytest.mark.parametrize("processes", [False, True])
def test_any_executor_does_an_orgs_tenants_in_one_go(simulated: Start, *, processes: bool) -> None:
    tool = simulated(tenants=4, orgs=2)
    with (
        ProcessPoolExecutor(2, get_context("spawn")) if processes else ThreadPoolExecutor(2)
    ) as executor:
        came = _remote.done(orders(tool, "audit"), executor)
    assert [each.code for each in came] == [2, 2]
    assert [len(each.report["tenants"]) for each in came if each.report] == [2, 2]
    assert not [request for request in tool.simulator.requests() if request["status"] == 429]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A dask scheduler and three workers, each a process of its own."""
    where = tmp_path / "scheduler.json"
    python = [sys.executable, "-W", "ignore", "-m", "distributed.cli.dask_scheduler"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    named = ["--scheduler-file", str(where)]
    with ExitStack() as stack:
        scheduler = [*python, *named, "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        stack.enter_context(process(scheduler, **quiet))
        wait_for(where.exists)
        address = json.loads(where.read_text())["address"].removeprefix("tcp://")
        worker = [sys.executable, "-W", "ignore", "-m", "distributed.cli.dask_worker", *named]
        options = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"]
        workers = [stack.enter_context(process([*worker, *options], **quiet)) for _ in range(3)]
        yield f"dask://{address}", workers


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


@pytest.mark.nightly
def test_a_cluster_that_loses_a_worker_does_its_tenants_again(
    simulated: Start,
    cluster: tuple[str, list[subprocess.Popen[bytes]]],
    tmp_path: Path,
) -> None:
    tool = simulated(tenants=6, orgs=6, latency="even", limits="relaxed")
    address, workers = cluster
    given = ["--exclude", "initech", "--journal", str(tmp_path / "journal"), "--yes"]
    command = [sys.executable, "-m", "okta_scim_setup", "apply", *given, "--executor", address]
    running = subprocess.Popen(  # noqa: S603 -- our own command
        [*command, "--config", tool.config, "--output", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_for(lambda: sum(r["method"] != "GET" for r in tool.simulator.requests()) > 12)
    os.kill(workers[0].pid, signal.SIGKILL)
    out, said = running.communicate(timeout=SOON)

    assert running.returncode == 0, said.decode()[-2000:]
    found = json.loads(out)
    assert found["counts"]["tenants"] == len(found["tenants"]) == 5
    mine = [tenant for tenant in range(6) if tenant != 2]
    assert [len(tool.account(tenant)["tokens"]) for tenant in mine] == [1] * 5
    assert all(tool.app(tenant)["token_id"] for tenant in mine)
    again = tool.run("plan", "--exclude", "initech", "--detailed-exitcode")
    assert again.code == 0


def test_where_no_cluster_answers_it_is_said(simulated: Start) -> None:
    tool = simulated()
    for url in ("127.0.0.1:8786", "dask://127.0.0.1"):
        assert tool.run("plan", "--executor", url).code == 64


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--output", "junit"),
        ("plan", "--out", "plan.json"),
        ("apply",),
    ],
)
def test_what_a_cluster_cannot_do_is_refused(simulated: Start, arguments: tuple[str, ...]) -> None:
    verb, *others = arguments
    came = simulated().run(verb, *others, "--executor", "dask://127.0.0.1:1")
    assert came.code == 64
