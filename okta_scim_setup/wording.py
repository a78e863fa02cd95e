"""How a value is said to people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from okta_scim_setup.address import Ref
from okta_scim_setup.live import Pending, ShownOnce, Unreadable
from okta_scim_setup.results import Cause, Finding

CAUSES: dict[Cause, str] = {
    "differs": "it differs",
    "drifted": "it drifted: it was in order before, and what is declared is the same",
    "not-applied": "it isn't applied yet: something else was declared before",
}
"""What each cause of a finding means."""


def history(found: Finding) -> str:
    """What a former audit knows of a finding; empty where none was asked."""
    known = found.history
    if not known.standing:
        return ""
    parts = ["new" if known.standing == "new" else "still open"]
    parts += [f"first seen {moment(known.first)}"] if known.standing == "open" else []
    parts += [CAUSES[known.cause]] if found.drift else []
    return "; ".join(parts)


def acceptance(found: Finding) -> str:
    """Who answers for a finding, or did; empty if nobody."""
    if found.acceptance is None:
        return ""
    expired = "" if found.accepted else " (expired)"
    return f"{found.acceptance}{expired}"


def moment(when: datetime | None) -> str:
    """A time as people say it, in UTC."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if when else "at an unknown time"


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
        case Mapping():
            return ", ".join(f"{key} {said(value)}" for key, value in shown.items()) or "none"
        case list() | tuple():
            return ", ".join(map(said, shown)) or "none"
        case _:
            return str(shown)
