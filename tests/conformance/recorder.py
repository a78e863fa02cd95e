"""Every exchange with a simulated service in this process, held against the specifications.

It looks at what the services answer, before a fault spoils it on the wire, so it needs nothing of
the simulator but the `answer` of its three services.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

from conformance.deviations import excused
from conformance.specification import Exchange, Finding, operation_of
from conformance.unspecified import FIRST_ERROR, error_findings, path_findings

from okta_scim_setup.simulator.dbt_cloud.api import DbtApi
from okta_scim_setup.simulator.message import Request, Response
from okta_scim_setup.simulator.okta.api import OktaApi
from okta_scim_setup.simulator.scim.api import ScimApi

_OWN_AGENTS = ("okta-scim-setup/", "Okta SCIM Client ")
_SERVICES: dict[str, Any] = {"okta": OktaApi, "dbt": DbtApi, "scim": ScimApi}


class Recorder:
    """Keeps what is said until it is asked for, each different exchange once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fresh: list[Exchange] = []
        self._known: set[Exchange] = set()
        self._answers: dict[Any, Callable[..., Response]] = {}

    def start(self) -> None:
        """Listen to the services."""
        for name, service in _SERVICES.items():
            self._answers[service] = service.answer
            service.answer = self._listening(name, service.answer)

    def stop(self) -> None:
        """Leave the services as they were."""
        for service, answer in self._answers.items():
            service.answer = answer

    def fresh(self) -> list[Exchange]:
        """What was said since last asked, without what had been said before."""
        with self._lock:
            fresh, self._fresh = self._fresh, []
        new = [exchange for exchange in dict.fromkeys(fresh) if exchange not in self._known]
        self._known.update(new)
        return new

    def _listening(self, name: str, answer: Callable[..., Response]) -> Callable[..., Response]:
        def listen(service: Any, *arguments: Any) -> Response:
            response = answer(service, *arguments)
            exchange = _exchange(name, arguments[-1], response)
            with self._lock:
                self._fresh.append(exchange)
            return response

        return listen


def _exchange(name: str, request: Request, response: Response) -> Exchange:
    body = response.encoded()
    return Exchange(
        service=name,
        method=request.method,
        path=request.path,
        query=tuple(parse_qsl(request.target.partition("?")[2], keep_blank_values=True)),
        agent=request.headers.get("user-agent", ""),
        request=request.body,
        status=int(response.status),
        media_type=response.content_type if body else "",
        answer=body,
    )


def findings(exchange: Exchange) -> Iterator[Finding]:
    """All that differs from the specifications, the named deviations aside.

    What others than the tool and the simulated Okta ask is theirs to answer for.
    """
    operation = operation_of(exchange)
    if exchange.status >= FIRST_ERROR:
        yield from error_findings(exchange)
    if operation is None:
        yield from path_findings(exchange)
        return
    if exchange.agent.startswith(_OWN_AGENTS):
        yield from _unexcused(operation.request_findings(exchange))
    if exchange.status < FIRST_ERROR:
        yield from _unexcused(operation.answer_findings(exchange))


def _unexcused(found: Iterator[Finding]) -> Iterator[Finding]:
    return (finding for finding in found if excused(finding) is None)
