"""Values, places and times as JSON has them, in whatever they occur."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from okta_scim_setup.address import Ref
from okta_scim_setup.errors import Place
from okta_scim_setup.live import Pending, ShownOnce, Unreadable


def value_of(value: Any) -> Any:
    """A value as JSON has it; what stands for one that isn't known is an object with one key."""
    match value:
        case Ref():
            return {"ref": str(value)}
        case Unreadable():
            return {"unreadable": value.why}
        case Pending():
            return {"pending": value.why}
        case ShownOnce():
            return {"token": value.id}
        case bool() | int() | float() | str() | None:
            return value
        case Mapping():
            return {str(key): value_of(each) for key, each in value.items()}
        case list() | tuple():
            return [value_of(each) for each in value]
        case _:
            return str(value)


def place_of(place: Place) -> dict[str, Any]:
    """Where something is declared."""
    return {"file": place.file, "line": place.line}


def time_of(moment: datetime | None) -> str | None:
    """A time in ISO 8601, with its offset."""
    return moment.isoformat() if moment else None
