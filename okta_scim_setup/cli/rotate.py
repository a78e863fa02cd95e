"""``rotate``: a new SCIM token without a broken moment, and the end of old ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import click

from okta_scim_setup import rotation
from okta_scim_setup.cli._execution import (
    Present,
    carry_out,
    ended,
    hand_on,
    present,
    to_do,
    writing,
)
from okta_scim_setup.cli._options import options, paint, running
from okta_scim_setup.cli._reports import exit_code, report, to_stdout
from okta_scim_setup.cli._session import Session, start
from okta_scim_setup.cli._work import Telling
from okta_scim_setup.errors import UsageError
from okta_scim_setup.outcome import NO_SINK, Outcome, TenantResult
from okta_scim_setup.pipeline import rotating
from okta_scim_setup.pipeline.planning import Planned
from okta_scim_setup.report import text
from okta_scim_setup.report.transcript import Transcript, ending
from okta_scim_setup.results import Check
from okta_scim_setup.rotation import Aim
from okta_scim_setup.sink import Sink


@click.command("rotate")
@running
@click.option(
    "--finish", is_flag=True, help="Only revoke what was superseded, if its grace is over."
)
@click.option("--no-grace", is_flag=True, help="Revoke what was superseded at once: after a leak.")
@click.option("--new-token", is_flag=True, help="Make another, though one waits for a person.")
@click.option(
    "--retire",
    type=click.IntRange(1),
    metavar="ID",
    help="Revoke this token, even one that people made, if Okta doesn't hold it.",
)
@click.option(
    "--confirm",
    type=click.IntRange(1),
    metavar="ID",
    help="Say that you saw Okta holding this token, where no API shows it.",
)
@writing
def command(
    *,
    finish: bool,
    no_grace: bool,
    new_token: bool,
    retire: int | None,
    confirm: int | None,
    yes: bool,
    no_wait: bool,
    wait: float,
    runbooks: Sequence[str],
    token_to: str | None,
    **given: Any,
) -> int:
    """Make a new SCIM token, hand it to Okta, see it used; revoke the old one a day later.

    At every moment the token in Okta is one that dbt accepts. On a custom SAML app a person enters
    it: say where the person finds it with --token-to.
    """
    aim = Aim(finish, no_grace, new_token, retire, confirm)
    _check(aim, token_to)
    who = present(
        "rotate", yes=yes, no_wait=no_wait, wait=wait, token_to=token_to, runbooks=runbooks
    )
    with start(options(given), read_only=False) as session:
        if len(session.tenants) > 1 and (retire or confirm):
            raise UsageError(
                "--retire and --confirm name one tenant's token", ("do", "add --tenant NAME")
            )
        return _execute(session, aim, who)


def _check(aim: Aim, token_to: str | None) -> None:
    """Refuse what doesn't go together, before anything is read.

    Raises:
        UsageError: an option would have no effect, or take back what another one asks for.
    """
    for given, option in ((aim.new_token, "--new-token"), (token_to, "--token-to")):
        if given and not aim.makes:
            raise UsageError(
                f"{option} is about a new token, and --finish, --retire and --confirm make none",
                ("do", "leave one of them out"),
            )
    for given, option in ((aim.no_grace, "--no-grace"), (aim.finish, "--finish")):
        if given and aim.retire is not None:
            raise UsageError(
                f"--retire and {option} don't go together",
                ("do", f"leave {option} out: only the token that is named is revoked, at once"),
            )


def _execute(session: Session, aim: Aim, who: Present) -> int:
    planned = session.plans(partial(rotation.prepare, aim=aim), keep=lambda _: True)
    loud = to_stdout(session)
    transcripts = {
        p.result.tenant: Transcript(p.result.plan, paint) for p in planned if p.result.plan
    }
    if loud:
        for transcript in transcripts.values():
            session.say(transcript.heading())

    def tell(transcript: Transcript, say: Callable[[str], object], came: Outcome | Check) -> None:
        said = transcript.line(came, datetime.now(UTC)) if loud else ""
        if said:
            say(said)

    def work(one: Planned, target: Sink | None, telling: Telling) -> TenantResult:
        if loud and len(planned) > 1 and not one.result.in_sync:
            telling.say(paint(one.result.tenant, "bold"))
        return rotating.rotate_tenant(
            one,
            aim,
            attendant=who.attendant,
            sink=target,
            tell=partial(tell, transcripts[one.result.tenant], telling.say),
            begun=telling.begun,
        )

    asks = aim.confirm is not None and who.ask and not session.transport.stopped
    if asks and aim.confirm is not None and not _saved(aim.confirm, planned):
        click.echo("Nothing was written.")
        return exit_code([p.result for p in planned])
    question = "Rotate {whom}?" if aim.makes else "Revoke these tokens of {whom}?"
    results = carry_out(session, planned, who, question=question, work=work)
    if results is None:
        return exit_code([p.result for p in planned])
    with session.ending():
        hand_on(session, who, results, verb="rotate")
        lines = [line for result in results for line in _ending(result, aim)]
        code = report(session, "rotate", results, exit_code(results), "\n".join(lines))
    return ended(code)


def _saved(token: int, planned: Sequence[Planned]) -> bool:
    """Ask for the person's word, where nothing else will be asked."""
    if to_do(planned) or any(p.result.problems for p in planned):
        return True
    return click.confirm(f"Did you save token {token} in Okta?", default=False)


def _ending(result: TenantResult, aim: Aim) -> Iterator[str]:
    word = "refused" if result.refused else "error"
    for problem in result.problems:
        yield text.problem(problem, word, paint)
    if result.visit is not None:
        yield text.visit(result.visit, paint)
    if any(outcome.detail == NO_SINK for outcome in result.outcomes):
        yield f"{result.tenant}   nothing was made: run it again with --token-to."
        return
    yield from ending(result, finishes=not aim.makes)
