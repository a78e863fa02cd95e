"""How fast a service may be asked: its rate limits are kept, not hit. Pure.

What a service tells in its headers decides. Okta's limits are per org, token and bucket, in windows
of a minute that begin with the first call, and so many calls at once per org (facts: okta 4). dbt
says nothing before it refuses, so its calls are counted here (facts: dbt 2.6). All times are the
server's, since clocks differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from okta_scim_setup.traffic.exchange import http_date

RESERVE = 3
"""Calls of a window that are left to others who share the token; a tenth where the limit is small.

Others with a token of their own have a share of their own.
"""

ROUNDING = 1.0
"""Seconds after a reset: both the reset and the server's Date are whole seconds."""

LONGEST_WINDOW = 65.0
"""Seconds; a reset further ahead than a minute is a mistake."""

LONGEST_COOL_DOWN = 330.0
"""Seconds; dbt's admin API cools down for five minutes (facts: dbt 2.6)."""

_APPS, _GROUPS, _OTHER = "/api/v1/apps", "/api/v1/groups", "/api/v1"

_APART = re.compile(r"/api/v1/(users|logs|mappings|meta)(/|$)")

Key = tuple[str, ...]
"""Whose limit it is: host, bucket, and what to call the token."""


def okta_bucket(path: str) -> str:
    """The rate-limit bucket of an Okta path, as the published table has it (recorded)."""
    for area in (_APPS, _GROUPS):
        if path.rstrip("/") == area:
            return area
        if path.startswith(f"{area}/"):
            exact = "/" not in path[len(area) + 1 :].rstrip("/")
            return f"{area}/{{id}}" if exact or area == _GROUPS else area
    apart = _APART.match(path)
    if apart:
        return f"{_OTHER}/{apart[1]}"
    return _OTHER if path.startswith(_OTHER) else "/oauth2"


@dataclass(frozen=True)
class Window:
    """What the last answers told of the present window."""

    limit: int
    remaining: int
    reset: float
    """Epoch seconds of the server's clock."""

    @classmethod
    def told(cls, headers: Mapping[str, str], now: float) -> Window | None:
        """The window that an answer's headers show; None if they show none.

        Limit and remaining of 0 are no window but the sign of too many calls at once.
        """
        numbers = [
            _number(headers.get(f"x-rate-limit-{name}", ""))
            for name in ("limit", "remaining", "reset")
        ]
        limit, remaining, reset = numbers
        if not limit or remaining is None or reset is None:
            return None
        return cls(int(limit), int(remaining), min(reset, now + LONGEST_WINDOW))

    def updated(self, later: Window) -> Window:
        """This window after another answer, which may have overtaken an earlier one."""
        if later.reset > self.reset:
            return later
        if later.reset < self.reset:
            return self
        return replace(self, remaining=min(self.remaining, later.remaining))

    def floor(self, share: float) -> float:
        """How many calls must remain; *share* (0 to 1) is what may be used of the whole."""
        return min(RESERVE, max(1, self.limit // 10)) + (1 - share) * self.limit


def ready_in(window: Window | None, under_way: int, now: float, share: float) -> float | None:
    """Seconds until another call may be sent; None if what is under way has to return first.

    In a window of which nothing is known, one call goes ahead and finds out.
    """
    if window is None or window.reset + ROUNDING <= now:
        return None if under_way else 0.0
    floor = window.floor(share)
    if window.remaining - under_way > floor:
        return 0.0
    if under_way and window.remaining > floor:
        return None
    return window.reset + ROUNDING - now


def refused_for(
    headers: Mapping[str, str],
    now: float,
    attempt: int,
    random: Callable[[], float],
    cool_down: float = 0.0,
) -> float:
    """Seconds to wait after 429.

    Args:
        headers: the refusal's. Retry-After, in seconds or as a date, and dbt's own header count
            first (RFC 9110, section 10.2.3; facts: dbt 2.6), then Okta's reset.
        now: epoch seconds by the server's clock.
        attempt: how often it was refused before.
        random: between 0 and 1.
        cool_down: how long the service is documented to refuse; counts where it says nothing.
    """
    told = headers.get("x-rate-limit-retry-after-seconds") or headers.get("retry-after") or ""
    seconds, date = _number(told), http_date(told)
    if seconds is None and date is not None:
        seconds = date.timestamp() - now
    if seconds is not None:
        return min(max(seconds, 1.0), LONGEST_COOL_DOWN)
    window = Window.told(headers, now)
    if window is None and cool_down:
        return cool_down + ROUNDING
    if window is None:
        return 1.0 + random() * min(2.0 ** (attempt + 1), 15.0)
    return min(max(window.reset + ROUNDING - now, 1.0), LONGEST_WINDOW)


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if 0 <= found < float("inf") else None


def too_many_at_once(headers: Mapping[str, str]) -> bool:
    """Whether a refusal is Okta's for calls at once: limit and remaining are 0 (specified)."""
    limit, remaining = (headers.get(f"x-rate-limit-{x}") for x in ("limit", "remaining"))
    return limit == remaining == "0"
