"""What a shell may complete: tenants, tags, kinds, formats. Reads files only, and never complains.

A config that is being written may be wrong in places; whatever can be read of it is offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from okta_scim_setup import registry
from okta_scim_setup.errors import SetupError
from okta_scim_setup.language.config_files import Entry, entries
from okta_scim_setup.report.formats import FORMATS


def tenant_names(context: click.Context, _: click.Parameter, typed: str) -> list[str]:
    """The names of the config's tenants."""
    return _beginning(typed, (entry.name for entry in _entries(context)))


def tags(context: click.Context, _: click.Parameter, typed: str) -> list[str]:
    """The tags of the config's tenants."""
    return _beginning(typed, (tag for entry in _entries(context) for tag in _tags(entry)))


def kind_names(_context: click.Context, _: click.Parameter, typed: str) -> list[str]:
    """The names of all kinds."""
    return _beginning(typed, registry.kinds())


def formats(_context: click.Context, _: click.Parameter, typed: str) -> list[str]:
    """The names of the formats, and with a file to write behind them."""
    return _beginning(typed, (*FORMATS, *(f"{name}=" for name in FORMATS[1:])))


def _entries(context: click.Context) -> list[Entry]:
    try:
        return entries(Path(context.params.get("config") or "config.yaml"))[0]
    except (SetupError, OSError):
        return []


def _tags(entry: Entry) -> Iterator[str]:
    for node in (entry.node, *entry.defaults):
        written = node.children.get("tags")
        if written is not None:
            plain = written.plain()
            yield from (str(tag) for tag in (plain if isinstance(plain, list) else [plain]))
            return  # lists replace


def _beginning(typed: str, names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name.startswith(typed)})
