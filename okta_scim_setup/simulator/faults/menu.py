"""The menu of faults, and a fault that is scripted: what, with which request, in which tenant."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from okta_scim_setup.simulator.message import Request

BEFORE = ("drop_before", "html200", "hang", "redirect", "skewed_429")
"""The service does nothing."""
NOT_APPLIED = "not_applied"
"""The service acknowledges a change that it doesn't make."""
STALE_READ = "stale_read"
"""A read answers as things were before the tenant's last change."""
TAMPERING = ("omit_newest", "repeat_item", "page_drift", "page_loop")
"""A list lacks its newest item, or has one twice; a page after the first begins one item too late,
as if an earlier one had been deleted meanwhile; or the pages never end."""
WIRE = {
    "drop_after": "drop",
    "truncate": "truncate",
    "truncate_unsized": "unsized",
    "drip": "drip",
}
"""The service does its work, and its answer is lost, cut (with and without a length), or slow."""
ADMIN_CHANGE = "admin_change"
"""An admin changes the app in the console, in the middle of things; `fields` are by label."""
ACTS = (
    "revoke_okta_token",
    "revoke_dbt_token",
    "revoke_scim_token",
    "expire_access_tokens",
    ADMIN_CHANGE,
)
"""Something happens out of band just before the request, which then takes its course."""
MENU = (*BEFORE, *WIRE, NOT_APPLIED, STALE_READ, *TAMPERING, *ACTS)
BY_CHANCE = (
    "status:429",
    "status:500",
    "status:502",
    "status:503",
    *(name for name in MENU if name not in (*ACTS, "hang")),
)
"""What happens by chance unless it is said: all but what never ends, by itself or at all."""
SENDERS = (None, "client", "okta")


@dataclass(slots=True, kw_only=True)
class Target:
    """The requests that a fault is for; `path` is a regular expression over path and query."""

    path: str = ""
    method: str | None = None
    tenant: str | None = None
    by: str | None = None

    def __post_init__(self) -> None:
        if self.by not in SENDERS:
            raise ValueError(f"by {self.by!r} is neither client nor okta")
        try:
            re.compile(self.path)
        except re.error as error:
            raise ValueError(f"path is no regular expression: {error}") from error

    def fits(self, request: Request, sender: str, tenants: tuple[str, ...]) -> bool:
        """Whether a request is one of these."""
        return (
            self.method in (None, request.method)
            and self.by in (None, sender)
            and (self.tenant is None or self.tenant in tenants)
            and re.search(self.path, request.target) is not None
        )


@dataclass(slots=True, kw_only=True)
class Fault:
    """A fault that waits for its request: the `nth` that fits, and `times - 1` after it.

    `do` is status:NNN or a name of the MENU.
    """

    do: str
    target: Target = field(default_factory=Target)
    nth: int = 1
    times: int = 1
    fields: Mapping[str, Any] = field(default_factory=dict)
    seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        check(self.do)
        if self.nth < 1 or self.times < 1:
            raise ValueError("nth and times count from 1")

    @property
    def is_over(self) -> bool:
        """Whether it has happened as often as it should."""
        return self.seen >= self.nth + self.times - 1

    def is_due(self, request: Request, sender: str, tenants: tuple[str, ...]) -> bool:
        """Count a request; whether it is one that this fault waits for."""
        if not self.target.fits(request, sender, tenants):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


def check(do: str) -> None:
    """Refuse what isn't on the menu.

    Raises:
        ValueError: `do` is neither a status nor a name of the MENU.

    """
    if do not in MENU and not re.fullmatch(r"status:([1-5]\d\d)", do):
        raise ValueError(f"do {do!r} is not one of status:NNN, {', '.join(MENU)}")
