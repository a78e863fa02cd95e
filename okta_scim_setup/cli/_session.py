"""One run of a verb over the selected tenants: connections, progress, reports, exit code."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import click

from okta_scim_setup import pipeline
from okta_scim_setup.cli import _files as files
from okta_scim_setup.cli._options import Options
from okta_scim_setup.config import Tenant
from okta_scim_setup.engine import Snapshot
from okta_scim_setup.errors import Problem, SetupError
from okta_scim_setup.journal import Journals
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.pipeline import Connections, Planned
from okta_scim_setup.plan import Plan
from okta_scim_setup.playbook import Declared
from okta_scim_setup.report import formats
from okta_scim_setup.report.content import Content
from okta_scim_setup.results import Severity
from okta_scim_setup.secret import Keeper
from okta_scim_setup.sharing import NOTHING_FOUND, shared
from okta_scim_setup.transport import Transport

SLOW = 2.0
"""Seconds after which a bar is worth showing."""

SELDOM = 10.0
"""Seconds between two lines about progress, where there is no terminal."""


def _to_stderr(text: str) -> None:
    click.echo(text, err=True)


@dataclass
class Waits:
    """Tells of waiting for a rate limit: once for all who wait for the same."""

    say: Callable[[str], object] = _to_stderr
    _until: dict[tuple[str, str], float] = field(default_factory=dict)

    def tell(self, host: str, bucket: str, seconds: float) -> None:
        """Say it, unless it was said of a wait that goes on."""
        now = time.monotonic()
        if seconds >= 1 and self._until.get((host, bucket), 0.0) < now:
            self._until[host, bucket] = now + seconds
            self.say(f"waiting {seconds:.0f} s for {host} ({bucket})")


@dataclass
class Session:
    """The tenants of one run and the connections that they share."""

    options: Options
    tenants: tuple[Tenant, ...]
    transport: Transport
    connections: Connections
    waits: Waits = field(default_factory=Waits)
    started: float = field(default_factory=time.monotonic)
    failures: int = 0

    def __enter__(self) -> Self:
        """The session; its locks are given back when it ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let other runs write, and close what is open."""
        self.connections.journals.release()
        self.transport.close()

    def say(self, text: str) -> None:
        """Print without any secret in it, unless the reader went away: what was begun is finished.

        Args:
            text: one or more lines.
        """
        with suppress(BrokenPipeError):
            click.echo(self.options.keeper.masked(text))

    def plans(self, make: Callable[[Snapshot], Plan] | None = None) -> list[Planned]:
        """A plan for each tenant, side by side, made by *make*: by default, of all that differs."""
        planned = self._each(
            lambda t: pipeline.plan_tenant(t, self.connections, make), _not_planned
        )
        return pipeline.unshared(list(planned))

    def audits(self) -> list[TenantResult]:
        """Findings for each tenant, side by side."""
        return list(self._each(lambda t: pipeline.audit_tenant(t, self.connections), _not_audited))

    def results(self, work: Callable[[Tenant], TenantResult]) -> list[TenantResult]:
        """*work* for each tenant, side by side."""
        return list(self._each(work, _not_tried))

    def cost(self) -> str:
        """What the run took, for the report's last line."""
        seconds = time.monotonic() - self.started
        said = f"{self.transport.requests} requests in {_span(seconds)}"
        if self.transport.waited >= 1:
            said += f", of it {_span(self.transport.waited)} waiting for rate limits"
        return said

    def _each(self, work: Callable[[Tenant], Any], given_up: Callable[[Tenant], Any]) -> Any:
        def counted(tenant: Tenant) -> Any:
            if self.options.max_failures and self.failures >= self.options.max_failures:
                return given_up(tenant)
            came = work(tenant)
            result = came.result if isinstance(came, Planned) else came
            self.failures += result.failed
            return came

        with _progress(len(self.tenants), self.waits) as tick:
            for came in pipeline.side_by_side(self.tenants, counted, self.options.workers):
                tick()
                yield came


def start(options: Options, *, read_only: bool) -> Session:
    """Load, select, validate, and connect to nothing yet.

    Raises:
        SetupError: config or a playbook is wrong; said before the first request.
    """
    tenants = options.selected()
    problems: list[Problem] = []
    found: list[Declared] = []
    for tenant in tenants:
        try:
            found.append(pipeline.declared(tenant))
        except SetupError as error:
            problems += error.problems
    problems += [problem for _, problem in shared((d, NOTHING_FOUND) for d in found)]
    problems += options.refusals(tenants)
    if problems:
        raise SetupError.of(problems)
    waits = Waits()
    transport = Transport(
        read_only=read_only, allowed_hosts=options.allow_hosts, on_wait=waits.tell
    )
    _end_waits_when_interrupted(transport, options.keeper)
    journals = Journals(options.journal)
    connections = Connections(transport, options.keeper, read_only=read_only, journals=journals)
    connections.announce(found)
    return Session(options, tenants, transport, connections, waits)


def _end_waits_when_interrupted(transport: Transport, keeper: Keeper) -> None:
    """A signal reaches the main thread only; the others may wait for a rate limit for a minute."""

    def end(_number: int, _frame: object) -> None:
        transport.stop()
        keeper.stop()
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, end)
        signal.signal(signal.SIGTERM, end)


def report(
    session: Session,
    verb: str,
    results: Sequence[TenantResult],
    code: int,
    text: str,
    *,
    fail_on: Severity = Severity.LOW,
) -> int:
    """Write the run's results in every format that was asked for; the exit code.

    Raises:
        SetupError: a file that could be written before can't be now; said when all others are.
    """
    options, masked = session.options, session.options.keeper.masked
    content = Content(
        verb, results, code, datetime.now(UTC), str(options.config), text, fail_on, masked
    )
    problems: list[Problem] = []
    for output in options.outputs:
        said = masked(formats.document(output.format, content))
        if output.file is None:
            click.echo(said)
            continue
        try:
            files.write(output.file, said + "\n")
        except SetupError as error:
            problems += error.problems
    if problems:
        raise SetupError.of(problems)
    return code


def to_stdout(session: Session) -> bool:
    """Whether text goes to stdout as it comes."""
    return any(o.format == "text" and o.file is None for o in session.options.outputs)


def exit_code(results: Sequence[TenantResult], *, differs: bool = False) -> int:
    """The first that applies: 70 a bug, 4 refused, 1 failed, 3 waiting, 2 *differs*, 0."""
    if any(r.bug for r in results):
        return 70
    if any(r.refused for r in results):
        return 4
    if any(r.failed for r in results):
        return 1
    if any(r.waiting for r in results):
        return 3
    return 2 if differs else 0


def enough_failed(session: Session, results: Sequence[TenantResult]) -> bool:
    """Whether no further tenant is to be started."""
    most = session.options.max_failures
    return most is not None and sum(result.failed for result in results) >= most


def not_tried(name: str) -> TenantResult:
    """The result of a tenant that wasn't started."""
    problem = Problem(
        "not tried: enough others failed",
        (("do", "mend them, or raise --max-failures"),),
        tenant=name,
    )
    return TenantResult(name, problems=(problem,), untried=True)


def _not_audited(tenant: Tenant) -> TenantResult:
    return pipeline.not_audited(tenant, not_tried(tenant.name))


def _not_tried(tenant: Tenant) -> TenantResult:
    return not_tried(tenant.name)


def _not_planned(tenant: Tenant) -> Planned:
    return Planned(_not_tried(tenant))


@contextmanager
def _progress(total: int, waits: Waits) -> Iterator[Callable[[], None]]:
    """What takes over two seconds shows on stderr how far it is; yields what counts a tenant."""
    show = _bar if sys.stderr.isatty() else _lines
    with show(total, waits) as tick:
        yield tick


@contextmanager
def _bar(total: int, waits: Waits) -> Iterator[Callable[[], None]]:
    """On a terminal a bar, which is gone afterwards."""
    # 0.1 s of imports, which a report that goes elsewhere doesn't need.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn  # noqa: PLC0415

    columns = SpinnerColumn(), TextColumn("tenants"), MofNCompleteColumn()
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    task = progress.add_task("", total=total)
    patience = threading.Timer(SLOW, progress.start)
    patience.daemon = True
    patience.start()
    before, waits.say = waits.say, progress.console.print  # above the bar, not through it
    try:
        yield lambda: progress.advance(task)
    finally:
        waits.say = before
        patience.cancel()
        progress.stop()


@contextmanager
def _lines(total: int, _waits: Waits) -> Iterator[Callable[[], None]]:
    """Elsewhere a line now and then."""
    done = 0
    told = time.monotonic()

    def tick() -> None:
        nonlocal done, told
        done += 1
        if time.monotonic() - told > SELDOM and done < total:
            told = time.monotonic()
            click.echo(f"{done} of {total} tenants", err=True)

    yield tick


def _span(seconds: float) -> str:
    if seconds < 60:  # noqa: PLR2004 -- seconds in a minute
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"
