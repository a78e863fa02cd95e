"""``schema``: JSON Schemas of config, playbook and report."""

from __future__ import annotations

import click

from okta_scim_setup.cli import _files as files
from okta_scim_setup.language import schemas


@click.command("schema")
@click.argument("of", type=click.Choice(schemas.NAMES))
@click.option("--out", metavar="FILE", help="Write it there instead of to stdout.")
def command(of: str, out: str | None) -> int:
    """Write the JSON Schema of config.yaml, of playbooks, or of the JSON report."""
    file = files.writable(out) if out else None
    said = schemas.text(of)
    if file is None:
        click.echo(said, nl=False)
    else:
        files.write(file, said)
    return 0
