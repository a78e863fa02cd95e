"""Rate limits on the wire: what is waited for, by whose clock, and that Okta never says 429."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from servers import FakeTime, Scripted, reply, serving
from tool import Tool

from okta_scim_setup.cli import _session
from okta_scim_setup.errors import Place, Unexpected
from okta_scim_setup.providers import okta
from okta_scim_setup.secret import Keeper, SecretReference
from okta_scim_setup.simulator import Simulator
from okta_scim_setup.traffic.exchange import Terms
from okta_scim_setup.transport import Answer, Request, Transport


@pytest.fixture
def passing() -> FakeTime:
    return FakeTime()


@pytest.fixture
def transport(passing: FakeTime) -> Iterator[Transport]:
    made = Transport(read_only=False, sleep=passing.sleep, clock=passing.clock, random=lambda: 0.5)
    yield made
    made.close()


def request(method: str, server: Scripted, bucket: str = "") -> Request:
    return Request(method, f"{server.url}/api/v1/apps", "Okta", bucket=bucket)


def limits(limit: int, remaining: int, *, ahead: float, skew: float = 0.0) -> dict[str, str]:
    """What Okta says of its limits, by a clock that is *skew* seconds ahead of ours."""
    now = datetime.now(UTC) + timedelta(seconds=skew)
    return {
        "Date": format_datetime(now, usegmt=True),
        "X-Rate-Limit-Limit": str(limit),
        "X-Rate-Limit-Remaining": str(remaining),
        "X-Rate-Limit-Reset": str(int(now.timestamp() + ahead)),
    }


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_429_is_a_refusal_so_everything_is_asked_again(
    transport: Transport, passing: FakeTime, method: str
) -> None:
    refusal = reply(status=429, headers=limits(50, 0, ahead=20))
    with serving(refusal, reply({"id": 1})) as server:
        assert transport.send(request(method, server)).body == {"id": 1}
    assert sum(passing.slept) == pytest.approx(21, abs=1.1)
    assert transport.waited == pytest.approx(sum(passing.slept))


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_a_reset_is_meant_by_the_servers_clock(
    transport: Transport, passing: FakeTime, skew: float
) -> None:
    refusal = reply(status=429, headers=limits(50, 0, ahead=20, skew=skew))
    with serving(refusal, reply({})) as server:
        transport.send(request("GET", server))
    assert sum(passing.slept) == pytest.approx(21, abs=1.1)


def test_dbts_cool_down_is_waited_out(transport: Transport, passing: FakeTime) -> None:
    with serving(reply(status=429, headers={"Retry-After": "300"}), reply({})) as server:
        transport.send(request("GET", server))
    assert sum(passing.slept) == pytest.approx(300, abs=1.1)


def test_waiting_has_an_end(transport: Transport, passing: FakeTime) -> None:
    refusing = serving(reply(status=429, headers={"Retry-After": "300"}))
    with refusing as server, pytest.raises(Unexpected, match="too many requests") as caught:
        transport.send(request("GET", server))
    assert caught.value.status == 429
    assert sum(passing.slept) == pytest.approx(600, abs=2.2)


def test_a_service_may_keep_us_away_twice(transport: Transport, passing: FakeTime) -> None:
    terms = Terms(cool_down=300.0)
    with serving(reply(status=429), reply(status=429), reply({"id": 1})) as server:
        asked = replace(request("GET", server), terms=terms)
        assert transport.send(asked).body == {"id": 1}
    assert sum(passing.slept) == pytest.approx(602, abs=2.2)


def test_what_is_documented_of_limits_goes_along_with_every_request(
    simulated: Callable[..., Tool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Facts: okta 4 (calls at once) and dbt 2.6 (calls a minute, and five minutes after 429)."""
    tool, sent = simulated(), list[Request]()

    class Listening(Transport):
        def send(self, request: Request) -> Answer:
            sent.append(request)
            return super().send(request)

    monkeypatch.setattr(_session, "Transport", Listening)
    tool.run("apply", "--yes")
    tool.run("audit")

    terms = {
        each.service: {one.terms for one in sent if one.service == each.service} for each in sent
    }
    assert terms["Okta"] == {Terms(at_once=30)}
    assert terms["dbt Cloud"] == {Terms(a_minute=4_500, cool_down=300.0)}


def test_a_window_is_not_spent_to_its_end_and_the_wait_is_told(
    transport: Transport, passing: FakeTime
) -> None:
    told: list[tuple[str, str, float]] = []
    transport = Transport(
        read_only=True,
        sleep=passing.sleep,
        clock=passing.clock,
        on_wait=lambda host, bucket, seconds: told.append((host, bucket, seconds)),
    )
    spent = reply([], headers=limits(50, 3, ahead=30))
    with serving(spent, reply([])) as server:
        transport.send(request("GET", server, bucket="/api/v1/apps"))
        transport.send(request("GET", server, bucket="/api/v1/groups"))
        assert told == []
        transport.send(request("GET", server, bucket="/api/v1/apps"))
    ((host, bucket, seconds),) = told
    assert (host, bucket) == (server.host, "/api/v1/apps")
    assert seconds == pytest.approx(31, abs=1.1)
    assert transport.waited == pytest.approx(seconds, abs=0.1)


def test_waits_of_several_threads_count_once() -> None:
    passing, gate = FakeTime(), threading.Barrier(3)

    def sleep(seconds: float) -> None:
        if gate.wait(10) == 0:
            passing.now += seconds
        gate.wait(10)

    waiting = Transport(read_only=True, sleep=sleep, clock=passing.clock)
    wait = waiting._waits.wait
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: wait(("h", "b", "t"), 10.0), range(3)))
    assert waiting.waited == pytest.approx(10)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Callable[[Simulator], list[Transport]]:
    """Let the command line's waits pass by the simulator's clock, in no time."""

    def by(simulator: Simulator) -> list[Transport]:
        made: list[Transport] = []

        def transport(**how: Any) -> Transport:
            clock = simulator.clock
            made.append(Transport(clock=clock.now, sleep=clock.advance, **how))
            return made[-1]

        monkeypatch.setattr(_session, "Transport", transport)
        return made

    return by


@pytest.mark.parametrize("verb", [("plan",), ("audit",), ("apply", "--yes")])
def test_tenants_that_share_a_token_share_its_limit_whatever_file_it_is_in(
    simulated: Callable[..., Tool],
    hasty: Callable[[Simulator], list[Transport]],
    verb: tuple[str, ...],
) -> None:
    tool = simulated(tenants=12, orgs=1, limits="real")
    made = hasty(tool.simulator)
    sent = tool.sent(*verb, "--workers", "8")
    assert {request["status"] for request in sent} == {200, 400}  # 400: toggles, not yet on
    assert len(sent) > 100
    assert made[0].waited > 30


@pytest.mark.parametrize(("greed", "asked", "refused"), [(1, 60, False), (12, 15, True)])
def test_others_who_use_the_bucket_are_given_way_to_and_the_run_ends_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, greed: int, asked: int, refused: bool
) -> None:
    """Either way, what is asked by both is several times a minute's limit."""
    with Simulator(limits="real") as simulator:
        org = simulator.summary()["okta"][0]
        monkeypatch.setenv("OKTA_API_TOKEN", org["api_token"])
        reference = SecretReference("env", "OKTA_API_TOKEN", Place("config.yaml", 3), tmp_path)
        clock = simulator.clock
        transport = Transport(read_only=True, sleep=clock.advance, clock=clock.now)
        settings = okta.Settings(org_url=org["org_url"], token=reference)
        api = okta.connect(settings, transport=transport, keeper=Keeper(), read_only=True)
        ours: set[int] = set()
        for number in range(asked):
            before = len(simulator.requests())
            api.apps_labelled(f"dbt {number}")
            ours |= {request["status"] for request in simulator.requests()[before:]}
            for _ in range(greed):
                others(org)
        transport.close()
    assert (429 in ours) is refused


def others(org: dict[str, Any]) -> None:
    """Somebody else's request with the same token."""
    headers = {"Authorization": f"SSWS {org['api_token']}"}
    requests.get(f"{org['org_url']}/api/v1/apps?limit=1", headers=headers, timeout=10)


def test_dbts_cool_down_is_waited_out_where_dbt_says_nothing(
    simulated: Callable[..., Tool], hasty: Callable[[Simulator], list[Transport]]
) -> None:
    tool = simulated()
    made = hasty(tool.simulator)
    (account,) = tool.simulator._world.accounts.values()
    account.cools_down_until = tool.simulator.clock.now() + 300
    came = tool.run("plan")
    assert came.code == 0
    assert "waiting 301 s for" in came.err
    assert made[0].waited > 300


@pytest.mark.parametrize("workers", [3, 8])
def test_a_run_that_has_the_org_to_itself_never_sees_429(
    workers: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Promise 8, with Okta's real limits: 50 calls a minute for most of what is asked of apps."""
    with Simulator(latency="recorded") as simulator:
        org = simulator.summary()["okta"][0]
        monkeypatch.setenv("OKTA_API_TOKEN", org["api_token"])
        reference = SecretReference("env", "OKTA_API_TOKEN", Place("config.yaml", 3), tmp_path)
        transport = Transport(
            read_only=True, sleep=simulator.clock.advance, clock=simulator.clock.now
        )
        settings = okta.Settings(org_url=org["org_url"], token=reference)
        api = okta.connect(settings, transport=transport, keeper=Keeper(), read_only=True)
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda n: api.apps_labelled(f"dbt {n}"), range(60)))
        statuses = [r["status"] for r in simulator.requests()]
    assert statuses == [200] * 60
    assert transport.waited > 30
