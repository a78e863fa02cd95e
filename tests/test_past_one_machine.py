"""Past one machine: shards and their reports, any executor, and a cluster that loses a worker."""

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
from typing import Any

import pytest
from tool import Tool

from okta_scim_setup import cli
from okta_scim_setup.cli import _remote
from okta_scim_setup.cli._remote import Order
from okta_scim_setup.errors import UsageError
from okta_scim_setup.fleet import Shard
from okta_scim_setup.report.merge import exit_code, merged

Start = Callable[..., Tool]

SOON = 120.0
"""Seconds after which something that should have happened won't."""


def test_every_org_is_in_one_shard_the_same_everywhere() -> None:
    orgs = [f"https://o{n}.okta.com" for n in range(200)]
    shards = [[org for org in orgs if Shard(n, 4).has(org)] for n in (1, 2, 3, 4)]
    assert sorted(org for shard in shards for org in shard) == sorted(orgs)
    assert all(30 < len(shard) < 70 for shard in shards)
    assert Shard(2, 4).has("https://acme.okta.com")  # a figure that must never change


def test_the_shards_of_a_fleet_together_are_the_fleet(simulated: Start, tmp_path: Path) -> None:
    tool = simulated(tenants=6, orgs=3)
    whole = tool.run("audit", "--output", "json")
    files = [tmp_path / f"{n}.json" for n in (1, 2)]
    for number, file in enumerate(files, 1):
        tool.run("audit", "--shard", f"{number}/2", "--output", f"json={file}")
    parts = [{t["tenant"] for t in json.loads(file.read_text())["tenants"]} for file in files]
    assert parts[0].isdisjoint(parts[1])

    tool.capsys.readouterr()
    code = cli.run(["merge", *map(str, files)])
    report = json.loads(tool.capsys.readouterr().out)

    assert code == report["exit_code"] == whole.code == 2
    assert report["counts"] == whole.json["counts"]
    assert sorted(t["tenant"] for t in report["tenants"]) == sorted(
        t["tenant"] for t in whole.json["tenants"]
    )


def test_a_shard_without_tenants_is_done_at_once(simulated: Start) -> None:
    tool = simulated()
    codes = [tool.run("audit", "--shard", f"{n}/2", "--output", "json") for n in (1, 2)]
    assert sorted(len(came.json["tenants"]) for came in codes) == [0, 1]
    assert 0 in [came.code for came in codes]


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "a/b", "1/0"])
def test_a_shard_that_cannot_be_is_wrong_usage(simulated: Start, shard: str) -> None:
    assert simulated().run("audit", "--shard", shard).code == 64


def report(*names: str, **other: Any) -> dict[str, Any]:
    return {
        "version": 2,
        "verb": "audit",
        "fail_on": "low",
        "made": "2026-11-25T08:00:00+00:00",
        "exit_code": 0,
        "counts": {"tenants": len(names)},
        "tenants": [{"tenant": name} for name in names],
    } | other


@pytest.mark.parametrize(
    ("second", "wrong"),
    [
        (report("b", verb="plan"), "differ in verb: audit, plan"),
        (report("b", fail_on="high"), "differ in fail_on: high, low"),
        (report("b", version=1), "isn't a report of version 2"),
        (report("a"), "a came out in two reports"),
    ],
)
def test_reports_that_do_not_belong_together_are_not_merged(
    second: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(UsageError, match=wrong):
        merged([report("a"), second], ["1.json", "2.json"])


@pytest.mark.parametrize(
    ("codes", "code"), [([0, 2], 2), ([2, 3], 3), ([3, 1], 1), ([1, 4], 4), ([4, 70], 70), ([], 0)]
)
def test_the_exit_code_of_all_is_the_first_that_applies(codes: list[int], code: int) -> None:
    assert exit_code(codes) == code


# -- executors


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
