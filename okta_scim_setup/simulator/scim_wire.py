"""The HTTP client of the simulated Okta's provisioning, to loopback only."""

import http.client
import ipaddress
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

_LONGEST_WAIT = 10.0
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class ScimAnswer:
    """What a SCIM endpoint answered: a status (0: nothing came), a body, or why there is none."""

    status: int
    body: Any
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is a success with, or rightly without, a body."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES and not self.problem

    @property
    def reason(self) -> str:
        """Why it failed, in the words of Okta's error texts."""
        if self.problem:
            return self.problem
        detail = self.body.get("detail") if isinstance(self.body, dict) else None
        phrase = HTTPStatus(self.status).phrase if self.status else "no answer"
        return f"{detail or phrase}. Errors reported by remote server: {self.status} {phrase}"


class ScimWire:
    """Sends requests as Okta's SCIM client does, and knows which connections are its own."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep
        self._lock = threading.Lock()
        self._pairs: set[tuple[int, int]] = set()

    def is_own(self, peer: tuple[str, int], port: int) -> bool:
        """Whether a connection from a peer to a port was opened by the simulated Okta."""
        return (peer[1], port) in self._pairs

    def send(
        self, method: str, url: str, token: str, body: Any = None, *, timeout: float
    ) -> ScimAnswer:
        """Send one request; honour Retry-After of a 429, at most ten seconds (specified)."""
        for attempt in range(_ATTEMPTS):
            status, headers, data = self._exchange(method, url, token, body, timeout)
            if status != HTTPStatus.TOO_MANY_REQUESTS or attempt == _ATTEMPTS - 1:
                break
            wait = headers.get("retry-after", "1")
            self._sleep(min(float(wait) if wait.isdigit() else 1.0, _LONGEST_WAIT))
        if not status:
            return ScimAnswer(0, None, headers.get("problem", "no answer"))
        return _read(status, data)

    def _exchange(
        self, method: str, url: str, token: str, body: Any, timeout: float
    ) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(url)
        try:
            connection = _connect(parts.hostname or "", parts.port, parts.scheme, timeout)
        except (OSError, ValueError) as error:
            return 0, {"problem": f"Error authenticating: {error}"}, b""
        # Noted now: a connection that the other side has closed no longer knows its ends.
        ends = connection.sock.getsockname()[1], connection.port
        with self._lock:
            self._pairs.add(ends)
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            return _talk(connection, method, target, token, body)
        except (OSError, http.client.HTTPException) as error:
            return 0, {"problem": f"Error authenticating: {type(error).__name__}"}, b""
        finally:
            # First forgotten, then closed: from then on the port may be anyone's.
            with self._lock:
                self._pairs.discard(ends)
            connection.close()


def _connect(
    host: str, port: int | None, scheme: str, timeout: float
) -> http.client.HTTPConnection:
    if scheme != "http":
        raise ValueError("the simulator speaks plain http, to loopback only")
    address = socket.getaddrinfo(host, port or 80, type=socket.SOCK_STREAM)[0][4][0]
    if not ipaddress.ip_address(str(address)).is_loopback:
        raise ValueError(f"{host} is not on loopback; the simulator speaks to loopback only")
    connection = http.client.HTTPConnection(str(address), port or 80, timeout=timeout)
    connection.connect()
    return connection


def _talk(
    connection: http.client.HTTPConnection, method: str, target: str, token: str, body: Any
) -> tuple[int, dict[str, str], bytes]:
    headers = {
        "Accept": "application/scim+json",
        "Accept-Charset": "utf-8",
        "User-Agent": "Okta SCIM Client 1.0.0",
        "Authorization": f"Bearer {token}",
    }
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers["Content-Type"] = "application/scim+json; charset=utf-8"
    connection.request(method, target, data, headers)
    answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    return answer.status, found, answer.read()


def _read(status: int, data: bytes) -> ScimAnswer:
    if not data:
        return ScimAnswer(status, None)
    try:
        return ScimAnswer(status, json.loads(data))
    except ValueError:
        if status >= HTTPStatus.BAD_REQUEST:
            return ScimAnswer(status, None)
        return ScimAnswer(status, None, "Error parsing JSON body of the remote server's answer")
