"""From a request to its answer: faults, the service that it is for, its jobs, its latency."""

import threading
import traceback
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.console.pages import Pages, is_page
from okta_scim_setup.simulator.control import PREFIX, Control
from okta_scim_setup.simulator.dbt_cloud.api import DbtApi
from okta_scim_setup.simulator.faults import Due, acts
from okta_scim_setup.simulator.faults.answers import answer_before
from okta_scim_setup.simulator.faults.menu import NOT_APPLIED, STALE_READ
from okta_scim_setup.simulator.faults.tampering import as_asked, spoil_after
from okta_scim_setup.simulator.message import Request, Response
from okta_scim_setup.simulator.okta import concurrency
from okta_scim_setup.simulator.okta.api import OktaApi
from okta_scim_setup.simulator.okta.errors import internal_error
from okta_scim_setup.simulator.okta.records import Org
from okta_scim_setup.simulator.past import Past
from okta_scim_setup.simulator.provisioning import Engine
from okta_scim_setup.simulator.scim.api import ScimApi, is_scim
from okta_scim_setup.simulator.state import Tenant, World
from okta_scim_setup.simulator.tenancy import tenants_of


@dataclass(frozen=True, slots=True)
class Latency:
    """How long an answer takes, in seconds, for reads and for writes."""

    read: float
    write: float


LATENCIES = {
    "none": Latency(0.0, 0.0),
    "lan": Latency(0.005, 0.005),
    # Reads took 0.2 to 1.1 s and writes 0.3 to 3.3 s (recorded).
    "recorded": Latency(0.2, 0.8),
    # For benchmarks: whatever is asked takes the same.
    "even": Latency(0.2, 0.2),
}


# A demo without latency must not wait for limits that it meets only because it is so fast.
LIMITS_OF = {"none": "relaxed", "lan": "relaxed", "recorded": "real", "even": "real"}


class Dispatch:
    """Answers every request of every port."""

    def __init__(self, world: World, engine: Engine, control: Control, latency: Latency) -> None:
        self._world = world
        self._engine = engine
        self._control = control
        self._latency = latency
        self._okta = OktaApi(world, engine)
        self._dbt = DbtApi(world)
        self._scim = ScimApi(world)
        self._pages = Pages(control.console)
        self._org_of_port: dict[int, Org] = {}
        self._past: dict[str, Past] = {}
        self._first_port = 0

    def serve_org(self, port: int, org: Org) -> None:
        """Let a port be that of an org; the first one is also dbt's and the simulator's own."""
        self._first_port = self._first_port or port
        self._org_of_port[port] = org

    def __call__(self, request: Request, port: int) -> Response:
        """Answer a request that came to a port; what a person asks for is no traffic."""
        if self._is_control(request, port) or is_page(request.path):
            return self._guarded(request, port)
        sender = "okta" if self._engine.wire.is_own(request.peer, port) else "client"
        entry = self._control.traffic.note(request, sender)
        if self._control.faults.are_none:
            response = self._timely(request, port, sender)
        else:
            response = self._perhaps_faulty(request, port, sender, entry)
        entry["status"] = int(response.status) if response.wire == "whole" else 0
        return response

    def _perhaps_faulty(
        self, request: Request, port: int, sender: str, entry: dict[str, Any]
    ) -> Response:
        org = self._org_of_port.get(port)
        tenants = tenants_of(self._world, org, request)
        names = tuple(tenant.name for tenant in tenants)
        due = self._control.faults.due(request, sender, names)
        if due.do:
            entry["fault"] = due.do
            acts.act(self._world, self._control.console, due, tenants, org)
        response = answer_before(due.do, request, self._world.clock.now())
        if response is not None:
            return response
        if due.do == STALE_READ and request.method == "GET":
            return self._stale(request, port, sender, names)
        before = None
        if due.do == NOT_APPLIED or request.method != "GET":
            before = self._remember(tenants, due)
        with_jobs = due.do != NOT_APPLIED
        response = self._timely(as_asked(due.do, request), port, sender, with_jobs=with_jobs)
        if before is not None and due.do == NOT_APPLIED:
            before.put_back()
        return spoil_after(due.do, request, response)

    def _remember(self, tenants: list[Tenant], due: Due) -> Past | None:
        """How things are now, where a fault will want to go back to it."""
        stale = self._control.faults.read_the_past
        if not stale and due.do != NOT_APPLIED:
            return None
        past = Past(self._world, tenants)
        if stale:
            self._past |= {tenant.name: past for tenant in tenants}
        return past

    def _stale(self, request: Request, port: int, sender: str, names: tuple[str, ...]) -> Response:
        """A read as things were before the tenants' last change, if there was one."""
        past = next((self._past[name] for name in names if name in self._past), None)
        if past is None:
            return self._timely(request, port, sender)
        with past.shown():
            return self._timely(request, port, sender)

    def _timely(
        self, request: Request, port: int, sender: str, *, with_jobs: bool = True
    ) -> Response:
        """The service's answer, as late as latency wants it.

        Okta's own pushes don't keep a client waiting, and don't count as calls of an org.
        """
        if sender == "okta":
            return self._guarded(request, port, with_jobs=with_jobs)
        org = None if self._is_of_dbt(request, port) else self._org_of_port.get(port)
        if org is None:
            self._wait(request)
            return self._guarded(request, port, with_jobs=with_jobs)
        with concurrency.place(self._world, org) as refusal:
            if refusal is not None:
                return refusal
            self._wait(request)
            return self._guarded(request, port, with_jobs=with_jobs)

    def _wait(self, request: Request) -> None:
        """Take the time that the service takes."""
        seconds = self._latency.read if request.method == "GET" else self._latency.write
        if seconds:
            self._world.clock.sleep(seconds)

    def _guarded(self, request: Request, port: int, *, with_jobs: bool = True) -> Response:
        """The service's answer, with its jobs done; a defect of the simulator is kept, and 500."""
        try:
            response = self._answer(request, port)
            for job in response.jobs if with_jobs else ():
                job()
        except Exception:  # noqa: BLE001 - whatever it is, the client must get an answer
            where = f"{threading.current_thread().name}: {request.method} {request.target}"
            self._world.errors.append(f"{where}\n{traceback.format_exc()}")
            return internal_error().response()
        return response

    def _is_control(self, request: Request, port: int) -> bool:
        return port == self._first_port and request.path.startswith(PREFIX)

    def _is_of_dbt(self, request: Request, port: int) -> bool:
        return port == self._first_port and request.path.startswith(("/api/v2/", "/api/v3/"))

    def _answer(self, request: Request, port: int) -> Response:
        if self._is_control(request, port):
            return self._control.answer(request)
        if self._is_of_dbt(request, port):
            return (self._scim if is_scim(request.path) else self._dbt).answer(request)
        org = self._org_of_port.get(port)
        if org is None:
            return Response(HTTPStatus.NOT_FOUND)
        if is_page(request.path):
            return self._pages.answer(org, request)
        return self._okta.answer(org, request)
