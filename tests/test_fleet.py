"""Many tenants side by side: whose turn it is, how far it is, and what an interrupt leaves."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from interrupting import minting, wait_for
from tool import Tool

from okta_scim_setup import fleet
from okta_scim_setup.cli import _progress, _session
from okta_scim_setup.cli._options import Output
from okta_scim_setup.cli._progress import Progress, Waits, span
from okta_scim_setup.cli._stream import Stream
from okta_scim_setup.fleet import Line
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report.content import Content
from okta_scim_setup.simulator.dispatch import Dispatch
from okta_scim_setup.simulator.message import Request as Message
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.traffic.turns import WHOSE
from okta_scim_setup.transport import Answer, Request, Transport

Start = Callable[..., Tool]

SOON = 60.0
"""Seconds after which something that should have happened won't."""


def test_the_org_of_which_the_fewest_are_under_way_comes_next() -> None:
    line = Line.of(["a", "a", "a", "b", "c"])
    begun = [line.next() for _ in range(3)]
    assert begun == [(0, "a"), (3, "b"), (4, "c")]
    line.done("a")
    assert [line.next() for _ in range(3)] == [(1, "a"), (2, "a"), None]


@pytest.mark.parametrize(
    ("orgs", "reading", "writing"),
    [(0, 4, 4), (1, 4, 4), (10, 40, 40), (40, 160, 128), (100, 192, 128), (200, 200, 200)],
)
def test_by_default_orgs_decide_how_many_tenants_are_worked_on(
    orgs: int, reading: int, writing: int
) -> None:
    assert fleet.workers(orgs, read_only=True) == reading
    assert fleet.workers(orgs, read_only=False) == writing


@pytest.mark.parametrize(("tenants", "calls"), [(1, 4), (40, 4), (63, 4), (64, 2), (256, 2)])
def test_a_tenant_among_many_makes_fewer_calls_at_once(tenants: int, calls: int) -> None:
    assert fleet.calls(tenants) == calls


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        ("plan", {"auth-provider", "groups", "ip-restrictions"}),
        ("audit", {"users", "license-maps"}),
    ],
)
def test_what_is_read_of_an_account_in_any_case_is_asked_for_before_the_app_is_found(
    set_up_already: Start, monkeypatch: pytest.MonkeyPatch, verb: str, asked: set[str]
) -> None:
    tool, usual = set_up_already(), Dispatch.__call__
    seen, all_seen, waited = set[str](), threading.Event(), list[bool]()

    def answer(dispatch: Dispatch, request: Message, port: int) -> Response:
        seen.add(request.path.rstrip("/").rpartition("/")[2])
        if asked <= seen:
            all_seen.set()
        if request.path == "/api/v1/apps":  # isn't answered until the account was asked
            waited.append(all_seen.wait(SOON))
        return usual(dispatch, request, port)

    monkeypatch.setattr(Dispatch, "__call__", answer)
    came = tool.run(verb)

    assert came.code == 0
    assert waited == [True]


def test_a_tenant_that_takes_long_keeps_no_other_from_being_done_and_told() -> None:
    others_done = threading.Event()
    came: list[tuple[int, str]] = []

    def work(name: str) -> str:
        if name == "long":
            assert others_done.wait(SOON)
        return name

    with ThreadPoolExecutor(2) as pool:
        for index, result in fleet.side_by_side(
            ["long", *"abc"], work, executor=pool, at_once=2, org_of=str
        ):
            came.append((index, result))
            if len(came) == 3:
                others_done.set()
    assert sorted(came) == [(0, "long"), (1, "a"), (2, "b"), (3, "c")]
    assert came[-1] == (0, "long")


def test_no_tenant_takes_anothers_requests_for_a_second_trial_of_its_own(
    simulated: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a token's trial that was repeated would have to wait for: a clock that ticks."""
    tool, slept = simulated(2), [0.0]
    monkeypatch.setattr(_session, "Transport", lambda **how: Transport(sleep=slept.append, **how))

    assert tool.run("apply", "--yes", "--workers", "2").code == 0

    assert max(slept) < 1


def test_whatever_is_asked_for_side_by_side_is_asked_for_its_tenant(
    simulated: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a tenant with many requests would keep one with few waiting."""
    asked: list[tuple[str, int]] = []

    class Noting(Transport):
        def send(self, request: Request) -> Answer:
            asked.append((WHOSE.get(), threading.get_ident()))
            return super().send(request)

    tool = simulated(2)
    monkeypatch.setattr(_session, "Transport", Noting)
    tool.run("audit")

    assert {name for name, _ in asked} == {"acme", "globex"}
    assert len({thread for name, thread in asked if name == "acme"}) > 2


def test_no_more_tenants_are_begun_than_there_are_workers() -> None:
    lock, under_way, most = threading.Lock(), [0], [0]

    def work(_number: int) -> None:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.001)
        with lock:
            under_way[0] -= 1

    with ThreadPoolExecutor(16) as pool:
        list(fleet.side_by_side(range(50), work, executor=pool, at_once=3, org_of=str))
    assert most[0] <= 3


def test_what_is_said_of_a_tenant_is_said_in_one_piece(simulated: Start) -> None:
    tool = simulated(tenants=2, orgs=1)
    lines = tool.run("apply", "--yes", "--workers", "2").out.splitlines()
    for name in ("acme", "globex"):
        own = lines[lines.index(name) + 1 :]
        said = own[: next(n for n, line in enumerate(own) if not line.startswith("  "))]
        assert len(said) == 13
        assert not [line for line in said if ("globex" if name == "acme" else "acme") in line]


def test_results_are_in_the_tenants_order_whoever_was_first(simulated: Start) -> None:
    tool = simulated(tenants=6, orgs=2)
    report = tool.run("apply", "--yes", "--output", "json", "--workers", "6").json
    names = [tenant["tenant"] for tenant in report["tenants"]]
    assert names == ["acme", "globex", "initech", "tenant-4", "tenant-5", "tenant-6"]


def test_no_further_tenant_is_applied_after_so_many_failures(simulated: Start) -> None:
    tool = simulated(tenants=2, orgs=1)
    tool.simulator.add_fault("/scim-config/", "status:403", method="POST", times=99)
    report = tool.run(
        "apply", "--yes", "--output", "json", "--workers", "1", "--max-failures", "1"
    ).json
    first, second = report["tenants"]
    assert first["outcomes"][0]["status"] == "failed"
    assert "not tried: enough others failed" in str(second)


@pytest.mark.parametrize("workers", [pytest.param("1", marks=pytest.mark.nightly), "2"])
def test_an_interrupted_apply_hands_over_what_it_made_and_says_how_far_it_came(
    simulated: Start, workers: str
) -> None:
    tool = simulated(tenants=2, latency="even", limits="relaxed")
    command = [sys.executable, "-m", "okta_scim_setup", "apply", "--yes", "--workers", workers]
    process = subprocess.Popen(  # noqa: S603 -- our own command
        [*command, "--config", tool.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    wait_for(lambda: minting(tool))
    process.send_signal(signal.SIGINT)
    out, said = (each.decode() for each in process.communicate(timeout=SOON))

    assert process.returncode == 130
    assert "stopping: what would be left half done is finished" in said
    assert "interrupted: run the same command again" in said
    assert "interrupted after 3 of 8 changes" in out
    made = [len(tool.account(tenant)["tokens"]) for tenant in (0, 1)]
    held = [tool.app(tenant)["token_id"] is not None for tenant in (0, 1)]
    assert made == [int(each) for each in held]
    assert any(held)
    assert ("interrupted before anything was written" in out) is (workers == "1")
    tool.simulator.clock.speed_up(1000)
    assert tool.run("apply", "--yes").code == 0
    assert [len(tool.account(tenant)["tokens"]) for tenant in (0, 1)] == [1, 1]


def test_a_second_interrupt_ends_even_what_was_to_be_finished(simulated: Start) -> None:
    tool = simulated()
    tool.simulator.add_fault("connections/default", "hang", method="POST")
    command = [sys.executable, "-m", "okta_scim_setup", "apply", "--yes"]
    process = subprocess.Popen(  # noqa: S603 -- our own command
        [*command, "--config", tool.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    wait_for(lambda: any("activate=true" in r["path"] for r in tool.simulator.requests()))
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while b"stopping" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"interrupted after 2 of 8 changes" in out


# -- reports that are written as the run goes on


def content(results: list[TenantResult]) -> Content:
    return Content("audit", results, 0, datetime.now(UTC))


def test_a_tenants_line_is_written_when_it_is_done_and_again_only_if_it_changed(
    tmp_path: Path,
) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_text("of the run before\n")
    stream = Stream.of([Output("jsonl", file), Output("json", None)], str)
    acme, globex = TenantResult("acme"), TenantResult("globex")
    stream.tell(acme)
    assert [json.loads(line)["tenant"] for line in file.read_text().splitlines()] == ["acme"]
    refused = TenantResult("acme", refused=True)
    stream.end(content([refused, globex]))
    *lines, last = map(json.loads, file.read_text().splitlines())
    assert [(line["tenant"], line["state"]) for line in lines] == [
        ("acme", "done"),
        ("acme", "refused"),
        ("globex", "done"),
    ]
    assert last["counts"]["tenants"] == 2
    assert "tenants" not in last


def test_a_line_holds_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    stream = Stream.of([Output("jsonl", file)], lambda text: text.replace("s3cr3t", "***"))
    stream.tell(TenantResult("s3cr3t"))
    assert "s3cr3t" not in file.read_text()
    assert "***" in file.read_text()


# -- progress


def progress(**how: Any) -> Progress:
    return Progress(10, Waits(say=lambda _: None), **how)


def test_the_headline_counts_and_says_how_long_it_may_take() -> None:
    now = [0.0]
    shown = progress(clock=lambda: now[0])
    assert shown.headline() == "0 of 10 tenants"
    for name in "abcd":
        shown.begins(name)
        shown.ends(name, failed=name == "d")
    now[0] = 60.0
    assert shown.headline() == "4 of 10 tenants, 1 failed, about 1 min 30 s left"


def test_a_run_is_not_about_to_end_while_it_waits_for_a_limit() -> None:
    now = [0.0]
    shown = progress(clock=lambda: now[0])
    for number in range(9):
        shown.begins(str(number))
        shown.ends(str(number), failed=False)
    now[0] = 9.0
    assert shown.headline() == "9 of 10 tenants, about 1.0 s left"
    shown.waits.tell("org.okta.com", "/api/v1/apps", 3_650.0)
    assert shown.headline() == "9 of 10 tenants, about 1 h 00 min left"


def test_the_view_names_who_is_under_way_and_what_is_waited_for() -> None:
    shown = progress()
    for name in "abcdef":
        shown.begins(name)
    shown.waits.tell("acme.okta.com", "/api/v1/apps", 31.2)
    _, running, waiting = shown.lines()
    assert running == "running: a, b, c, d and 2 more"
    assert waiting == "waiting for acme.okta.com (/api/v1/apps): 31 s"


def test_a_wait_is_told_once_for_all_who_wait_for_the_same() -> None:
    told: list[str] = []
    waits = Waits(say=told.append)
    for _ in range(3):
        waits.tell("acme.okta.com", "/api/v1/apps", 31.2)
    waits.tell("acme.okta.com", "/api/v1/groups", 2)
    assert told == [
        "waiting 31 s for acme.okta.com (/api/v1/apps)",
        "waiting 2 s for acme.okta.com (/api/v1/groups)",
    ]


def test_where_there_is_no_terminal_a_line_is_told_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_progress, "SELDOM", 0.01)
    shown = progress()
    with _progress.shown(shown):
        shown.begins("a")
        shown.ends("a", failed=False)
        wait_for(lambda: "1 of 10 tenants" in said(capsys, kept))
    assert all(line.startswith(("0 of 10", "1 of 10")) for line in "".join(kept).splitlines())
    kept.clear()


kept: list[str] = []


def said(capsys: pytest.CaptureFixture[str], so_far: list[str]) -> str:
    so_far.append(capsys.readouterr().err)
    return "".join(so_far)


class Terminal(io.StringIO):
    """stderr, where it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_view_is_live_and_takes_the_waits_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_progress, "SLOW", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    told: list[str] = []
    shown = Progress(10, Waits(say=told.append))
    with _progress.shown(shown):
        shown.begins("acme")
        shown.waits.tell("acme.okta.com", "/api/v1/apps", 31.2)
        wait_for(lambda: "waiting for acme.okta.com" in terminal.getvalue())
    assert "running: acme" in terminal.getvalue()
    assert told == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(1.25, "1.2 s"), (61, "1 min 01 s"), (7380, "2 h 03 min")]
)
def test_spans_are_said_as_people_do(seconds: float, text: str) -> None:
    assert span(seconds) == text
