"""Scripted faults: what goes wrong with the n-th request of a kind, once."""

import re
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.dbt_cloud.envelope import DbtError
from okta_scim_setup.simulator.message import Request, Response
from okta_scim_setup.simulator.okta.errors import (
    OktaError,
    forbidden,
    internal_error,
    invalid_token,
    rate_limited,
)
from okta_scim_setup.simulator.scim.api import is_scim
from okta_scim_setup.simulator.scim.call import ScimError

BEFORE = ("drop_before", "html200", "hang", "redirect")
NOT_APPLIED = "not_applied"
AFTER = ("drop_after", "truncate", "truncate_unsized", "drip", NOT_APPLIED)
_WIRE = {
    "drop_after": "drop",
    "truncate": "truncate",
    "truncate_unsized": "unsized",
    "drip": "drip",
}

_LOGIN_PAGE = "<!doctype html><html><head><title>Sign in</title></head><body></body></html>"
_BROKEN_PAGE = "<!doctype html><html><head><title>Uh oh!</title></head><body></body></html>"


@dataclass(slots=True)
class Fault:
    """A fault: for which requests (`path` is a regular expression), the how-many-th, and what.

    `do` is status:NNN, drop_before, html200, hang or redirect, and the service does nothing; or
    drop_after (no answer), truncate (half of it), truncate_unsized (half of it, and no
    Content-Length says so) or drip (slowly), and the service did its work; or not_applied: the
    service acknowledges a change of settings, tokens, assignments or pushes that it doesn't make.
    """

    path: str
    do: str
    method: str | None = None
    nth: int = 1
    seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        status = re.fullmatch(r"status:([1-5]\d\d)", self.do)
        if not status and self.do not in BEFORE + AFTER:
            known = ", ".join(("status:NNN", *BEFORE, *AFTER))
            raise ValueError(f"do {self.do!r} is not one of {known}")
        re.compile(self.path)

    def is_due(self, request: Request) -> bool:
        """Count a request; whether it is the one that this fault waits for."""
        if self.method not in (None, request.method) or not re.search(self.path, request.target):
            return False
        self.seen += 1
        return self.seen == self.nth


class Faults:
    """The faults that are still to come; each happens once."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Let a fault happen."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all faults that haven't happened."""
        with self._lock:
            self._waiting.clear()

    def due(self, request: Request) -> str:
        """What goes wrong with this request, or nothing."""
        with self._lock:
            due = [fault for fault in self._waiting if fault.is_due(request)]
            for fault in due:
                self._waiting.remove(fault)
        return due[0].do if due else ""


def answer_before(do: str, path: str, now: float) -> Response | None:
    """The answer in place of the service's own, which does nothing; None where it does its work."""
    if do.startswith("status:"):
        return _status(int(do.removeprefix("status:")), path, now)
    answers = {
        "drop_before": Response(wire="drop"),
        "hang": Response(wire="hang"),
        "html200": Response(HTTPStatus.OK, _LOGIN_PAGE, content_type="text/html"),
        "redirect": Response(HTTPStatus.FOUND, None, {"Location": "/login"}),
    }
    return answers.get(do)


def spoil_after(do: str, response: Response) -> Response:
    """Lose or cut the answer of work that was done."""
    response.wire = _WIRE.get(do, response.wire)
    return response


def _status(status: int, path: str, now: float) -> Response:
    """An answer of a status, in the form of the service that the path belongs to."""
    detail = "A fault of the simulator"
    if path.startswith(("/api/v2/", "/api/v3/")):
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # dbt's front end answers with a page (recorded).
            return Response(status, _BROKEN_PAGE, content_type="text/html")
        error = ScimError(status, detail) if is_scim(path) else DbtError(status, detail)
        response = error.response()
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            response.headers["Retry-After"] = "1"
        return response
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response = rate_limited().response()
        response.headers |= {"X-Rate-Limit-Limit": "50", "X-Rate-Limit-Remaining": "0"}
        response.headers["X-Rate-Limit-Reset"] = str(int(now) + 1)
        return response
    known = {500: internal_error(), 401: invalid_token(), 403: forbidden()}
    return known.get(status, OktaError(status, "E0000001", detail)).response()


def fault_from_json(value: dict[str, Any]) -> Fault:
    """A fault from `{"path", "do", "method", "nth"}`.

    Raises:
        ValueError: a key or value isn't known.

    """
    unknown = set(value) - {"path", "do", "method", "nth"}
    if unknown or "do" not in value:
        raise ValueError(f"a fault has path, do, method and nth, not {sorted(unknown)}")
    try:
        return Fault(**{"path": "", **value})
    except re.error as error:
        raise ValueError(f"path is no regular expression: {error}") from error
