"""What came out of a run: its reports, in every format that was asked for, and its exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from datetime import UTC, datetime

from okta_scim_setup.cli import INTERRUPTED
from okta_scim_setup.cli import _files as files
from okta_scim_setup.cli._echo import echo
from okta_scim_setup.cli._session import Session
from okta_scim_setup.errors import Problem, SetupError
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report import formats
from okta_scim_setup.report.content import Content
from okta_scim_setup.results import Severity


def report(
    session: Session,
    verb: str,
    results: Sequence[TenantResult],
    code: int,
    text: str,
    *,
    fail_on: Severity = Severity.LOW,
    baseline: datetime | None = None,
    tell: Callable[[Content], str] | None = None,
) -> int:
    """Write the run's results in every format that was asked for; the exit code.

    Args:
        session: the run.
        verb: its verb.
        results: what came out for each tenant.
        code: the exit code.
        text: what a person is told.
        fail_on: the least severity of a finding that an audit fails on.
        baseline: when the audit was made that this one is held against.
        tell: tells somebody else, once all reports are written; what went wrong, which is said
            and changes neither them nor the exit code. Nobody is told if the run was stopped.

    Raises:
        SetupError: a file that could be written before can't be now; said when all others are.
    """
    options = session.options
    content = Content(
        verb,
        results,
        code,
        datetime.now(UTC),
        str(options.config),
        text,
        fail_on,
        options.keeper.masked,
        baseline,
        options.shard,
        session.selected,
    )
    with session.ending():
        problems = _unwritten(session, content)
    if tell and code != INTERRUPTED and (wrong := tell(content)):
        warning = f"warning: {wrong}. The exit code stays {code}."
        echo(options.keeper.masked(warning), err=True)
    if problems:
        raise SetupError.of(problems)
    return code


def _unwritten(session: Session, content: Content) -> list[Problem]:
    """Write all reports; of which files that went wrong."""
    problems: list[Problem] = []
    session.stream.end(content)
    for output in session.options.outputs:
        if output in session.stream.outputs:
            continue
        said = content.mask(formats.document(output.format, content))
        if output.file is None:
            # What stopped the run may have been the terminal's end.
            with suppress(OSError) if content.exit_code == INTERRUPTED else nullcontext():
                echo(said, output.format)
            continue
        try:
            files.write(output.file, said + "\n")
        except SetupError as error:
            problems += error.problems
    return problems


def to_stdout(session: Session) -> bool:
    """Whether text goes to stdout as it comes."""
    return any(o.format == "text" and o.file is None for o in session.options.outputs)


def stopped(results: Sequence[TenantResult]) -> int:
    """The exit code of a run that was stopped; 0 if it wasn't."""
    return INTERRUPTED if any(r.interrupted for r in results) else 0


def exit_code(results: Sequence[TenantResult], *, differs: bool = False) -> int:
    """The first that applies: 70 a bug, 130, 4 refused, 1 failed, 3 waiting, 2 *differs*, 0."""
    if any(r.bug for r in results):
        return 70
    if stopped(results):
        return INTERRUPTED
    if any(r.refused for r in results):
        return 4
    if any(r.failed for r in results):
        return 1
    if any(r.waiting for r in results):
        return 3
    return 2 if differs else 0
