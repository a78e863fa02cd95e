"""What is independent within a tenant is asked for side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

AT_ONCE = 4
"""Calls of one tenant; Okta's concurrency limit is per org (facts: okta 4)."""

P = ParamSpec("P")
T = TypeVar("T")


class Begin:
    """Begins a call in a thread of its own, for the tenant that its caller is at work for."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def __call__(self, call: Callable[P, T], *given: P.args, **named: P.kwargs) -> Future[T]:
        """What will come of ``call(*given)``."""
        return self._pool.submit(copy_context().run, partial(call, *given, **named))


@contextmanager
def side_by_side(besides: int = 0) -> Iterator[Begin]:
    """Ends when all that was begun within has ended.

    Args:
        besides: calls at once beyond `AT_ONCE`.
    """
    with ThreadPoolExecutor(AT_ONCE + besides) as pool:
        yield Begin(pool)
