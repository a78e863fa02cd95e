"""``merge``: the JSON reports of shards as one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from okta_scim_setup.cli import _files as files
from okta_scim_setup.errors import UsageError


@click.command("merge")
@click.argument("reports", nargs=-1, required=True, metavar="FILE...")
@click.option("--out", metavar="FILE", help="Write the report there; by default to stdout.")
def command(*, reports: tuple[str, ...], out: str | None) -> int:
    """Put JSON reports of one verb together; answers as one run of all tenants would."""
    from okta_scim_setup.report.merge import merged  # noqa: PLC0415 -- not needed for --help

    file = files.writable(out) if out else None
    found = merged([_read(Path(report)) for report in reports], reports)
    said = json.dumps(found, indent=2, ensure_ascii=False)
    if file:
        files.write(file, said + "\n")
    else:
        click.echo(said)
    return int(found["exit_code"])


def _read(path: Path) -> dict[str, Any]:
    """A report.

    Raises:
        UsageError: it can't be read, or isn't JSON.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{path} can't be read: {error.strerror}", ("do", "name another")
        ) from None
    except ValueError as error:
        raise UsageError(
            f"{path} isn't JSON: {error}", ("do", "write it with --output json")
        ) from None
    if not isinstance(found, dict):
        raise UsageError(f"{path} isn't a report", ("do", "write it with --output json=FILE"))
    return found
