"""A crew of threads in this process, and what there is for it to do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from tool import Tool

from okta_scim_setup.cli._crew import Crew
from okta_scim_setup.cli._dispatch import Dispatch, Overview
from okta_scim_setup.cli._order import Came, Order, by_org, carry_out
from okta_scim_setup.cli._progress import Waits
from okta_scim_setup.cli._together import Asked
from okta_scim_setup.config import load_config
from okta_scim_setup.results import Severity


class Hands:
    """A crew of threads in this process."""

    where = trouble = "hands here"
    gone = False

    def __init__(self, number: int) -> None:
        self.number = number
        self.began: list[Order] = []
        self.at_once = 0
        self._under_way: list[Future[Came]] = []
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(number or 1)

    def room(self) -> int:
        return self.number

    def submit(self, order: Order) -> Future[Came]:
        self.began.append(order)
        self._under_way.append(self._pool.submit(carry_out, order, self._stopping))
        self.at_once = max(self.at_once, sum(not each.done() for each in self._under_way))
        return self._under_way[-1]

    def stop(self) -> None:
        self._stopping.set()

    def abandon(self, tenants: Sequence[str]) -> str:
        return ""


def orders(tool: Tool, *arguments: str) -> list[Order]:
    tenants = load_config(tool.config).tenants
    line = (*arguments, "--config", str(tool.config))
    return [Order(tuple(names), line) for names in by_org(tenants)]


def overview(given: list[Order], say: Callable[[str], object] = lambda _: None) -> Overview:
    return Overview(sum(len(order.tenants) for order in given), Waits(say=say))


def dispatch(given: list[Order], crew: Crew, **how: Any) -> Dispatch:
    return Dispatch(crew, given, overview(given), **how)


def asked(tool: Tool, verb: str) -> Asked:
    tenants = load_config(tool.config).tenants
    return Asked(verb, tenants, [t.name for t in tenants], None, Severity.LOW, "their logs")
