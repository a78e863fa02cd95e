"""The transport's rules: who may write, who sees a secret, how long is waited, what is counted."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from servers import Act, FakeTime, Scripted, drop, reply, serving

from okta_scim_setup import log
from okta_scim_setup.errors import ConfigError
from okta_scim_setup.secret import Secret
from okta_scim_setup.transport import Credential, Request, Transport, WriteForbidden

TOKEN = "canary-9f27c1-value"


@pytest.fixture
def passing() -> FakeTime:
    return FakeTime()


@pytest.fixture
def transport(passing: FakeTime) -> Iterator[Transport]:
    made = Transport(read_only=False, sleep=passing.sleep, clock=passing.clock, random=lambda: 0.5)
    yield made
    made.close()


@pytest.fixture
def reader(passing: FakeTime) -> Transport:
    return Transport(read_only=True, sleep=passing.sleep, clock=passing.clock)


def secret(*hosts: str) -> Secret:
    return Secret(TOKEN, origin="env:X", hosts=frozenset(hosts))


def request(method: str, server: Scripted, path: str = "/api/v1/apps", **more: Any) -> Request:
    more.setdefault("credential", Credential("SSWS", secret(server.host)))
    return Request(method, server.url + path, "Okta", **more)


# -- a run that only reads


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "get"])
def test_a_reader_sends_nothing_but_get(reader: Transport, method: str) -> None:
    with serving(reply({})) as server:
        with pytest.raises(WriteForbidden):
            reader.send(request(method, server))
        assert server.asked == []
        assert reader.send(request("GET", server)).ok


def test_a_reader_may_sign_in(reader: Transport) -> None:
    with serving(reply({})) as server:
        signing = request("POST", server, "/oauth2/v1/token", form=dict, signs_in=True)
        assert reader.send(signing).ok
        assert server.methods == ["POST"]


@pytest.mark.parametrize(
    "path",
    ["/api/v1/apps", "/oauth2/v1/token/x", "/x/oauth2/v1/token", "/oauth2/v1/token/../apps"],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_nothing_else_passes_for_signing_in(
    passing: FakeTime, path: str, *, read_only: bool
) -> None:
    transport = Transport(read_only=read_only, sleep=passing.sleep)
    with serving(reply({})) as server:
        with pytest.raises(WriteForbidden):
            transport.send(request("POST", server, path, form=dict, signs_in=True))
        assert server.asked == []


# -- secrets


def test_a_secret_goes_to_its_host_only(transport: Transport) -> None:
    with serving(reply({})) as server:
        for forbidden in [
            request("GET", server, credential=Credential("SSWS", secret("acme.okta.com"))),
            request("POST", server, json={"deep": [{"token": secret("acme.okta.com")}]}),
        ]:
            with pytest.raises(ConfigError, match="isn't for 127"):
                transport.send(forbidden)
        assert server.asked == []


def test_plain_http_goes_to_this_machine_only(transport: Transport) -> None:
    with pytest.raises(ConfigError, match="must be https"):
        transport.send(Request("GET", "http://acme.okta.com/api/v1/apps", "Okta"))


def test_secrets_are_revealed_in_header_and_body(transport: Transport) -> None:
    with serving(reply({})) as server:
        body = {"profile": {"authScheme": "TOKEN", "token": secret(server.host)}}
        transport.send(request("POST", server, json=body))
    (asked,) = server.asked
    assert asked.headers["authorization"] == f"SSWS {TOKEN}"
    assert asked.headers["content-type"] == "application/json"
    assert asked.json == {"profile": {"authScheme": "TOKEN", "token": TOKEN}}


def test_netrc_replaces_no_credential_and_gives_none(
    transport: Transport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(reply({})) as server:
        transport.send(request("GET", server))
        transport.send(request("GET", server, credential=None))
    with_one, without = server.asked
    assert with_one.headers["authorization"] == f"SSWS {TOKEN}"
    assert "authorization" not in without.headers


def test_a_proxy_is_not_asked_for_this_machine(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(reply({"i": "proxy"})) as proxy, serving(reply({"i": "server"})) as server:
        for name in ("http_proxy", "HTTPS_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        assert transport.send(request("GET", server)).body == {"i": "server"}
        assert proxy.asked == []


def test_a_proxy_is_used_for_other_machines(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(reply(status=407)) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        elsewhere = Request("POST", "https://acme.okta.com/api/v1/apps", "Okta", json={})
        with pytest.raises(Exception, match="the proxy doesn't let us through") as caught:
            transport.send(elsewhere)
        assert {asked.target for asked in proxy.asked} == {"acme.okta.com:443"}
    assert type(caught.value).__name__ == "Unreachable"


def test_no_cookie_is_kept(transport: Transport) -> None:
    with serving(reply({}, headers={"Set-Cookie": "sid=1; Path=/"})) as server:
        transport.send(request("GET", server))
        transport.send(request("GET", server))
    assert "cookie" not in server.asked[1].headers


# -- time


def test_time_is_the_servers(transport: Transport, passing: FakeTime) -> None:
    headers = {"Date": "Fri, 15 Jan 2027 08:00:00 GMT"}
    with serving(reply({}, headers=headers)) as server:
        transport.send(request("GET", server))
    passing.now += 90
    assert transport.now(server.host) == datetime(2027, 1, 15, 8, 1, 30, tzinfo=UTC)


def test_without_an_answer_time_is_ours(transport: Transport) -> None:
    assert abs(transport.now("acme.okta.com") - datetime.now(UTC)) < timedelta(seconds=5)


def test_backing_off_grows_and_stays_bounded(transport: Transport, passing: FakeTime) -> None:
    with serving(drop) as server, pytest.raises(Exception, match="can't be reached"):
        transport.send(request("GET", server))
    assert passing.slept == [0.5, 1.0, 2.0]


def test_a_stopped_run_waits_for_nothing() -> None:
    transport = Transport(read_only=True)
    transport.stop()
    refusal = reply(status=429, headers={"Retry-After": "300"})
    with serving(refusal) as server, pytest.raises(KeyboardInterrupt):
        transport.send(request("GET", server))


def test_asking_until_there_is_an_answer(transport: Transport, passing: FakeTime) -> None:
    answers = iter([None, None, "yes"])
    assert transport.wait_until(lambda: next(answers), 30) == "yes"
    assert transport.wait_until(lambda: None, 30) is None
    assert sum(passing.slept) == pytest.approx(30, abs=1.5)


# -- counting, logging, many threads


@pytest.fixture
def our_logger() -> Iterator[logging.Logger]:
    ours = logging.getLogger("okta_scim_setup")
    before = (list(ours.handlers), ours.level, ours.propagate)
    yield ours
    ours.handlers, ours.level, ours.propagate = before


def test_requests_are_counted_and_signing_in_is_not(transport: Transport) -> None:
    with serving(reply(status=503), reply({})) as server:
        transport.send(request("GET", server))
        transport.send(request("POST", server, "/oauth2/v1/token", form=dict, signs_in=True))
    assert transport.requests == 2


def test_the_log_says_what_was_asked_and_never_who_asks(
    transport: Transport, our_logger: logging.Logger
) -> None:
    stream = io.StringIO()
    log.configure(1, stream)
    logging.getLogger("urllib3").debug("canary")
    with serving(reply({}, headers={"X-Okta-Request-Id": "reqAbc"})) as server:
        transport.send(request("GET", server, "/api/v1/apps?q=dbt&limit=200"))
    assert "GET /api/v1/apps?q=dbt&limit=200  200 " in stream.getvalue()
    assert stream.getvalue().rstrip().endswith("ms reqAbc")
    assert "canary" not in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def test_without_v_nothing_is_logged(transport: Transport, our_logger: logging.Logger) -> None:
    stream = io.StringIO()
    log.configure(0, stream)
    with serving(reply({})) as server:
        transport.send(request("GET", server))
    assert stream.getvalue() == ""


def test_many_threads_share_the_connections(transport: Transport) -> None:
    answers: list[Act] = [reply({"id": number}) for number in range(200)]
    with serving(*answers) as server:
        asked = request("GET", server)
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: transport.send(asked).body["id"], range(200)))
    assert sorted(found) == list(range(200))
    assert transport.requests == 200
