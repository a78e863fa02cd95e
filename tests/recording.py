"""A server on loopback that answers our client with what real orgs were recorded to answer."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parents[2] / "shared" / "recorded" / "okta-exchanges.json"

WINDOW = 30
"""Seconds before a recorded reset at which our server says it is: Date wasn't recorded."""

Exchange = Mapping[str, Any]


def exchanges(test: str) -> list[Exchange]:
    """What was recorded during the test whose name holds *test*."""
    recordings = json.loads(RECORDED.read_text())
    (name,) = [name for name in recordings if test in name]
    return [dict(e, path="/" + e["path"].lstrip("/")) for e in recordings[name]]


def only(test: str, method: str, path: str, **wanted: Any) -> Exchange:
    """The first exchange of *test* with *method*, where *path* matches, that has *wanted*."""
    for exchange in exchanges(test):
        fits = exchange["method"] == method and re.search(path, exchange["path"])
        if fits and all(exchange.get(key) == value for key, value in wanted.items()):
            return exchange
    raise AssertionError(f"nothing recorded in {test} for {method} {path} {wanted}")


@dataclass(frozen=True)
class Sent:
    """A request of ours, as it arrived."""

    method: str
    path: str
    query: str
    body: Any
    headers: Mapping[str, str]

    @property
    def call(self) -> str:
        return f"{self.method} {self.path}{'?' if self.query else ''}{self.query}"


@dataclass
class Org:
    """Answers by method and path, each in its turn; the last one again and again."""

    url: str = ""
    sent: list[Sent] = field(default_factory=list)
    _answers: dict[tuple[str, str], list[Exchange]] = field(default_factory=dict)

    def plays(self, *recorded: Exchange) -> None:
        """Answer as in *recorded*."""
        for exchange in recorded:
            key = (exchange["method"], exchange["path"])
            self._answers.setdefault(key, []).append(exchange)

    def lists(self, path: str, *items: Any) -> None:
        """Answer *path* with a list, composed of recorded items: none of it was recorded."""
        self.plays({"method": "GET", "path": path, "status": 200, "response_body": list(items)})

    @property
    def calls(self) -> list[str]:
        """What was asked: method, path and query."""
        return [sent.call for sent in self.sent]

    def answer(self, sent: Sent) -> Exchange:
        self.sent.append(sent)
        answers = self._answers.get((sent.method, sent.path))
        if not answers:
            return {"status": 501, "response_body": {"errorCode": "not recorded"}}
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def here(self, value: Any) -> str:
        """*value* as JSON, with links of the recorded orgs leading here."""
        text = json.dumps(value) if not isinstance(value, str) else value
        return re.sub(r"https://[\w.-]*\bokta(?:preview)?\.com(?=/api/)", self.url, text)


@contextmanager
def serve() -> Iterator[Org]:
    """A recorded org on a free port."""
    org = Org()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *told: Any) -> None:
            """Quiet."""

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(timestamp, usegmt=True)

        def _answer(self) -> None:
            path, _, query = self.path.partition("?")
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = Sent(
                self.command, path, query, json.loads(raw) if raw else None, dict(self.headers)
            )
            _send(self, org, org.answer(sent))

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    org.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield org
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _send(handler: BaseHTTPRequestHandler, org: Org, exchange: Exchange) -> None:
    headers = dict(exchange.get("response_headers") or {})
    body = exchange.get("response_body")
    raw = b"" if body is None else org.here(body).encode()
    handler.send_response_only(exchange["status"])
    reset = headers.get("x-rate-limit-reset")
    date = float(reset) - WINDOW if reset else None
    handler.send_header("Date", handler.date_time_string(date))
    if raw and "content-type" not in headers:
        headers["content-type"] = "application/json"
    if exchange["status"] != 204:
        headers["content-length"] = str(len(raw))
    for name, value in headers.items():
        handler.send_header(name, org.here(value))
    handler.end_headers()
    handler.wfile.write(raw)
