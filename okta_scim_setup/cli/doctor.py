"""``doctor``: credentials, clocks, e-mails, tokens, the channel of each setting; and evidence."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from okta_scim_setup import __version__, engine, evidence, examination
from okta_scim_setup.cli._options import options, paint, running
from okta_scim_setup.cli._reports import report, stopped
from okta_scim_setup.cli._session import Session, start
from okta_scim_setup.config import Tenant
from okta_scim_setup.engine import Snapshot
from okta_scim_setup.errors import SetupError, UsageError
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.paths import is_folder, path_of
from okta_scim_setup.report import text
from okta_scim_setup.results import Check

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@click.command("doctor")
@running
@click.option(
    "--evidence",
    "record",
    metavar="FILE",
    help="Write what Okta answers about one tenant's app into a new file, redacted, to send in.",
)
def command(*, record: str | None, **given: Any) -> int:
    """Check what apply will rely on; read-only."""
    path = _new(record) if record else None
    with start(options(given), read_only=True) as session:
        if path and len(session.tenants) != 1:
            raise UsageError("--evidence is of one tenant", ("do", "add --tenant NAME"))
        results = session.results(lambda tenant: _examined(_Run(session, path), tenant))
        # A warning is advice here, nobody waits for it.
        code = stopped(results) or int(any(result.failed for result in results))
        return report(session, "doctor", results, code, "\n".join(_lines(results)))


@dataclass(frozen=True)
class _Run:
    session: Session
    record: Path | None
    """Where evidence goes."""


def _examined(run: _Run, tenant: Tenant) -> TenantResult:
    checks: list[Check] = []
    try:
        declared = run.session.connections.declared(tenant)
        providers = {d.resource.address.provider for d in declared.resources}
        apis = run.session.connections.of(tenant, providers)
        checks += examination.credentials(apis)
        snapshot = engine.read(declared, apis)
        checks += examination.setting_up(snapshot)
        if run.record:
            checks.append(_recorded(run, run.record, snapshot))
    except SetupError as error:
        error.within(tenant.name)
        return TenantResult(tenant.name, checks=tuple(checks), problems=error.problems)
    return TenantResult(tenant.name, checks=tuple(checks))


def _new(file: str) -> Path:
    """The path of a file that isn't there yet.

    Raises:
        UsageError: it is, or its folder isn't.
    """
    path = path_of(file)
    if os.path.lexists(path):
        raise UsageError(f"{path} exists, and evidence is a new file", ("do", "name another file"))
    if not is_folder(path.parent):
        raise UsageError(f"the folder {path.parent} doesn't exist", ("do", "make it"))
    return path


def _recorded(run: _Run, path: Path, snapshot: Snapshot) -> Check:
    """Write the record, readable by its owner alone.

    Raises:
        SetupError: it can't be had, or not be written.
    """
    exchanges = examination.evidence(snapshot)
    said = evidence.document(exchanges, f"okta-scim-setup {__version__}")
    try:
        descriptor = os.open(path, NEW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(run.session.options.keeper.masked(said))
    except OSError as error:
        raise SetupError(
            f"{path} can't be written: {error.strerror}", ("do", "name another file")
        ) from None
    detail = f"{len(exchanges)} answers in {path}; read it before you send it"
    return Check("evidence, redacted", "passed", detail)


def _lines(results: Sequence[TenantResult]) -> list[str]:
    lines = []
    for result in results:
        lines.append(paint(result.tenant, "bold"))
        lines += [text.check(check, paint) for check in result.checks]
        lines += [text.problem(problem, paint=paint) for problem in result.problems]
    healthy = sum(not (r.failed or r.interrupted) for r in results)
    many = "tenant" if len(results) == 1 else "tenants"
    lines.append(f"{len(results)} {many}: {healthy} ready for plan. Nothing was written.")
    return lines
