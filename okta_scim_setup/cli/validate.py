"""``validate``: config and playbooks, offline; all problems at once."""

from __future__ import annotations

from typing import Any

import click

from okta_scim_setup.cli._options import options, selection
from okta_scim_setup.errors import Problem, SetupError
from okta_scim_setup.playbook import declare, load_playbook


@click.command("validate")
@selection
def command(**given: Any) -> int:
    """Check config and playbooks, offline; of secrets only the form of the references."""
    chosen = options(given)
    tenants = chosen.selected()
    problems: list[Problem] = []
    resources = 0
    for tenant in tenants:
        try:
            resources += len(declare(load_playbook(tenant.playbook, tenant.base), tenant).resources)
        except SetupError as error:
            problems += error.problems
    if problems:
        raise SetupError.of(dict.fromkeys(problems))
    many = "tenant" if len(tenants) == 1 else "tenants"
    click.echo(f"{chosen.config}: {len(tenants)} {many}, {resources} resources. Valid.")
    return 0
