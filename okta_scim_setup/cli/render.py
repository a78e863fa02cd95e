"""``render``: a tenant's playbook filled in, offline."""

from __future__ import annotations

from typing import Any

import click

from okta_scim_setup.cli._options import options, selection
from okta_scim_setup.errors import UsageError
from okta_scim_setup.language import schemas
from okta_scim_setup.language.rendering import rendered
from okta_scim_setup.playbook import declare, load_playbook


@click.command("render")
@selection
def command(**given: Any) -> int:
    """Show the playbook filled in for one tenant, as YAML that is a playbook again.

    Nothing is sent and no secret is looked up: references stay references.
    """
    chosen = options(given)
    tenants = chosen.selected()
    if len(tenants) != 1:
        names = ", ".join(tenant.name for tenant in tenants)
        raise UsageError(f"these are {len(tenants)} tenants: {names}", ("do", "name one: --tenant"))
    (tenant,) = tenants
    declared = declare(load_playbook(tenant.playbook, tenant.base), tenant)
    click.echo(schemas.modeline("playbook"))
    click.echo(
        chosen.keeper.masked(f"# {tenant.playbook}, filled in for {tenant.name} of {chosen.config}")
    )
    resources = [(d.resource.address, d.places, d.depends_on, d.absent) for d in declared.resources]
    click.echo(chosen.keeper.masked(rendered(resources)), nl=False)
    return 0
