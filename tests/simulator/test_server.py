"""The server on loopback: nothing that one connection does may hold up the others."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from okta_scim_setup.simulator import Simulator
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.server import Server


class OnceWithoutThread(Server):
    """A server that can't start a thread for its first connection."""

    failures = 1

    def _serve(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("can't start new thread")
        super()._serve(connection, peer)


@pytest.fixture
def crowded() -> Iterator[int]:
    server = OnceWithoutThread(lambda _request, _port: Response(body={}), time.time)
    port = server.listen("127.0.0.1", 0)
    server.start()
    yield port
    server.stop()


def status(port: int) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().status


def test_a_connection_that_gets_no_thread_is_closed_and_the_next_is_served(crowded: int) -> None:
    with pytest.raises((OSError, http.client.HTTPException)):
        status(crowded)
    assert status(crowded) == 200


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running
    assert running.errors == []


def statuses(simulator: Simulator, *methods: str) -> list[int]:
    """What comes for requests sent one after the other on one connection.

    A client that reads ahead would hide bytes that belong to no answer.
    """
    port = urlsplit(simulator.url).port or 0
    found = []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        reader = connection.makefile("rb")
        for method in methods:
            connection.sendall(f"{method} /api/v1/apps HTTP/1.1\r\n\r\n".encode())
            found.append(int(reader.readline().split()[1]))
            headers = http.client.parse_headers(reader)
            if method != "HEAD" and found[-1] not in (204, 304):
                reader.read(int(headers["Content-Length"]))
        reader.close()
    return found


def test_head_has_no_body_that_would_be_taken_for_the_next_answer(simulator: Simulator) -> None:
    assert statuses(simulator, "HEAD", "GET", "GET") == [401, 401, 401]


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_is_followed_by_the_next_answer(
    simulator: Simulator, status: int
) -> None:
    simulator.add_fault("/apps", f"status:{status}")
    assert statuses(simulator, "GET", "GET") == [status, 401]
