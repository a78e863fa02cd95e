"""Schemes of other packages: entry points, each a function that returns a value.

``resolve(reference, *, deadline)`` is given what stands behind the scheme's colon and the seconds
that it may take, and returns the value. What it raises is told by its type alone, as its words may
hold a secret; a `ConfigError` is told as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache, partial
from typing import TYPE_CHECKING

from okta_scim_setup.errors import ConfigError
from okta_scim_setup.secret.schemes.scheme import Means, Scheme

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "okta_scim_setup.secrets"
"""The group of entry points; the name of each is its scheme."""


def names() -> Iterator[str]:
    """The schemes that other packages offer."""
    return (entry.name for entry in _offered())


def plugin(name: str) -> Scheme | None:
    """The scheme of another package, which isn't loaded yet; None if nobody offers it."""
    found = [entry for entry in _offered() if entry.name == name]
    if not found:
        return None
    return Scheme(f"{name}:REFERENCE", _nothing_wrong, partial(_fetched, found))


def _nothing_wrong(_reference: str) -> str:
    return ""


def _offered() -> tuple[EntryPoint, ...]:
    return _offered_on(tuple(sys.path))


@cache
def _offered_on(_path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Looked up once: it takes longer than most schemes."""
    from importlib.metadata import entry_points  # noqa: PLC0415 -- only for a scheme not built in

    return tuple(entry_points(group=GROUP))


def _fetched(found: list[EntryPoint], reference: str, means: Means) -> bytes:
    if len({entry.value for entry in found}) > 1:
        whose = ", ".join(sorted(entry.value for entry in found))
        raise ConfigError(f"is offered by several: {whose}", ("do", "uninstall all but one"))
    try:
        value = found[0].load()(reference, deadline=means.deadline)
    except ConfigError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- anything; its words may hold a secret
        raise ConfigError(
            f"can't be had: {found[0].value} raised {type(error).__name__}",
            ("do", "call it yourself to see why; what it says isn't repeated here"),
        ) from None
    if not isinstance(value, str):
        raise ConfigError(
            f"can't be had: {found[0].value} returned {type(value).__name__}, not text",
            ("do", "tell its authors"),
        )
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise ConfigError("isn't text that can be sent", ("do", "tell its authors")) from None
