"""From a request to its answer: faults, the service that it is for, its jobs, its latency."""

import threading
import time
import traceback
from dataclasses import dataclass
from http import HTTPStatus

from okta_scim_setup.simulator import faults
from okta_scim_setup.simulator.control import PREFIX, Control
from okta_scim_setup.simulator.dbt_cloud.api import DbtApi
from okta_scim_setup.simulator.message import Request, Response
from okta_scim_setup.simulator.okta.api import OktaApi
from okta_scim_setup.simulator.okta.errors import internal_error
from okta_scim_setup.simulator.okta.records import Org
from okta_scim_setup.simulator.provisioning import Engine
from okta_scim_setup.simulator.scim.api import ScimApi, is_scim
from okta_scim_setup.simulator.settings_memory import SettingsMemory
from okta_scim_setup.simulator.state import World


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
}


# A demo without latency must not wait for limits that it meets only because it is so fast.
LIMITS_OF = {"none": "relaxed", "lan": "relaxed", "recorded": "real"}


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
        self._org_of_port: dict[int, Org] = {}
        self._first_port = 0

    def serve_org(self, port: int, org: Org) -> None:
        """Let a port be that of an org; the first one is also dbt's and the simulator's own."""
        self._first_port = self._first_port or port
        self._org_of_port[port] = org

    def __call__(self, request: Request, port: int) -> Response:
        """Answer a request that came to a port."""
        if request.path.startswith(PREFIX) and port == self._first_port:
            return self._guarded(request, port)
        sender = "okta" if self._engine.wire.is_own(request.peer, port) else "client"
        entry = self._control.traffic.note(request, sender)
        due = self._control.faults.due(request)
        response = faults.answer_before(due, request.path, self._world.clock.now())
        if response is None:
            if sender == "client":
                self._wait(request)
            response = self._done(request, port, due)
        entry["status"] = int(response.status) if response.wire == "whole" else 0
        return response

    def _done(self, request: Request, port: int, due: str) -> Response:
        """The answer of work that is done, but for what a fault undoes or spoils."""
        memory = SettingsMemory(self._world) if due == faults.NOT_APPLIED else None
        response = self._guarded(request, port, with_jobs=memory is None)
        if memory is not None:
            memory.put_back()
        return faults.spoil_after(due, response)

    def _wait(self, request: Request) -> None:
        """Take the time that the service takes; Okta's own pushes don't keep a client waiting."""
        seconds = self._latency.read if request.method == "GET" else self._latency.write
        if seconds:
            time.sleep(seconds)

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

    def _answer(self, request: Request, port: int) -> Response:
        path = request.path
        if port == self._first_port:
            if path.startswith(PREFIX):
                return self._control.answer(request)
            if is_scim(path):
                return self._scim.answer(request)
            if path.startswith(("/api/v2/", "/api/v3/")):
                return self._dbt.answer(request)
        org = self._org_of_port.get(port)
        if org is None:
            return Response(HTTPStatus.NOT_FOUND)
        return self._okta.answer(org, request)
