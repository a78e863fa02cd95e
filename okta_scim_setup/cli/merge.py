"""``merge``: the JSON reports of shards as one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from okta_scim_setup.cli import _files as files
from okta_scim_setup.errors import UsageError


@click.command("merge")
@click.argument("reports", nargs=-1, required=True, metavar="FILE...")
@click.option("--out", metavar="FILE", help="Write the report there; by default to stdout.")
@click.option("--partial", is_flag=True, help="Merge what there is though parts are missing.")
def command(*, reports: tuple[str, ...], out: str | None, partial: bool) -> int:
    """Put JSON reports of one verb together; answers as one run of all tenants would.

    All parts of a fleet (--shard I/N) have to be there: a part that is missing is named.
    """
    # Not needed for --help.
    from okta_scim_setup.report import text  # noqa: PLC0415
    from okta_scim_setup.report.merge import merged  # noqa: PLC0415
    from okta_scim_setup.report.parts import amiss  # noqa: PLC0415

    file = files.writable(out) if out else None
    given = [_read(Path(report)) for report in reports]
    found = merged(given, reports, partial=partial)
    for wrong in amiss(given):
        click.echo(text.problem(replace(wrong, notes=()), "warning"), err=True)
    said = json.dumps(found, indent=2, ensure_ascii=False)
    if file:
        files.write(file, said + "\n")
    else:
        click.echo(said)
    return int(found["exit_code"])


def _read(path: Path) -> Any:
    """What a file says, a report or not.

    Raises:
        UsageError: it can't be read, or isn't JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{path} can't be read: {error.strerror}", ("do", "name another")
        ) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{path} isn't JSON: {error}", ("do", "write it with --output json=FILE")
        ) from None
