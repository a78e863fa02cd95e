"""An HTTP/1.1 server on loopback: many ports, one accepting thread, one thread a connection."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from io import BufferedReader
from urllib.parse import parse_qsl, unquote

from okta_scim_setup.simulator.message import Request, Response

Dispatch = Callable[[Request, int], Response]

_BACKLOG = 512
_LONGEST_LINE = 65_536
_HANG_SECONDS = 600.0
_DRIPS = 20
_DRIP_SECONDS = 0.1
_NO_DESCRIPTOR_SECONDS = 0.05


class Server:
    """Listens on any number of ports and hands every request to `dispatch(request, port)`."""

    def __init__(self, dispatch: Dispatch, now: Callable[[], float]) -> None:
        self._dispatch = dispatch
        self._now = now
        self._selector = selectors.DefaultSelector()
        self._listeners: list[socket.socket] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread: threading.Thread | None = None

    def listen(self, host: str, port: int) -> int:
        """Bind a port, any free one for 0, and return its number.

        Raises:
            OSError: the port is taken.

        """
        listener = socket.create_server((host, port), backlog=_BACKLOG)
        # Who connects may be gone again before `accept`, which must not wait for the next one.
        listener.settimeout(0)
        self._listeners.append(listener)
        self._selector.register(listener, selectors.EVENT_READ)
        return int(listener.getsockname()[1])

    def start(self) -> None:
        """Begin to accept connections."""
        self._thread = threading.Thread(target=self._accept, name="simulator", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close every port and connection."""
        self._stopping.set()
        self._wake.send(b"x")
        if self._thread:
            self._thread.join()
        for listener in self._listeners:
            listener.close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._selector.close()
        self._wake.close()
        self._woken.close()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select():
                if key.fileobj is self._woken or not isinstance(key.fileobj, socket.socket):
                    continue
                self._accept_one(key.fileobj)

    def _accept_one(self, listener: socket.socket) -> None:
        """Accept a connection; whatever fails, the others are served."""
        try:
            connection, peer = listener.accept()
        except BlockingIOError:
            return
        except OSError:
            # No file descriptor is left: one comes free when a connection ends.
            self._stopping.wait(_NO_DESCRIPTOR_SECONDS)
            return
        try:
            self._serve(connection, peer)
        except (OSError, RuntimeError):  # it is gone again, or no thread can be started
            self._forget(connection)

    def _serve(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        connection.settimeout(None)
        # Nagle's algorithm would hold back every answer for some 40 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.add(connection)
        threading.Thread(target=self._converse, args=(connection, peer), daemon=True).start()

    def _forget(self, connection: socket.socket) -> None:
        connection.close()
        with self._lock:
            self._open.discard(connection)

    def _converse(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        try:
            port = connection.getsockname()[1]
            with connection.makefile("rb") as reader:
                while not self._stopping.is_set() and self._exchange(
                    connection, reader, peer, port
                ):
                    pass
        except OSError:
            pass  # the client went away
        finally:
            self._forget(connection)

    def _exchange(
        self, connection: socket.socket, reader: BufferedReader, peer: tuple[str, int], port: int
    ) -> bool:
        """Answer one request; return whether the connection stays open."""
        try:
            request = read_request(reader, peer)
        except ValueError:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            return False
        if request is None:
            return False
        response = self._dispatch(request, port)
        if response.wire == "hang":
            self._stopping.wait(_HANG_SECONDS)
        if response.wire in ("hang", "drop"):
            return False
        whole = response.encoded()
        body = whole if has_body(request.method, response.status) else b""
        payload = head(response, len(whole), self._now()) + body
        if response.wire in ("truncate", "unsized"):
            payload = payload[: -max(1, len(body) // 2)]
        if response.wire == "drip":
            self._drip(connection, payload)
        else:
            connection.sendall(payload)
        return response.wire == "whole" and _keeps_alive(request)

    def _drip(self, connection: socket.socket, payload: bytes) -> None:
        """Send a little at a time: no read times out, yet the whole takes seconds."""
        step = len(payload) // _DRIPS + 1
        for start in range(0, len(payload), step):
            connection.sendall(payload[start : start + step])
            self._stopping.wait(_DRIP_SECONDS)


def _keeps_alive(request: Request) -> bool:
    return request.headers.get("connection", "").lower() != "close"


def has_body(method: str, status: int) -> bool:
    """Whether a body may follow: one that nobody reads would be taken for the next answer.

    RFC 9110, sections 9.3.2 (HEAD), 15.2, 15.3.5 and 15.4.5.
    """
    without = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
    return method != "HEAD" and status >= HTTPStatus.OK and status not in without


def read_request(reader: BufferedReader, peer: tuple[str, int]) -> Request | None:
    """Read one request; None at the end of the connection.

    Raises:
        ValueError: this is no HTTP/1.1 request with a Content-Length (RFC 9112).

    """
    line = reader.readline(_LONGEST_LINE).decode("latin-1").rstrip("\r\n")
    if not line:
        return None
    method, target, _ = line.split(" ", 2)
    headers = _read_headers(reader)
    if "chunked" in headers.get("transfer-encoding", ""):
        raise ValueError("chunked requests are not read")
    body = reader.read(int(headers.get("content-length", "0")))
    path, _, query = target.partition("?")
    return Request(
        method=method,
        target=target,
        path=unquote("/" + path.lstrip("/")),
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=body,
        peer=(peer[0], peer[1]),
    )


def _read_headers(reader: BufferedReader) -> dict[str, str]:
    headers: dict[str, str] = {}
    while True:
        line = reader.readline(_LONGEST_LINE).decode("latin-1").rstrip("\r\n")
        if not line:
            return headers
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError("a header without a colon")
        headers[name.strip().lower()] = value.strip()


def head(response: Response, length: int, now: float) -> bytes:
    """The status line and headers of an answer with a body of `length` bytes."""
    try:
        reason = HTTPStatus(response.status).phrase
    except ValueError:
        reason = "Unknown"
    lines = [f"HTTP/1.1 {int(response.status)} {reason}"]
    if "Date" not in response.headers:
        lines.append(f"Date: {formatdate(now, usegmt=True)}")
    if length:
        lines.append(f"Content-Type: {response.content_type}")
    no_length = response.status < HTTPStatus.OK or response.status == HTTPStatus.NO_CONTENT
    if not no_length and response.wire != "unsized":
        lines.append(f"Content-Length: {length}")
    lines.extend(f"{name}: {value}" for name, value in response.headers.items())
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
