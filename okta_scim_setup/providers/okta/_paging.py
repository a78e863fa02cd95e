"""Okta's lists, page after page: RFC 8288 links, followed with care."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from okta_scim_setup.errors import Unexpected
from okta_scim_setup.hosts import origin
from okta_scim_setup.traffic.exchange import Answer

MOST_PAGES = 2_000
"""Far more than any list of ours; a list that never ends has to end somewhere."""

_LINK = re.compile(r"<([^>]*)>([^,<]*)")
_NEXT = re.compile(r";\s*rel\s*=\s*\"?next\"?", re.IGNORECASE)


def items(first: str, ask: Callable[[str], Answer]) -> list[dict[str, Any]]:
    """All items of a list, each once: who is added meanwhile may shift others to the next page.

    Raises:
        Unexpected: the list runs in circles, leads to another host, or isn't a list.
    """
    return _each_once(item for page, _ in _pages(first, ask) for item in page)


def newest(
    first: str, ask: Callable[[str], Answer], most: int
) -> tuple[list[dict[str, Any]], bool]:
    """The first *most* pages of a list that may have no end, and whether that is all of it.

    Raises:
        Unexpected: the list runs in circles, leads to another host, or isn't a list.
    """
    found: list[dict[str, Any]] = []
    for number, (page, ends) in enumerate(_pages(first, ask), 1):
        found += page
        if number == most:
            return found, ends
    return found, True


def first_items(first: str, ask: Callable[[str], Answer], most: int) -> list[dict[str, Any]] | None:
    """All items of a list that has *most* pages at most; None if it is longer.

    Raises:
        Unexpected: as `items`.
    """
    rows, whole = newest(first, ask, most)
    return _each_once(rows) if whole else None


def _each_once(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[Any, dict[str, Any]] = {}
    for item in rows:
        found.setdefault(item.get("id", len(found)), item)
    return list(found.values())


def _pages(first: str, ask: Callable[[str], Answer]) -> Iterator[tuple[list[dict[str, Any]], bool]]:
    """Each page, and whether it is the last."""
    url: str | None = first
    seen: set[str] = set()
    while url:
        seen.add(url)
        answer = ask(url)
        if not isinstance(answer.body, list):
            raise _odd(url, "a list was asked for and something else came")
        url = next_link(answer.headers)
        yield answer.body, url is None
        if url and (url in seen or len(seen) == MOST_PAGES):
            raise _odd(first, "its pages run in circles")
        if url and not _same_place(url, first):
            raise _odd(first, "its next page is on another host")


def next_link(headers: Mapping[str, str]) -> str | None:
    """The next page's address, from the Link header."""
    for target, parameters in _LINK.findall(headers.get("link", "")):
        if _NEXT.search(parameters):
            return str(target)
    return None


def _same_place(url: str, first: str) -> bool:
    try:
        return origin(url) == origin(first)
    except ValueError:
        return False


def _odd(url: str, what: str) -> Unexpected:
    path = url.partition("://")[2].partition("/")[2]
    return Unexpected(
        "Okta's list can't be read to its end",
        ("asked", f"GET /{path[:200]}"),
        ("but", what),
        ("do", "run again; a list that isn't whole decides nothing"),
    )
