"""Orders given to a crew: no more than it has hands for, none after a stop or enough failures."""

from __future__ import annotations

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from okta_scim_setup.cli import INTERRUPTED, _process
from okta_scim_setup.cli._crew import Crew
from okta_scim_setup.cli._order import Came, Order
from okta_scim_setup.cli._part import Sight
from okta_scim_setup.cli._process import STOPPING
from okta_scim_setup.cli._progress import SELDOM, Progress
from okta_scim_setup.engine import LOOK_UP
from okta_scim_setup.errors import SetupError
from okta_scim_setup.report.shape import misfit

PATIENCE = 60.0
"""Seconds during which nobody may be there to carry anything out."""

Fate = Literal["came", "interrupted", "lost", "not begun", "not tried", "left over"]
"""*lost*: it was begun; *left over*: there was nobody any more who could begin it."""


@dataclass(frozen=True)
class Ended:
    """What became of an order."""

    order: Order
    fate: Fate
    came: Came | None = None
    """What came of it; with a report if and only if its fate is *came*."""
    why: str = ""


@dataclass
class Overview(Progress):
    """How far all orders are together."""

    absent: str = ""
    """Who is waited for."""
    _done: int = 0
    _failed: int = 0
    _sights: dict[Order, Sight] = field(default_factory=dict)

    def seen(self, order: Order, sight: Sight) -> None:
        """Learn how far an order is; of one that has ended nothing more is learnt."""
        with self._lock:
            if order in self._sights:
                self._sights[order] = sight
                self._recount()
        for (host, bucket), seconds in sight.waits.items():
            self.waits.tell(host, bucket, seconds)

    def order_begins(self, order: Order) -> None:
        """Somebody carries it out; until more is known all its tenants are under way."""
        with self._lock:
            self._sights[order] = Sight(0, 0, order.tenants, {})
            self._recount()

    def order_ends(self, order: Order, failed: int) -> None:
        """All of its tenants are done."""
        with self._lock:
            self._sights.pop(order, None)
            self._done += len(order.tenants)
            self._failed += failed
            self._recount()

    def headline(self) -> str:
        """With how many are under way: elsewhere than on a terminal nobody sees who."""
        running = f", {len(self.running)} running" if self.running else ""
        waiting = f", waiting for {self.absent}" if self.absent else ""
        return super().headline() + running + waiting

    def _recount(self) -> None:
        sights = self._sights.values()
        self.done = self._done + sum(each.done for each in sights)
        self.failed = self._failed + sum(each.failed for each in sights)
        self.running = dict.fromkeys(name for each in sights for name in each.running)


@dataclass
class Dispatch:
    """Orders, and what became of each."""

    crew: Crew
    orders: Sequence[Order]
    overview: Overview
    most: int | None = None
    """After how many failed tenants nothing further is begun."""
    patience: float = field(default_factory=lambda: PATIENCE)
    clock: Callable[[], float] = time.monotonic
    stopped: bool = False
    """Whether nothing further is to be begun; a signal's handler may set it."""
    _ended: dict[Order, Ended] = field(default_factory=dict)
    _under_way: dict[Future[Came], Order] = field(default_factory=dict)
    _failures: int = 0
    _told: bool = False
    _absent_since: float | None = None
    _absence_said: float = 0.0

    def __post_init__(self) -> None:
        self._waiting = deque(self.orders)

    @property
    def under_way(self) -> tuple[Order, ...]:
        """Those that are being carried out."""
        return tuple(self._under_way.values())

    def run(self) -> list[Ended]:
        """Have all carried out, as far as may be; what became of each, in their order.

        Raises:
            SetupError: nobody came to carry out any.
        """
        while self._waiting or self._under_way:
            room = self.crew.room()
            self._pass_on_a_stop()
            if self._deserted(room):
                break
            while len(self._under_way) < room and (order := self._next()):
                self._begin(order)
            if self._under_way:
                for future in wait(self._under_way, LOOK_UP, FIRST_COMPLETED).done:
                    self._end(future)
            elif room or self.stopped:
                break
            else:
                time.sleep(LOOK_UP)
        for order in self._waiting:
            self._ended[order] = self._left(order)
        return [self._ended[order] for order in self.orders]

    def _pass_on_a_stop(self) -> None:
        if self.stopped and not self._told:
            self._told = True
            self.crew.stop()

    def _next(self) -> Order | None:
        """The next to begin, with its share of the failures that are left; None: none for now.

        What is under way may fail up to its share, so all together never fail more often.
        """
        if not self._waiting or self.stopped:
            return None
        if self.most is None:
            return self._waiting.popleft()
        left = self.most - self._failures - sum(each.most or 0 for each in self.under_way)
        if left < 1:
            return None
        share = max(1, left // len(self._waiting))
        return replace(self._waiting.popleft(), most=share)

    def _begin(self, order: Order) -> None:
        self.overview.order_begins(order)
        try:
            self._under_way[self.crew.submit(order)] = order
        except Exception as error:  # noqa: BLE001 -- as when its end is looked at
            self._note(Ended(order, "lost", why=_told(error)))

    def _end(self, future: Future[Came]) -> None:
        order = self._under_way.pop(future)
        try:
            ended = _what_came(order, future.result())
        except Exception as error:  # noqa: BLE001 -- whatever a crew raises, one order alone is lost
            ended = Ended(order, "lost", why=_told(error))
        self._note(ended)

    def _note(self, ended: Ended) -> None:
        order = ended.order
        failed = len(order.tenants) if ended.fate == "lost" else 0
        if ended.came and ended.came.report:
            failed = int(ended.came.report["counts"]["failed"])
        self._failures += failed
        self.overview.order_ends(order, failed)
        self._ended[replace(order, most=None)] = ended

    def _deserted(self, room: int) -> bool:
        """Whether nobody is there, and hasn't been for too long.

        Raises:
            SetupError: nobody ever was.
        """
        now = self.clock()
        if room:
            self._absent_since, self.overview.absent = None, ""
            return False
        if self._absent_since is None:
            self._absent_since, self._absence_said = now, now - SELDOM
        if now - self._absence_said >= SELDOM:
            self._absence_said, self.overview.absent = now, self.crew.where
            self.overview.waits.say(f"waiting for {self.crew.where}")
        if now - self._absent_since < self.patience and not self.crew.gone:
            return False
        if not self._under_way and not self._ended:
            raise SetupError(
                f"nobody came to do it: there are no {self.crew.where}",
                ("but", f"they were waited for {self.patience:.0f} s; nothing was begun"),
                ("do", "start some there, then run the same command again"),
            )
        self.crew.stop()
        for future, order in list(self._under_way.items()):
            future.cancel()
            del self._under_way[future]
            self._note(Ended(order, "lost", why=f"there are no {self.crew.where} any more"))
        return True

    def _left(self, order: Order) -> Ended:
        if self.stopped:
            return Ended(order, "not begun")
        if self.most is not None and self._failures >= self.most:
            return Ended(order, "not tried")
        return Ended(order, "left over", why=f"there are no {self.crew.where} any more")


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _what_came(order: Order, came: Came) -> Ended:
    if came.report is None:
        if came.code == INTERRUPTED:
            return Ended(order, "interrupted", came)
        return Ended(order, "lost", came, f"it ended with exit code {came.code} and no report")
    if why := misfit(came.report):
        return Ended(order, "lost", why=f"its report is of another version of this tool: {why}")
    return Ended(order, "came", came)


@contextmanager
def stopped_by_signals(dispatch: Dispatch) -> Iterator[None]:
    """The first signal stops it, in its own time; a second one breaks in."""

    def end(_number: int, _frame: object) -> None:
        if dispatch.stopped:
            raise KeyboardInterrupt
        dispatch.stopped = True
        _process.tell(STOPPING)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup stays nohup
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
