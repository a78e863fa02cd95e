"""What apply and rotate have in common: who is there, the question, one tenant after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from okta_scim_setup import sink
from okta_scim_setup.apply import NOBODY, Attendant, fills
from okta_scim_setup.cli import INTERRUPTED, _options
from okta_scim_setup.cli import _files as files
from okta_scim_setup.cli._attendant import LONGEST, AtTerminal
from okta_scim_setup.cli._redaction import Redaction
from okta_scim_setup.cli._reports import to_stdout
from okta_scim_setup.cli._session import Session
from okta_scim_setup.cli._work import Telling, one_by_one, side_by_side
from okta_scim_setup.errors import Refused, UsageError
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.pipeline.planning import Planned
from okta_scim_setup.report import runbook
from okta_scim_setup.sink import Sink


@dataclass(frozen=True)
class Present:
    """Who is there, and where a new token may go."""

    attendant: Attendant = field(default=NOBODY)
    sink: Sink | None = None
    ask: bool = False
    """Whether to ask before the first write."""
    runbooks: tuple[Path, ...] = ()
    """Files for what is left to a person."""


def present(
    verb: str,
    *,
    yes: bool,
    no_wait: bool,
    wait: float,
    token_to: str | None,
    runbooks: Sequence[str],
) -> Present:
    """Who is there, from a verb's options.

    Raises:
        Refused: nobody can be asked, and ``--yes`` isn't given.
        UsageError: the options don't go together.
    """
    person = _options.terminal()
    if not person and not yes:
        raise Refused(f"{verb} writes, and there is no terminal to ask on", ("do", "add --yes"))
    if no_wait and token_to == "terminal":  # noqa: S105 -- where to, not what
        raise UsageError(
            "--no-wait and --token-to terminal don't go together",
            ("do", "nobody would see the token: use --token-to file:PATH"),
        )
    target = sink.parse(token_to, terminal=person, environment=os.environ) if token_to else None
    attendant = AtTerminal(target, wait, _masked) if person and not no_wait else NOBODY
    return Present(attendant, target, ask=not yes, runbooks=tuple(map(_runbook, runbooks)))


def _masked(text: str) -> str:
    """*text* without the run's secrets, as far as there are any by then."""
    return click.get_current_context().ensure_object(Redaction).masked(text)


def _runbook(file: str) -> Path:
    """The path of a runbook.

    Raises:
        UsageError: it is neither Markdown nor HTML, or can't be written.
    """
    if Path(file).suffix not in runbook.SUFFIXES:
        raise UsageError(
            f"--runbook {file}: neither Markdown nor HTML",
            ("do", f"let its name end with {' or '.join(runbook.SUFFIXES)}"),
        )
    return files.writable(file)


def hand_on(session: Session, who: Present, results: Sequence[TenantResult], *, verb: str) -> None:
    """Write what is left to a person into the runbooks that were asked for.

    Args:
        session: the run.
        who: who named the files.
        results: what came out.
        verb: what goes on once the steps are done.

    Raises:
        SetupError: a file that could be written before can't be now.
    """
    visits = [result.visit for result in results if result.visit is not None]
    done = not any(_left(r) for r in results)
    for path in who.runbooks:
        mask = session.options.keeper.masked
        said = runbook.document(path.suffix, visits, verb=verb, done=done, mask=mask)
        files.write(path, said + "\n")
        if to_stdout(session):
            many = "visit" if len(visits) == 1 else "visits"
            session.say(f"{path}: {len(visits)} {many} by a person")


def _left(result: TenantResult) -> bool:
    """Whether more is left of it than a person's steps, or those."""
    return result.waiting or result.failed or result.refused or result.untried or result.interrupted


def writing(function: _options.F) -> _options.F:
    """How to write: --yes, --no-wait, --wait, --token-to, --runbook."""
    for option in (
        click.option(
            "--runbook",
            "runbooks",
            multiple=True,
            metavar="FILE",
            help="Write what is left to a person into FILE.md or FILE.html; repeatable.",
        ),
        click.option(
            "--token-to",
            metavar="WHERE",
            help=f"Where a person finds a new SCIM token: {', '.join(sink.FORMS)}.",
        ),
        click.option(
            "--no-wait", is_flag=True, help="Don't wait for a person, even on a terminal."
        ),
        click.option(
            "--wait",
            type=click.FloatRange(0, 24 * 60),
            default=LONGEST,
            show_default=True,
            metavar="MINUTES",
            help="How long to wait for a person at the terminal.",
        ),
        click.option("--yes", is_flag=True, help="Don't ask; needed where there is no terminal."),
    ):
        function = option(function)
    return function


def carry_out(
    session: Session,
    planned: Sequence[Planned],
    who: Present,
    *,
    question: str,
    work: Callable[[Planned, Sink | None, Telling], TenantResult],
) -> list[TenantResult] | None:
    """Ask, then do *work* for each tenant that was planned; None if the answer was no.

    Without a person to attend to, tenants are done side by side, and what is said of one of them is
    said in one piece when it is done. Nothing is asked or done if the run was stopped, or enough
    failed, before.

    Args:
        session: the run.
        planned: every tenant's plan, refused and failed ones too.
        who: who is there.
        question: what to ask, with ``{whom}`` in it.
        work: executes one tenant's plan, with where its token may go and who is told how it goes.

    Raises:
        UsageError: one file was named for several tenants' tokens.
    """
    due = to_do(planned)
    over = session.transport.stopped or session.enough_failed
    if due and who.ask and not over and not _agreed(question, due):
        click.echo("Nothing was written.")
        return None
    target = _sink_for(due, who.sink)
    mine: list[Planned] = []
    for one in planned:
        if one.result.plan is not None and not one.result.problems:
            mine.append(one)
        else:  # refused, or not read: others may write there meanwhile
            one.release(session.connections, session.by_name[one.result.tenant])
    alone = who.attendant is not NOBODY or len(due) <= 1
    done = one_by_one if alone else side_by_side
    came = done(session, mine, lambda one, telling: work(one, target, telling))
    return [came.get(one.result.tenant, one.result) for one in planned]


def ended(code: int) -> int:
    """*code*, unless the run was stopped: then what is to be said of that is said at the end.

    Raises:
        KeyboardInterrupt: it was stopped.
    """
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return code


def to_do(planned: Sequence[Planned]) -> list[Planned]:
    """Those with something to do that nothing speaks against."""
    return [p for p in planned if p.result.plan and p.result.plan.pending and not p.result.problems]


def _agreed(question: str, due: Sequence[Planned]) -> bool:
    whom = due[0].result.tenant if len(due) == 1 else f"{len(due)} tenants"
    return click.confirm(question.format(whom=whom), default=False)


def _sink_for(due: Sequence[Planned], target: Sink | None) -> Sink | None:
    """One place is one tenant's: for one person's token, and then for no copies of others.

    Raises:
        UsageError: several tenants' tokens are for a person; said before anything is written.
    """
    if target is None or not sink.shared(target) or len(due) == 1:
        return target
    for_people = sink.ForPeople(target)
    names = [
        one.result.tenant
        for one in due
        if one.result.plan and one.snapshot and fills(for_people, one.result.plan, one.snapshot)
    ]
    if len(names) > 1:
        raise UsageError(
            f"--token-to names one place, and {', '.join(names)} need one each",
            ("do", "put {tenant} in it: --token-to file:tokens/{tenant}"),
        )
    return for_people
