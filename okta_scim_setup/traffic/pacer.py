"""One scheduler of a run's calls: per org and bucket, per account, shared by all its threads.

One lock keeps the count of what is under way; what decides is `pacing`, and `turns` who goes first.
Who waits for an answer is woken by those of the same host alone.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from okta_scim_setup.traffic.exchange import Terms
from okta_scim_setup.traffic.pacing import ROUNDING, Key, Window, ready_in, too_many_at_once
from okta_scim_setup.traffic.turns import Queue, Turn

MINUTE = 60.0
"""Seconds of a window that is counted here."""

CALLS_BEFORE_ONE_MORE = 16
"""After a refusal for too many calls at once, so many have to be answered for each further one."""

AGAIN = 0.001
"""Seconds: what is under way hasn't returned yet."""

NO_TERMS = Terms()


@dataclass
class _Lane:
    under_way: int = 0
    window: Window | None = None
    unlimited: bool = False
    closed_until: float = 0.0
    queue: Queue = field(default_factory=Queue)

    def told(self, headers: Mapping[str, str], now: float, terms: Terms) -> None:
        """Learn from an answer."""
        told = Window.told(headers, now)
        if told is None and terms.a_minute and self.window:
            told = replace(self.window, remaining=max(self.window.remaining - 1, 0))
        self.unlimited = told is None
        if told:
            self.window = self.window.updated(told) if self.window else told

    def begin(self, now: float, terms: Terms) -> None:
        """Begin to count, where the service itself doesn't say."""
        over = self.window is None or self.window.reset + ROUNDING <= now
        if terms.a_minute and over and not self.under_way:
            self.window = Window(terms.a_minute, terms.a_minute, now + MINUTE)


@dataclass
class _Places:
    """How many calls may be under way to one host at once."""

    changed: threading.Condition
    """Something of the host's was answered, or given up."""
    under_way: int = 0
    most: float = 0.0

    def free(self, terms: Terms) -> bool:
        self.most = self.most or terms.at_once
        return not terms.at_once or self.under_way < max(int(self.most), 1)

    def answered(self, terms: Terms) -> None:
        if terms.at_once:
            self.most = min(self.most + 1 / CALLS_BEFORE_ONE_MORE, terms.at_once)

    def refused(self) -> None:
        self.most = max(self.most / 2, 1.0)


@dataclass
class Pacer:
    """Lets calls through as the limits allow, tenant by tenant; for many threads."""

    share: float = 1.0
    """Between 0 and 1: how much of what the headers show is ours."""
    _lanes: dict[Key, _Lane] = field(default_factory=dict)
    _places: dict[str, _Places] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def enter(
        self, key: Key, now: float, terms: Terms = NO_TERMS, turn: Turn | None = None
    ) -> float:
        """Ask for leave: 0 gives it, and `leave` has to follow; else ask again in so many seconds.

        Waits by itself, shortly, for answers that are under way.

        Args:
            key: whose limit it is.
            now: epoch seconds by the server's clock.
            terms: what is documented of the limit.
            turn: the place in the queue; `forgo` gives it up. Without one nobody is waited for.
        """
        mine = turn or Turn()
        with self._lock:
            wait = self._wait(key, now, terms, mine)
            if wait is None:
                self._places[key[0]].changed.wait(timeout=0.5)
                wait = self._wait(key, now, terms, mine)
            if wait is None:
                wait = AGAIN
            elif wait <= 0:
                self._begun(key, terms, mine)
            mine.asleep_until = now + wait if wait > AGAIN else 0.0
            if turn is None:
                self._lanes[key].queue.forgo(mine)
            return max(wait, 0.0)

    def _begun(self, key: Key, terms: Terms, turn: Turn) -> None:
        lane = self._lanes[key]
        lane.under_way += 1
        self._places[key[0]].under_way += bool(terms.at_once)
        lane.queue.served(turn)
        if lane.queue:  # whoever is next now needn't wait for an answer
            self._places[key[0]].changed.notify_all()

    def leave(
        self, key: Key, headers: Mapping[str, str] | None, now: float, terms: Terms = NO_TERMS
    ) -> None:
        """A call is done; *headers* are its answer's, None if there was no answer."""
        with self._lock:
            lane, places = self._lanes[key], self._places[key[0]]
            lane.under_way -= 1
            places.under_way -= bool(terms.at_once)
            if headers is not None and too_many_at_once(headers):
                places.refused()
            elif headers is not None:
                places.answered(terms)
                lane.told(headers, now, terms)
            places.changed.notify_all()

    def forgo(self, key: Key, turn: Turn) -> None:
        """Whoever waited doesn't any more."""
        with self._lock:
            if key in self._lanes:
                self._lanes[key].queue.forgo(turn)
                self._places[key[0]].changed.notify_all()

    def close(self, key: Key, until: float) -> None:
        """Nothing more is sent before *until*: the service refused."""
        with self._lock:
            lane = self._lanes.setdefault(key, _Lane())
            lane.closed_until = max(lane.closed_until, until)

    def _wait(self, key: Key, now: float, terms: Terms, turn: Turn) -> float | None:
        """Seconds until it may be sent; None if somebody else has to return, or goes, first."""
        lane = self._lanes.setdefault(key, _Lane())
        places = self._places_at(key[0])
        turn.asleep_until = 0.0
        lane.queue.join(turn)
        if lane.closed_until > now:
            return lane.closed_until - now
        lane.begin(now, terms)
        if lane.unlimited and lane.window is None:
            wait: float | None = 0.0
        else:
            wait = ready_in(lane.window, lane.under_way, now, self.share)
        free = places.free(terms) and lane.queue.is_next(turn, now)
        return None if wait == 0 and not free else wait

    def _places_at(self, host: str) -> _Places:
        if host not in self._places:
            self._places[host] = _Places(threading.Condition(self._lock))
        return self._places[host]
