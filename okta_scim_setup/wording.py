"""How a value is said to people. Pure."""

from __future__ import annotations

from okta_scim_setup.address import Ref
from okta_scim_setup.live import Pending, ShownOnce, Unreadable


def said(shown: object) -> str:
    """A value as people say it."""
    match shown:
        case True:
            return "yes"
        case False:
            return "no"
        case None:
            return "none"
        case Ref():
            return f"(from {shown.address})"
        case Unreadable() | Pending() | ShownOnce():
            return str(shown)
        case list() | tuple():
            return ", ".join(map(said, shown)) or "none"
        case _:
            return str(shown)
