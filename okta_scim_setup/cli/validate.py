"""``validate``: config and playbooks, offline; all problems at once, and advice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import click

from okta_scim_setup import lint
from okta_scim_setup.cli._echo import echo
from okta_scim_setup.cli._options import options, paint, selection
from okta_scim_setup.errors import Problem, SetupError
from okta_scim_setup.playbook import Declared, declare, load_playbook
from okta_scim_setup.report import text
from okta_scim_setup.results import Finding
from okta_scim_setup.sharing import NOTHING_FOUND, shared


@click.command("validate")
@selection
def command(**given: Any) -> int:
    """Check config and playbooks, offline; of secrets only the form of the references."""
    chosen = options(given)
    tenants = chosen.selected()
    problems: list[Problem] = []
    found: list[Declared] = []
    for tenant in tenants:
        try:
            found.append(declare(load_playbook(tenant.playbook, tenant.base), tenant))
        except SetupError as error:
            problems += error.problems
    problems += [problem for _, problem in shared((d, NOTHING_FOUND) for d in found)]
    findings = [finding for declared in found for finding in lint.written(declared)]
    problems += lint.problems(findings)
    for line in _warnings(findings):
        echo(line, err=bool(problems))
    if problems:
        raise SetupError.of(dict.fromkeys(problems))
    many = "tenant" if len(tenants) == 1 else "tenants"
    resources = sum(len(declared.resources) for declared in found)
    click.echo(f"{chosen.config}: {len(tenants)} {many}, {resources} resources. Valid.")
    for problem in chosen.refusals(tenants):
        echo(f"{dict(problem.notes)['from']}: {problem.title}")
    entries = dict.fromkeys(entry for tenant in tenants for entry in tenant.accept)
    for entry in (each for each in entries if not each.holds(datetime.now(UTC))):
        echo(f"{entry.place}: {entry.finding} is no longer accepted, it was {entry}")
    return 0


def _warnings(findings: Iterable[Finding]) -> Iterator[str]:
    """What isn't an error, said once for a line that several tenants share."""
    same: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        if not finding.severity.is_error:
            same.setdefault((finding.id, finding.places[:1], finding.found), []).append(finding)
    for first, *others in same.values():
        yield text.warning(first, len(others), paint)
