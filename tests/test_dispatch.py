"""Orders given to a crew: who gets which tenants, when no more are begun, and what is put together.

The crew here are threads of this process; what they do they do as any other would.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import click
import pytest
from crews import Hands, asked, dispatch, orders, overview
from tool import Tool

from okta_scim_setup.cli import _dispatch
from okta_scim_setup.cli._dispatch import Dispatch
from okta_scim_setup.cli._options import Options, options, org_of, running
from okta_scim_setup.cli._order import Came, Order, dealt
from okta_scim_setup.cli._part import Sight
from okta_scim_setup.cli._together import together
from okta_scim_setup.config import load_config
from okta_scim_setup.errors import SetupError

Start = Callable[..., Tool]

SOON = 60.0
"""Seconds after which something that should have happened won't."""


# -- who gets what


def test_tenants_on_one_org_are_in_one_order(simulated: Start) -> None:
    tool = simulated(tenants=6, orgs=3)
    given = [order.tenants for order in orders(tool, "audit")]
    orgs = {tenant.name: org_of(tenant) for tenant in load_config(tool.config).tenants}
    assert [len(names) for names in given] == [2, 2, 2]
    assert all(len({orgs[name] for name in names}) == 1 for names in given)


def test_whole_orgs_are_dealt_the_largest_first() -> None:
    sizes = {"a": 1, "b": 5, "c": 2, "d": 3, "e": 1}
    orgs = [[f"{org}{n}" for n in range(size)] for org, size in sizes.items()]
    hands = dealt(orgs, 2)
    assert [sorted({name[0] for name in hand}) for hand in hands] == [["a", "b"], ["c", "d", "e"]]
    assert [len(hand) for hand in hands] == [6, 6]
    assert len(dealt(orgs, 9)) == 5


def test_an_order_is_carried_out_as_a_run_of_its_own(simulated: Start) -> None:
    tool = simulated(tenants=4, orgs=2)
    ended = dispatch(orders(tool, "audit"), Hands(2)).run()
    assert [each.fate for each in ended] == ["came", "came"]
    assert [each.came.code for each in ended if each.came] == [2, 2]
    found = [each.came.report for each in ended if each.came]
    assert [len(report["tenants"]) for report in found if report] == [2, 2]
    assert not [request for request in tool.simulator.requests() if request["status"] == 429]


def test_no_order_is_given_to_a_crew_without_a_hand_free(simulated: Start) -> None:
    tool = simulated(tenants=4, orgs=4)
    crew = Hands(2)
    dispatch(orders(tool, "plan"), crew).run()
    assert len(crew.began) == 4
    assert crew.at_once <= 2


@pytest.mark.parametrize(
    "given",
    [
        ("--allow-host", "okta.acme.example"),
        ("--allow-cmd",),
        ("--allow-outside",),
        ("--workers", "3"),
        ("-v",),
        ("--journal", "/var/lib/journals"),
    ],
)
def test_options_are_passed_on(given: tuple[str, ...]) -> None:
    assert options_of(*given).passed_on() == given


def options_of(*words: str) -> Options:
    """What a verb makes of its options."""
    found: list[Options] = []

    @click.command()
    @running
    def command(**given: Any) -> None:
        found.append(options(given))

    command.main(list(words), standalone_mode=False)
    return found[0]


# -- enough failures


def spoil(tool: Tool) -> None:
    """No tenant's dbt token is any good."""
    for file in (tool.config.parent / "secrets").glob("dbt-*.token"):
        file.write_text("dbts_wrong_wrong")


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_tenants_fail_than_may(simulated: Start, most: int) -> None:
    tool, crew = simulated(tenants=7, orgs=7), Hands(7)
    spoil(tool)
    ended = dispatch(orders(tool, "audit"), crew, most=most).run()
    assert len(crew.began) == most
    assert [each.fate for each in ended].count("not tried") == 7 - most
    report, text = together(asked(tool, "audit"), ended, "In 1.0 s")
    assert report["exit_code"] == 1
    assert report["counts"]["not_tried"] == 7 - most
    assert f"{7 - most} not tried" in text


def test_each_order_has_its_share_of_the_failures_that_are_left(simulated: Start) -> None:
    tool, crew = simulated(tenants=6, orgs=2), Hands(2)
    dispatch(orders(tool, "plan"), crew, most=3).run()
    assert [order.most for order in crew.began] == [1, 2]
    assert crew.began[0].words()[-2:] == ["--max-failures", "1"]


# -- how far it is


def test_the_view_names_who_is_under_way_and_what_is_waited_for() -> None:
    given = [Order((f"a{n}", f"b{n}"), ("plan",)) for n in range(3)]
    shown = overview(given)
    shown.order_begins(given[0])
    shown.order_begins(given[1])
    assert shown.lines() == ["0 of 6 tenants, 4 running", "running: a0, b0, a1, b1"]
    shown.order_ends(given[0], 1)
    assert shown.lines()[1] == "running: a1, b1"
    assert shown.headline().startswith("2 of 6 tenants, 1 failed")
    shown.seen(given[1], Sight(1, 0, ("b1",), {("acme.okta.com", "/api/v1/apps"): 31.2}))
    assert shown.headline().startswith("3 of 6 tenants, 1 failed")
    assert shown.lines()[1:] == ["running: b1", "waiting for acme.okta.com (/api/v1/apps): 31 s"]


def ticking(seconds: float) -> Callable[[], float]:
    """A clock that is *seconds* on at each look."""
    now = [0.0]

    def look() -> float:
        now[0] += seconds
        return now[0]

    return look


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking again takes no time."""
    monkeypatch.setattr(_dispatch, "LOOK_UP", 0.0)


@pytest.mark.usefixtures("_at_once")
def test_where_nobody_is_there_it_is_said_at_once_and_given_up_after_a_minute() -> None:
    said: list[str] = []
    given = [Order(("acme",), ("plan",))]
    waiting = Dispatch(Hands(0), given, overview(given, said.append), clock=ticking(5.0))
    with pytest.raises(SetupError, match="nobody came to do it: there are no hands here"):
        waiting.run()
    assert said == ["waiting for hands here"] * 7
    assert "waiting for hands here" in waiting.overview.headline()


class Deserters(Hands):
    """A crew that is gone for good once it has begun."""

    def submit(self, order: Order) -> Future[Came]:
        self.number = 0
        return Future()


@pytest.mark.usefixtures("_at_once")
def test_who_is_gone_for_good_is_not_waited_for_for_ever() -> None:
    given = [Order(("acme",), ("plan",)), Order(("globex",), ("plan",))]
    ended = dispatch(given, Deserters(1), clock=ticking(5.0)).run()
    assert [each.fate for each in ended] == ["lost", "left over"]
    assert ended[0].why == ended[1].why == "there are no hands here any more"


@pytest.mark.usefixtures("_at_once")
def test_who_can_never_come_again_is_not_waited_for() -> None:
    crew = Deserters(1)
    crew.gone = True
    given = [Order(("acme",), ("plan",)), Order(("globex",), ("plan",))]
    ended = dispatch(given, crew).run()
    assert [each.fate for each in ended] == ["lost", "left over"]


class Refusers(Hands):
    """A crew that takes no order."""

    def submit(self, order: Order) -> Future[Came]:
        raise RuntimeError("the scheduler is gone")


def test_what_cannot_be_given_to_anybody_is_lost() -> None:
    ended = dispatch([Order(("acme",), ("plan",))], Refusers(1)).run()
    assert [(each.fate, each.why) for each in ended] == [
        ("lost", "RuntimeError: the scheduler is gone")
    ]
