"""Orders that are lost, refused or stopped: what is said of their tenants, and what others keep."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from crews import Hands, asked, dispatch, orders
from interrupting import minting, wait_for
from tool import Tool

from okta_scim_setup.cli import _dispatch
from okta_scim_setup.cli._order import Came, Order
from okta_scim_setup.cli._together import together
from okta_scim_setup.report import shape

Start = Callable[..., Tool]

SOON = 60.0
"""Seconds after which something that should have happened won't."""


class Losers(Hands):
    """A crew that loses every order but the first."""

    def submit(self, order: Order) -> Future[Came]:
        if not self.began:
            return super().submit(order)
        lost: Future[Came] = Future()
        lost.set_exception(RuntimeError("the worker is gone"))
        return lost


@pytest.mark.parametrize("verb", ["plan", "audit", "apply"])
def test_a_lost_order_is_its_own_tenants_failure(simulated: Start, verb: str) -> None:
    tool = simulated(tenants=3, orgs=3)
    yes = ["--yes"] if verb == "apply" else []
    ended = dispatch(orders(tool, verb, *yes), Losers(1)).run()

    report, text = together(asked(tool, verb), ended, "In 1.0 s")

    assert shape.misfit(report) == ""
    assert report["exit_code"] == 1
    first, *others = report["tenants"]
    assert [tenant["state"] for tenant in others] == ["unreadable", "unreadable"]
    assert first["state"] == {"plan": "to-change", "audit": "drifted", "apply": "done"}[verb]
    known = "some of it may have been done" if verb == "apply" else "nothing is known of it"
    assert f"globex: the worker was lost: {known}" in text
    assert "but      RuntimeError: the worker is gone" in text
    assert "2 unreadable" in text
    assert [f["id"] for f in others[0]["findings"]] == (["AUD910"] if verb == "audit" else [])


def test_what_is_no_report_of_this_version_is_its_orders_failure() -> None:
    order = Order(("acme",), ("plan",))
    ended = _dispatch._what_came(order, Came(order, 0, "", {"version": 3}))
    assert ended.fate == "lost"
    assert ended.why.startswith("its report is of another version of this tool: ")


def test_who_could_do_nothing_is_its_tenants_failure(simulated: Start) -> None:
    """Its config isn't there."""
    tool = simulated(tenants=2, orgs=2)
    given = orders(tool, "plan")
    given[1] = Order(given[1].tenants, ("plan", "--config", "nowhere.yaml"))
    ended = dispatch(given, Hands(2)).run()
    assert [each.fate for each in ended] == ["came", "lost"]
    assert ended[1].why == "it ended with exit code 1 and no report"


def test_after_a_stop_nothing_is_begun_and_what_goes_on_finishes_what_it_must(
    simulated: Start,
) -> None:
    tool = simulated(tenants=3, orgs=3, latency="even", limits="relaxed")
    given = dispatch(orders(tool, "apply", "--yes"), Hands(1))
    with ThreadPoolExecutor(1) as other:
        running = other.submit(given.run)
        wait_for(lambda: minting(tool))
        given.stopped = True
        ended = running.result(SOON)

    assert [each.fate for each in ended] == ["came", "not begun", "not begun"]
    report, text = together(asked(tool, "apply"), ended, "In 1.0 s")
    assert report["exit_code"] == 130
    assert [tenant["state"] for tenant in report["tenants"]] == ["interrupted"] * 3
    assert "acme: interrupted after" in text
    assert "globex, initech: interrupted before anything was written" in text
    assert len(tool.account(0)["tokens"]) == 1
    assert tool.app(0)["token_id"] is not None


def test_an_order_that_comes_after_the_stop_is_not_begun(simulated: Start) -> None:
    tool, crew = simulated(), Hands(1)
    crew.stop()
    ended = dispatch(orders(tool, "apply", "--yes"), crew).run()
    assert [each.fate for each in ended] == ["interrupted"]
    assert tool.simulator.requests() == []
