"""What apply and rotate have in common: who is there, the question, one tenant after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import click

from okta_scim_setup import pipeline, sink
from okta_scim_setup.apply import NOBODY, Attendant, fills
from okta_scim_setup.cli import _files as files
from okta_scim_setup.cli import _options
from okta_scim_setup.cli._attendant import LONGEST, AtTerminal
from okta_scim_setup.cli._options import org_of
from okta_scim_setup.cli._redaction import Redaction
from okta_scim_setup.cli._reports import INTERRUPTED, to_stdout
from okta_scim_setup.cli._session import Session, enough_failed
from okta_scim_setup.cli._untried import not_begun, not_tried
from okta_scim_setup.errors import Refused, UsageError
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.pipeline import Planned
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
    done = not any(r.waiting or r.failed or r.refused or r.untried for r in results)
    for path in who.runbooks:
        mask = session.options.keeper.masked
        said = runbook.document(path.suffix, visits, verb=verb, done=done, mask=mask)
        files.write(path, said + "\n")
        if to_stdout(session):
            many = "visit" if len(visits) == 1 else "visits"
            session.say(f"{path}: {len(visits)} {many} by a person")


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
    work: Callable[[Planned, Sink | None, Callable[[str], None]], TenantResult],
) -> list[TenantResult] | None:
    """Ask, then do *work* for each tenant that was planned; None if the answer was no.

    Without a person to attend to, tenants are done side by side, and what is said of one of them is
    said in one piece when it is done.

    Args:
        session: the run.
        planned: every tenant's plan, refused and failed ones too.
        who: who is there.
        question: what to ask, with ``{whom}`` in it.
        work: executes one tenant's plan, with where its token may go and what says how it goes.

    Raises:
        UsageError: one file was named for several tenants' tokens.
    """
    due = to_do(planned)
    if due and who.ask and not _agreed(question, due):
        click.echo("Nothing was written.")
        return None
    target = _sink_for(due, who.sink)
    mine = [one for one in planned if one.result.plan is not None and not one.result.problems]
    alone = who.attendant is not NOBODY or len(due) <= 1
    done = _one_by_one if alone else _side_by_side
    came = done(session, mine, lambda one, say: work(one, target, say))
    return [came.get(one.result.tenant, one.result) for one in planned]


Work = Callable[[Planned, Callable[[str], None]], TenantResult]


def _one_by_one(
    session: Session, planned: Sequence[Planned], work: Work
) -> dict[str, TenantResult]:
    results: dict[str, TenantResult] = {}
    for one in planned:
        results[one.result.tenant] = _unless_over(session, one, results.values(), work, session.say)
    return results


def _side_by_side(
    session: Session, planned: Sequence[Planned], work: Work
) -> dict[str, TenantResult]:
    results: dict[str, TenantResult] = {}
    tenants = {tenant.name: tenant for tenant in session.tenants}

    def told(one: Planned) -> TenantResult:
        lines: list[str] = []
        came = _unless_over(session, one, list(results.values()), work, lines.append)
        results[one.result.tenant] = came
        pipeline.released(one, session.connections, tenants[one.result.tenant])
        if lines:
            session.say("\n".join(lines))
        return came

    with suppress(KeyboardInterrupt):  # those that were stopped say how far they came
        session.side_by_side(
            planned,
            told,
            name=lambda one: one.result.tenant,
            org=lambda one: org_of(tenants[one.result.tenant]),
            # What is written to at once may fail at once.
            most=session.options.max_failures,
        )
    begun = results.keys()
    left = [one.result.tenant for one in planned if one.result.tenant not in begun]
    return results | {name: not_begun(name) for name in left}


def _unless_over(
    session: Session,
    one: Planned,
    before: Iterable[TenantResult],
    work: Work,
    say: Callable[[str], None],
) -> TenantResult:
    """*work*, unless the run was stopped, or enough others failed."""
    pending = bool(one.result.plan and one.result.plan.pending)
    if session.transport.stopped and pending:
        return not_begun(one.result.tenant)
    if pending and enough_failed(session, before):
        return not_tried(one.result.tenant)
    return work(one, say)


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
