# ruff: noqa: INP001 -- programs, no package
"""How many requests a second the simulator answers on one core, without latency."""

import json
import os
import socket
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from service import serving

WANTED = 1000
_FASTER = 60_000
_CLIENTS = 4
_SECONDS = 5.0


def main() -> int:
    """Print requests a second for some usual reads and writes, and for a mix of them."""
    with serving("--tenants", "1") as service:
        _give_a_core_of_its_own(service.process.pid)
        _let_time_fly(service.summary)
        rates = {
            name: _rate(service.summary, [request])
            for name, request in _requests(service.summary).items()
        }
        rates["mix"] = _rate(service.summary, list(_requests(service.summary).values()))
    for name, rate in rates.items():
        print(f"{rate:8,.0f} requests/s  {name}")  # noqa: T201 - a program
    return 0 if rates["mix"] >= WANTED else 1


def _give_a_core_of_its_own(process_id: int) -> None:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(process_id, {cores[0]})
    if len(cores) > 1:
        os.sched_setaffinity(0, set(cores[1:]))


def _let_time_fly(summary: dict[str, Any]) -> None:
    """Let a minute pass in no time, or the limits on rates would be all that is measured."""
    url = f"{summary['dbt_cloud'][0]['access_url']}/_simulator/clock"
    body = json.dumps({"speed": _FASTER}).encode()
    with urllib.request.urlopen(url, body, timeout=10):  # noqa: S310 - to loopback
        pass


def _requests(summary: dict[str, Any]) -> dict[str, bytes]:
    okta, dbt = summary["okta"][0], summary["dbt_cloud"][0]
    ssws, token = f"SSWS {okta['api_token']}", f"Token {dbt['token']}"
    account = f"/api/v3/accounts/{dbt['account_id']}"
    group = '{"profile": {"name": "g"}}'
    first = okta["groups"][-1]["id"]
    return {
        "an app": _request("GET", f"/api/v1/apps/{okta['apps'][0]['id']}", ssws),
        "a list of groups": _request("GET", "/api/v1/groups?limit=10", ssws),
        "a changed group": _request("PUT", f"/api/v1/groups/{first}", ssws, group),
        "the SCIM configuration": _request("GET", f"{account}/scim-config/", token),
    }


def _request(method: str, target: str, authorization: str, body: str = "") -> bytes:
    lines = (
        f"{method} {target} HTTP/1.1",
        "Host: localhost",
        f"Authorization: {authorization}",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
    )
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def _rate(summary: dict[str, Any], requests: list[bytes]) -> float:
    url = urlsplit(summary["okta"][0]["org_url"])
    until = time.monotonic() + _SECONDS
    with ThreadPoolExecutor(_CLIENTS) as pool:
        counts = pool.map(
            lambda _: _drive(url.hostname or "", url.port or 80, requests, until), range(_CLIENTS)
        )
        return sum(counts) / _SECONDS


def _drive(host: str, port: int, requests: list[bytes], until: float) -> int:
    """Send requests one after the other on one connection; count the answers."""
    count = 0
    with socket.create_connection((host, port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.monotonic() < until:
            connection.sendall(requests[count % len(requests)])
            _read(connection)
            count += 1
    return count


def _read(connection: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    status, *headers = head.lower().split(b"\r\n")
    if b" 200 " not in status:
        raise AssertionError(f"not an answer to count: {status!r}")
    length = next((int(h.split(b":")[1]) for h in headers if h.startswith(b"content-length")), 0)
    while len(body) < length:
        body += connection.recv(65_536)


if __name__ == "__main__":
    sys.exit(main())
