"""The view of a run on a terminal: what stays when it is gone, and where lines are told instead."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import paper
import pytest
from pseudo_terminal import terminal
from tool import Tool

Start = Callable[..., Tool]

VIEW = ("running: ", " of 6 tenants", "waiting for ")
"""What lines of the view have in them."""


@pytest.mark.parametrize("columns", [80, 40])
def test_nothing_of_the_view_stays_and_nothing_runs_into_it(simulated: Start, columns: int) -> None:
    tool = simulated(6, orgs=2)
    with terminal(tool, "apply", "--yes", "--no-wait", "-v", eager=True, columns=columns) as screen:
        assert screen.code() == 3
    assert "running: " in screen.printed
    left = paper.lines(screen.printed, columns)
    assert [line for line in left if any(part in line for part in VIEW)] == []
    names = ("acme", "globex", "initech", "tenant-4", "tenant-5", "tenant-6")
    assert sorted(line for line in left if line in names) == sorted(names)
    assert "6 tenants: 0 in sync, 5 changed" in " ".join(left)


def test_that_a_run_stops_is_seen_though_the_view_is_up(simulated: Start) -> None:
    tool = simulated(2)
    tool.simulator.add_fault(".*", "hang", times=99)
    with terminal(tool, "apply", "--yes", "--no-wait", eager=True) as screen:
        screen.until("running: acme, globex")
        screen.type("\x03")
        screen.until("stopping: ")
        screen.until("running: acme, globex")
        screen.type("\x03")

        assert screen.code() == 130
    left = paper.lines(screen.printed)
    assert "stopping: what would be left half done is finished; again: at once" in left
    assert not [line for line in left if "running: " in line]


@pytest.mark.parametrize("variable", [{"TERM": "dumb"}, {"CI": "true"}], ids=str)
def test_where_no_view_can_be_drawn_lines_tell_how_far_it_is(
    simulated: Start, variable: dict[str, str]
) -> None:
    tool = simulated(2)
    tool.simulator.add_fault(".*", "hang", times=99)
    with terminal(tool, "plan", eager=True, **variable) as screen:
        screen.until("0 of 2 tenants\r\n")
        screen.type("\x03")
        screen.until("stopping: what was read is reported")

        assert screen.code() == 130
    assert "\x1b[1A" not in screen.printed
    assert "\x1b[2K" not in screen.printed


def test_a_terminal_that_is_closed_while_the_view_is_up_takes_no_report_with_it(
    simulated: Start, tmp_path: Path
) -> None:
    tool, file = simulated(2), tmp_path / "rep.json"
    tool.simulator.add_fault(".*", "hang", tenant="globex", times=99)
    with terminal(tool, "audit", "--output", f"json={file}", eager=True) as screen:
        screen.until("1 of 2 tenants")
        screen.hang_up()

        assert screen.ended() == 130
    states = [tenant["state"] for tenant in json.loads(file.read_text())["tenants"]]
    assert states == ["drifted", "interrupted"]
