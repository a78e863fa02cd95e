"""Times as the services and our own files write them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def utc(text: str) -> datetime:
    """A time in ISO 8601; without an offset it is UTC.

    Raises:
        ValueError: it is none.
        TypeError: it isn't even text.
    """
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
