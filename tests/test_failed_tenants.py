"""How tenants that failed are counted: for --max-failures, and in the last line."""

from __future__ import annotations

from collections.abc import Callable

from tool import Tool

Start = Callable[..., Tool]


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
