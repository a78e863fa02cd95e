"""``kinds``: what each kind of resource takes."""

from __future__ import annotations

import click

from okta_scim_setup import registry
from okta_scim_setup.cli._completion import kind_names
from okta_scim_setup.errors import UsageError
from okta_scim_setup.language.near import near
from okta_scim_setup.report.kinds import document


@click.command("kinds")
@click.argument("kind", required=False, shell_complete=kind_names)
def command(kind: str | None) -> int:
    """List the kinds, or say all about KIND: its documentation, attributes and outputs."""
    if kind is None:
        width = max(map(len, registry.kinds())) + 2
        for name in registry.kinds():
            click.echo(f"{name:<{width}}{registry.documentation(name).splitlines()[0]}")
        return 0
    if kind not in registry.kinds():
        raise UsageError(
            f'no kind is called "{kind}"',
            *near(kind, registry.kinds()),
            ("do", "okta-scim-setup kinds lists them"),
        )
    click.echo(document(registry.kind(kind), registry.documentation(kind)))
    return 0
