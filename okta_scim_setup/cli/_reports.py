"""What came out of a run: its reports, in every format that was asked for, and its exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from datetime import UTC, datetime

from okta_scim_setup.cli import _files as files
from okta_scim_setup.cli._echo import echo
from okta_scim_setup.cli._session import Session
from okta_scim_setup.errors import Problem, SetupError
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report import formats
from okta_scim_setup.report.content import Content
from okta_scim_setup.results import Severity

INTERRUPTED = 130
"""The exit code of a run that was stopped."""


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
            and changes neither them nor the exit code.

    Raises:
        SetupError: a file that could be written before can't be now; said when all others are.
    """
    options, masked = session.options, session.options.keeper.masked
    made, config = datetime.now(UTC), str(options.config)
    content = Content(
        verb,
        results,
        code,
        made,
        config,
        text,
        fail_on,
        masked,
        baseline,
        options.shard,
        session.selected,
    )
    problems: list[Problem] = []
    session.stream.end(content)
    for output in options.outputs:
        if output in session.stream.outputs:
            continue
        said = masked(formats.document(output.format, content))
        if output.file is None:
            # What stopped the run may have been the terminal's end.
            with suppress(OSError) if code == INTERRUPTED else nullcontext():
                echo(said, output.format)
            continue
        try:
            files.write(output.file, said + "\n")
        except SetupError as error:
            problems += error.problems
    if wrong := tell(content) if tell else "":
        echo(masked(f"warning: {wrong}. The exit code stays {code}."), err=True)
    if problems:
        raise SetupError.of(problems)
    return code


def to_stdout(session: Session) -> bool:
    """Whether text goes to stdout as it comes."""
    return any(o.format == "text" and o.file is None for o in session.options.outputs)


def exit_code(results: Sequence[TenantResult], *, differs: bool = False) -> int:
    """The first that applies: 70 a bug, 130, 4 refused, 1 failed, 3 waiting, 2 *differs*, 0."""
    if any(r.bug for r in results):
        return 70
    if any(r.interrupted for r in results):
        return INTERRUPTED
    if any(r.refused for r in results):
        return 4
    if any(r.failed for r in results):
        return 1
    if any(r.waiting for r in results):
        return 3
    return 2 if differs else 0
