"""One run of a verb over the selected tenants: its connections, and the tenants side by side."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self, TypeVar

from okta_scim_setup import fleet, lint, playbook
from okta_scim_setup.cli import _process
from okta_scim_setup.cli._course import Course
from okta_scim_setup.cli._echo import echo
from okta_scim_setup.cli._options import Options, org_of
from okta_scim_setup.cli._part import PART
from okta_scim_setup.cli._progress import Progress, Waits, shown, span
from okta_scim_setup.cli._stream import Stream
from okta_scim_setup.cli._untried import not_read, not_tried
from okta_scim_setup.config import Tenant
from okta_scim_setup.connections import Connections
from okta_scim_setup.engine import Snapshot
from okta_scim_setup.errors import Problem, SetupError
from okta_scim_setup.journal import Journals
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.pipeline import planning
from okta_scim_setup.pipeline.planning import Look, Planned
from okta_scim_setup.plan import Plan
from okta_scim_setup.playbook import Declared
from okta_scim_setup.sharing import NOTHING_FOUND, shared
from okta_scim_setup.traffic.side_by_side import AT_ONCE
from okta_scim_setup.traffic.turns import WHOSE
from okta_scim_setup.transport import Transport

Item = TypeVar("Item")
R = TypeVar("R", TenantResult, Planned)


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
    selected: tuple[str, ...] = ()
    """The names of the tenants that were asked for, of all shards."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.stream = Stream.of(self.options.outputs, self.options.keeper.masked)

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
        with suppress(OSError):  # a closed pipe, or a terminal that is gone
            echo(self.options.keeper.masked(text))

    def ending(self) -> AbstractContextManager[None]:
        """What the run's end is told within: once it was stopped, no signal breaks in any more."""
        return _process.looking() if self.transport.stopped else nullcontext()

    @cached_property
    def by_name(self) -> Mapping[str, Tenant]:
        """The tenants by their names."""
        return {tenant.name: tenant for tenant in self.tenants}

    @property
    def workers(self) -> int:
        """How many tenants are worked on at once: by default as their orgs' limits allow."""
        orgs = len(set(map(org_of, self.tenants)))
        by_default = fleet.workers(orgs, read_only=self.transport.read_only)
        return self.options.workers or by_default

    def plans(
        self,
        make: Callable[[Snapshot], Plan] | None = None,
        keep: Callable[[TenantResult], bool] = lambda _: False,
        *,
        look: Look = "plan",
    ) -> list[Planned]:
        """A plan for each tenant, side by side.

        Args:
            make: makes it; by default of all that differs.
            keep: of which tenants what was read is needed still; that of others is given up.
            look: how closely each is looked at.
        """

        def planned(tenant: Tenant) -> Planned:
            came = planning.plan_tenant(tenant, self.connections, make, look=look)
            if keep(came.result):
                return planning.kept(came)
            return came.release(self.connections, tenant)

        came = planning.unshared(self._each(planned, Planned))
        # Two that turned out to have one app have failed as well.
        self.failures = sum(p.result.failed and not p.result.untried for p in came)
        return came

    def results(
        self,
        work: Callable[[Tenant], TenantResult],
        given_up: Callable[[TenantResult], TenantResult] = lambda result: result,
    ) -> list[TenantResult]:
        """*work* for each tenant, side by side.

        Args:
            work: what is done.
            given_up: makes of what is said of a tenant that isn't worked on what *work* makes.
        """
        return self._each(work, given_up)

    def cost(self) -> str:
        """What the run took, for the report's last line."""
        seconds = time.monotonic() - self.started
        said = f"{self.transport.requests} requests in {span(seconds)}"
        if self.transport.waited >= 1:
            said += f", of it {span(self.transport.waited)} waiting for rate limits"
        return said

    def failed(self, result: TenantResult) -> None:
        """Count it for --max-failures, if it failed."""
        with self._lock:
            self.failures += result.failed and not result.untried

    @property
    def enough_failed(self) -> bool:
        """Whether no further tenant is to be started."""
        most = self.options.max_failures
        return most is not None and self.failures >= most

    def _each(self, work: Callable[[Tenant], R], given_up: Callable[[TenantResult], R]) -> list[R]:
        """*work* for each tenant, side by side; the results in the tenants' order.

        Args:
            work: what is done.
            given_up: makes of what is to be said of a tenant that isn't worked on what *work* does.
        """

        def counted(tenant: Tenant) -> R:
            if self.enough_failed:
                return given_up(not_tried(tenant.name))
            came = work(tenant)
            self.failed(_result(came))
            return came

        return self.side_by_side(
            self.tenants,
            counted,
            name=lambda t: t.name,
            org=org_of,
            stopped=lambda t: given_up(not_read(t.name)),
        )

    def side_by_side(
        self,
        items: Sequence[Item],
        work: Callable[[Item], R],
        *,
        name: Callable[[Item], str],
        org: Callable[[Item], str],
        stopped: Callable[[Item], R],
        told: Callable[[Item], object] = lambda _: None,
        most: int | None = None,
    ) -> list[R]:
        """*work* for each item, side by side, with its progress shown; the results in order.

        If the run is stopped it is over at once; *stopped* says what is known of the others.

        Args:
            items: what is to be done.
            work: does it.
            name: the tenant that an item is about.
            org: the org whose limits it uses.
            stopped: the result of an item that wasn't done when the run was stopped.
            told: called for an item that is done; of several one after the other.
            most: how many at once at most, besides --workers.
        """
        progress = Progress(len(items), self.waits)
        workers = min(self.workers, most or self.workers)
        calls = fleet.calls(min(workers, len(items)))

        def shown_work(index: int) -> R:
            WHOSE.set(name(items[index]))
            AT_ONCE.set(calls)
            progress.begins(name(items[index]))
            return work(items[index])

        def ended(index: int, came: R) -> None:
            progress.ends(name(items[index]), failed=bool(_result(came).failed))
            if self.connections.read_only or isinstance(came, TenantResult):
                self.stream.tell(_result(came))
            told(items[index])

        course: Course[R] = Course(self.transport)
        with shown(progress):
            course.run(list(map(org, items)), shown_work, ended, workers)
        came = course.came
        return [came[n] if n in came else stopped(item) for n, item in enumerate(items)]


def _result(came: TenantResult | Planned) -> TenantResult:
    return came.result if isinstance(came, Planned) else came


def start(options: Options, *, read_only: bool) -> Session:
    """Load, select, validate, and connect to nothing yet.

    Raises:
        SetupError: config or a playbook is wrong; said before the first request.
    """
    fleet_of_all = options.fleet()
    tenants = options.of_shard(fleet_of_all)
    found = declared(options, tenants)
    _process.allow_open_files(0 if read_only else len(tenants))
    waits = Waits()
    transport = Transport(
        read_only=read_only, allowed_hosts=options.allow_hosts, on_wait=waits.tell
    )
    _stoppable(transport, options)
    journals = Journals(options.journal)
    connections = Connections(transport, options.keeper, read_only=read_only, journals=journals)
    connections.announce(found)
    selected = tuple(tenant.name for tenant in fleet_of_all)
    return Session(options, tenants, transport, connections, waits, selected=selected)


def declared(options: Options, tenants: Sequence[Tenant]) -> list[Declared]:
    """What is declared for each tenant.

    Raises:
        SetupError: a playbook is wrong, or a secret's reference may not be followed.
    """
    problems: list[Problem] = []
    found: list[Declared] = []
    for tenant in tenants:
        try:
            found.append(playbook.declared(tenant))
            problems += lint.problems(lint.written(found[-1]))
        except SetupError as error:
            problems += error.problems
    problems += [problem for _, problem in shared((d, NOTHING_FOUND) for d in found)]
    problems += options.refusals(tenants)
    if problems:
        raise SetupError.of(problems)
    return found


def _stoppable(transport: Transport, options: Options) -> None:
    """Let signals stop the run, or whoever gave the order for it."""

    def halt() -> None:
        transport.stop()
        options.keeper.stop()
        if transport.read_only:  # which leaves nothing half done
            transport.stop()

    if part := PART.get():
        part.stopped_by(halt)
    else:
        _process.stop_when_interrupted(transport, options.keeper)
