"""Servers on loopback that answer byte by byte as a test says: real HTTP, with real faults."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

Act = Callable[[socket.socket], None]
"""What a server does in answer to one request."""


@dataclass
class Asked:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Scripted:
    """Does what its script says, one act for each request; the last act again and again."""

    url: str
    script: list[Act]
    asked: list[Asked] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.url.partition("://")[2]

    @property
    def methods(self) -> list[str]:
        return [asked.method for asked in self.asked]

    def act(self) -> Act:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


def reply(
    body: Any = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    raw: bytes | None = None,
) -> Act:
    """An answer; *body* is sent as JSON, *raw* as it is."""
    content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
    said = {"Content-Type": "application/json", "Date": formatdate(usegmt=True)}
    said |= {"Content-Length": str(len(content)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items() if value)
    whole = f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + content
    return lambda connection: connection.sendall(whole)


def page(status: int = 200) -> Act:
    """A page where JSON is expected."""
    return reply(raw=b"<html>Sign in</html>", status=status, headers={"Content-Type": "text/html"})


def raw(*pieces: bytes, every: float = 0.0) -> Act:
    """Bytes, *every* so many seconds, and then the end of the connection."""

    def act(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)
            if every:
                time.sleep(every)
        raise ConnectionAbortedError

    return act


def drop(connection: socket.socket) -> None:
    """Close without an answer."""
    raise ConnectionAbortedError


def reset(connection: socket.socket) -> None:
    """Break the connection off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionResetError


def hang(connection: socket.socket) -> None:
    """Say nothing until the other side gives up."""
    with contextlib.suppress(OSError):
        connection.settimeout(20)
        connection.recv(1)
    raise ConnectionAbortedError


@contextlib.contextmanager
def serving(*script: Act, tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    """A server on a free port that follows *script*."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        scheme = "https" if tls else "http"
        server = Scripted(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", list(script))
        threading.Thread(target=_accept, args=(listener, server, tls), daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)


def closed_port() -> str:
    """The address of a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _accept(listener: socket.socket, server: Scripted, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
            connection = tls.wrap_socket(connection, server_side=True) if tls else connection
        except ssl.SSLError:
            continue
        except OSError:
            return
        threading.Thread(target=_serve, args=(connection, server), daemon=True).start()


def _serve(connection: socket.socket, server: Scripted) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # The other side may be gone at any time.
    with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
        while True:
            asked = _read(stream)
            if asked is None:
                return
            server.asked.append(asked)
            try:
                server.act()(connection)
            except ConnectionResetError:
                return
            except OSError:
                # So that the reader's end is seen at once, whoever still holds the file.
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                return


def _read(stream: Any) -> Asked | None:
    line = stream.readline().decode("latin-1").split()
    if len(line) < 2:
        return None
    headers: dict[str, str] = {}
    while text := stream.readline().decode("latin-1").strip():
        name, _, value = text.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return Asked(line[0], line[1], headers, body)


@dataclass
class FakeTime:
    """A clock that only sleeping moves."""

    now: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
