"""What the transport makes of everything that can go wrong on the wire."""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import pytest
from certificates import make_certificate
from servers import (
    Act,
    FakeTime,
    Scripted,
    closed_port,
    drop,
    hang,
    page,
    raw,
    reply,
    reset,
    serving,
)

from okta_scim_setup.errors import OutcomeUnknown, SetupError, Unexpected, Unreachable
from okta_scim_setup.secret import Secret
from okta_scim_setup.traffic import deadline, wire
from okta_scim_setup.transport import Answer, Credential, Request, Transport

CANARY = "canary-b0a7e3-value"

TRUNCATED = raw(
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n[1,"
)
CHUNKED = raw(
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n5\r\n[1,",
)
UNBOUNDED = raw(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"id": "0oa')
NOTHING = raw(b"")
GARBAGE = raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")

FAULTS = {
    "dropped": drop,
    "reset": reset,
    "hanging": hang,
    "truncated": TRUNCATED,
    "chunk cut": CHUNKED,
    "cut without a length": UNBOUNDED,
    "closed at once": NOTHING,
    "not HTTP": GARBAGE,
    "500": reply(status=500),
    "502 with a page": page(502),
    "503": reply(status=503),
    "504": page(504),
    "408": reply(status=408),
}


@pytest.fixture
def transport() -> Iterator[Transport]:
    time_passing = FakeTime()
    made = Transport(
        read_only=False,
        sleep=time_passing.sleep,
        clock=time_passing.clock,
        random=lambda: 0.5,
    )
    yield made
    made.close()


def asking(transport: Transport, fault: Act) -> Transport:
    """*transport*, without much patience where nothing will come."""
    transport.read = 0.2 if fault is hang else 30.0
    return transport


def request(method: str, server: Scripted, **more: Any) -> Request:
    secret = Secret(CANARY, origin="env:X", hosts=frozenset({server.host}))
    return Request(
        method,
        f"{server.url}/api/v1/apps?q=dbt",
        "Okta",
        credential=Credential("SSWS", secret),
        json=None if method == "GET" else {"profile": {"token": secret}},
        **more,
    )


def notes(error: SetupError) -> dict[str, str]:
    return dict(error.problems[0].notes)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_idempotent_is_sent_again(transport: Transport, method: str, fault: Act) -> None:
    with serving(fault, reply({"id": 1})) as server:
        assert asking(transport, fault).send(request(method, server)).body == {"id": 1}
        assert server.methods == [method, method]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_may_have_been_done_is_sent_once(
    transport: Transport, method: str, fault: Act
) -> None:
    with serving(fault, reply({"id": 1})) as server:
        with pytest.raises(OutcomeUnknown) as caught:
            asking(transport, fault).send(request(method, server))
        assert server.methods == [method]
    assert notes(caught.value)["asked"] == f"{method} /api/v1/apps?q=dbt"


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_that_stays_ends_after_four_attempts(transport: Transport, fault: Act) -> None:
    with serving(fault) as server:
        with pytest.raises(SetupError) as caught:
            asking(transport, fault).send(request("GET", server))
        assert len(server.asked) == 4
    assert isinstance(caught.value, Unreachable | Unexpected)
    assert not isinstance(caught.value, OutcomeUnknown)
    assert {"asked", "answered", "do"} == notes(caught.value).keys()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_write_that_keeps_failing_may_have_been_done(
    transport: Transport, method: str, fault: Act
) -> None:
    with serving(fault) as server, pytest.raises(OutcomeUnknown):
        asking(transport, fault).send(request(method, server))


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
def test_a_refused_connection_means_that_nothing_was_sent(
    transport: Transport, method: str
) -> None:
    gone = Scripted(closed_port(), [])
    with pytest.raises(Unreachable) as caught:
        transport.send(request(method, gone))
    assert not isinstance(caught.value, OutcomeUnknown)
    assert str(caught.value) == f"{gone.host} can't be reached: the connection was refused"
    assert transport.requests == 4


def test_an_unknown_name_is_told_as_such(transport: Transport) -> None:
    nowhere = Scripted("https://acme.invalid", [])
    with pytest.raises(Unreachable, match=r"acme\.invalid can't be reached: its name isn't known"):
        transport.send(request("POST", nowhere))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_where_json_belongs_is_told_as_such(transport: Transport, method: str) -> None:
    with serving(page()) as server:
        with pytest.raises(SetupError) as caught:
            transport.send(request(method, server))
        assert len(server.asked) == 1
    assert notes(caught.value)["answered"] == "status 200 with a page (text/html), not JSON"
    assert isinstance(caught.value, Unexpected if method == "GET" else OutcomeUnknown)


def test_an_empty_answer_where_json_belongs_is_an_error(transport: Transport) -> None:
    with serving(reply()) as server, pytest.raises(Unexpected):
        transport.send(request("GET", server))


def test_an_empty_answer_is_fine_where_none_is_needed(transport: Transport) -> None:
    with serving(reply(status=204, headers={"Content-Length": ""})) as server:
        answer = transport.send(request("DELETE", server, needs_body=False))
    assert (answer.status, answer.body) == (204, None)


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://evil.example/?token=abc", "evil.example"),
        (f"https://{CANARY}.evil.example/", "***.evil.example"),
        ("/login", "another path"),
        ("http://user:pass@evil.example/", "an address that can't be read"),
        ("", "another path"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_redirects_are_refused_and_only_their_host_is_told(
    transport: Transport, method: str, location: str, told: str
) -> None:
    with serving(reply(status=302, headers={"Location": location})) as server:
        with pytest.raises(Unexpected) as caught:
            transport.send(request(method, server))
        assert len(server.asked) == 1
    assert told in str(caught.value)
    assert "abc" not in repr(caught.value.problems)
    assert "pass" not in repr(caught.value.problems)


def test_a_body_that_drips_ends_with_the_total_deadline(transport: Transport) -> None:
    transport.total = 0.4
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n"
    began = time.monotonic()
    dripping = serving(raw(head, *[b" "] * 500, every=0.02))
    with dripping as server, pytest.raises(OutcomeUnknown) as caught:
        transport.send(request("POST", server))
    assert time.monotonic() - began < 2
    assert notes(caught.value)["answered"] == "no whole answer within 0.4 s"


def test_headers_that_drip_end_with_the_total_deadline(transport: Transport) -> None:
    transport.total = 0.4
    began = time.monotonic()
    pieces = [b"HTTP/1.1 200 OK\r\nX-Drip: ", *[b"x"] * 500]
    with serving(raw(*pieces, every=0.02)) as server, pytest.raises(OutcomeUnknown) as caught:
        transport.send(request("POST", server))
    assert time.monotonic() - began < 2
    assert notes(caught.value)["answered"] == "no whole answer within 0.4 s"


def test_an_attempt_that_cannot_be_ended_keeps_no_other_from_its_end() -> None:
    """Through a proxy with TLS of its own a connection has a socket of another sort."""
    alarm = deadline.Alarm()
    for sock in (object(), SimpleNamespace(socket=object()), None):
        with alarm.within(0.01) as watch:
            watch.connection = SimpleNamespace(sock=sock)
            until = time.monotonic() + 5
            while not watch.over:
                assert time.monotonic() < until


def test_the_servers_clock_is_read_when_its_headers_come() -> None:
    date = datetime(2026, 11, 28, 12, tzinfo=UTC)
    said = f"Date: {format_datetime(date, usegmt=True)}".encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + said + b"\r\n"
    transport = Transport(read_only=True)
    slow = raw(head + b"Content-Length: 20\r\n\r\n", *[b" "] * 18, b"{", b"}", every=0.02)
    with serving(slow) as server:
        transport.send(request("GET", server))
        assert transport.now(server.host) - date > timedelta(seconds=0.3)
    transport.close()


def test_connections_of_hosts_that_were_asked_long_ago_are_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "MOST_HOSTS", 3)
    transport = Transport(read_only=True)
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(reply({}), reply({}))) for _ in range(6)]
        for server in (*servers, servers[0]):
            assert transport.send(request("GET", server)).ok
        pools = transport._wire._pools
        assert [*pools] == [servers[4].url, servers[5].url, servers[0].url]
    transport.close()


def test_a_connection_without_tls_is_not_taken_for_one_with_it(
    transport: Transport, tls_server: Scripted, monkeypatch: pytest.MonkeyPatch, certificate: str
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate)
    with pytest.raises(Unreachable):
        transport.send(request("GET", Scripted(tls_server.url.replace("https:", "http:"), [])))
    assert transport.send(request("GET", tls_server)).body == {"id": 1}


def test_a_body_without_end_is_not_read_to_its_end(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "LARGEST_BODY", 1 << 16)
    with serving(reply(raw=b" " * (1 << 20))) as server:
        with pytest.raises(Unreachable, match="larger than 20 MB"):
            transport.send(request("GET", server))
        assert len(server.asked) == 1


def test_json_too_deep_to_read_is_an_error_and_no_crash(transport: Transport) -> None:
    with serving(reply(raw=b"[" * 100_000)) as server, pytest.raises(Unexpected):
        transport.send(request("GET", server))


def test_a_certificate_that_is_not_trusted_is_told_at_once(
    transport: Transport, tls_server: Scripted
) -> None:
    with pytest.raises(Unreachable) as caught:
        transport.send(request("POST", tls_server))
    assert "TLS certificate isn't trusted" in str(caught.value)
    assert not isinstance(caught.value, OutcomeUnknown)
    assert "REQUESTS_CA_BUNDLE" in notes(caught.value)["do"]
    assert tls_server.asked == []


def test_a_certificate_that_is_named_is_trusted(
    transport: Transport, tls_server: Scripted, monkeypatch: pytest.MonkeyPatch, certificate: str
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate)
    assert transport.send(request("GET", tls_server)).body == {"id": 1}


@pytest.mark.parametrize("fault", [*FAULTS.values(), page(), reply({"detail": CANARY}, 400)])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_error_and_no_log_holds_a_secret(
    transport: Transport, method: str, fault: Act, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "okta_scim_setup")
    with serving(fault) as server, pytest.raises(SetupError) as caught:
        asking(transport, fault).send(request(method, server))
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    told = repr([(e, getattr(e, "problems", ())) for e in chain]) + caplog.text
    assert CANARY not in told
    assert "/api/v1/apps" in caplog.text


def test_what_a_service_says_cannot_reach_the_terminal(transport: Transport) -> None:
    body = {"errorCode": "E1\x1b[2J", "errorSummary": "a\r\nb\x1b]0;x\x07" + "z" * 5000}
    with serving(reply(body, 400)) as server, pytest.raises(Unexpected) as caught:
        transport.send(request("GET", server))
    told = notes(caught.value)["answered"]
    assert told.isprintable()
    assert len(told) <= 300
    assert caught.value.code.isprintable()


def test_an_answer_says_who_asks_for_support(transport: Transport) -> None:
    body = {"errorCode": "E0000006", "errorSummary": "No permission", "errorCauses": []}
    refusing = serving(reply(body, 403, {"X-Okta-Request-Id": "reqAbc"}))
    with refusing as server, pytest.raises(Unexpected) as caught:
        transport.send(request("GET", server))
    assert (caught.value.status, caught.value.code) == (403, "E0000006")
    assert notes(caught.value)["answered"] == "403 E0000006 No permission (request reqAbc)"


def test_an_error_may_be_an_answer(transport: Transport) -> None:
    def missing(answer: Answer) -> bool:
        return answer.code == "E0000007"

    with serving(reply({"errorCode": "E0000007"}, 404), page(404)) as server:
        assert transport.send(request("GET", server, tolerates=missing)).status == 404
        with pytest.raises(Unexpected) as caught:
            transport.send(request("GET", server, tolerates=missing))
    assert caught.value.status == 404


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls_server(certificate: str) -> Iterator[Scripted]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(reply({"id": 1}), tls=context) as server:
        yield server


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_stopped_twice_nothing_is_waited_for_and_nothing_more_is_sent(method: str) -> None:
    transport = Transport(read_only=False)

    def stop(connection: socket.socket) -> None:
        transport.stop()
        transport.stop()
        hang(connection)

    with serving(stop) as server:
        asked = Request(method, f"{server.url}/api/v1/apps", "Okta")
        began = time.monotonic()
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                transport.send(asked)
        assert time.monotonic() - began < 10
        assert server.methods == [method]
    transport.close()
