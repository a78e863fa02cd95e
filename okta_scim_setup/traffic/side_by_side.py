"""What is independent within a tenant is asked for side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import partial
from typing import ParamSpec, TypeVar

AT_ONCE: ContextVar[int] = ContextVar("at_once", default=4)
"""Calls of one tenant at once; Okta's concurrency limit is per org (facts: okta 4)."""

P = ParamSpec("P")
T = TypeVar("T")


def in_hands(items: Sequence[T], hands: int) -> list[Sequence[T]]:
    """*items* dealt out to as many *hands*, none of them empty."""
    return [items[hand::hands] for hand in range(min(hands, len(items)))]


class Begin:
    """Begins a call in a thread of its own, for the tenant that its caller is at work for."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def __call__(self, call: Callable[P, T], *given: P.args, **named: P.kwargs) -> Future[T]:
        """What will come of ``call(*given)``."""
        return self._pool.submit(copy_context().run, partial(call, *given, **named))


@contextmanager
def side_by_side() -> Iterator[Begin]:
    """Ends when all that was begun within has ended."""
    with ThreadPoolExecutor(AT_ONCE.get()) as pool:
        yield Begin(pool)
