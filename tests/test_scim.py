"""Trying a SCIM endpoint the way Okta does, on a good one and on bad ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from servers import FakeTime, page, reply, serving

from okta_scim_setup import scim
from okta_scim_setup.errors import ConfigError
from okta_scim_setup.results import Check
from okta_scim_setup.secret import Secret
from okta_scim_setup.simulator import Simulator
from okta_scim_setup.transport import Transport

VALUE = "scim-canary-51d0"


@pytest.fixture
def transport() -> Iterator[Transport]:
    passing = FakeTime()
    made = Transport(read_only=True, sleep=passing.sleep, clock=passing.clock)
    yield made
    made.close()


def token(url: str, value: str = VALUE) -> Secret:
    return Secret(value, origin="test", hosts=frozenset({urlsplit(url).netloc}))


def listed(*resources: dict[str, Any], total: Any = None, **more: Any) -> dict[str, Any]:
    count = len(resources) if total is None else total
    return {
        "schemas": [scim.LIST_RESPONSE],
        "totalResults": count,
        "startIndex": 1,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
        **more,
    }


Answering = Callable[[str, dict[str, str], str], Any]
"""Path, query and bearer token of a request to its body, or its status."""


class Endpoint:
    """A SCIM endpoint that is right in everything, but for what a test makes of it."""

    users = ({"id": "1", "userName": "jane@acme.example"},)

    def __call__(self, path: str, query: dict[str, str], bearer: str) -> Any:
        if bearer != VALUE:
            return self.unauthorized(bearer)
        if path.endswith("/Groups"):
            return self.groups(int(query["startIndex"]))
        return self.found(query["filter"]) if "filter" in query else self.all_users()

    def unauthorized(self, bearer: str) -> Any:
        return 401

    def all_users(self) -> Any:
        return listed(*self.users)

    def found(self, asked: str) -> Any:
        name = asked.removeprefix('userName eq "').removesuffix('"').casefold()
        return listed(*[u for u in self.users if u["userName"].casefold() == name])

    def groups(self, start: int) -> Any:
        return listed({"id": "g1"}, {"id": "g2"})


def tried(transport: Transport, endpoint: Answering) -> list[Check]:
    def act(connection: Any) -> None:
        asked = server.asked[-1]
        parts = urlsplit(asked.target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        bearer = asked.headers.get("authorization", "").removeprefix("Bearer ")
        came = endpoint(parts.path, query, bearer)
        said = reply({}, status=came) if isinstance(came, int) else reply(came)
        said(connection)

    with serving(act) as server:
        checks = list(scim.probe(transport, f"{server.url}/scim/v2", token(server.url)))
    assert set(server.methods) <= {"GET"}
    assert VALUE not in repr(checks)
    return checks


def test_a_good_endpoint_passes_everything(transport: Transport) -> None:
    checks = tried(transport, Endpoint())
    assert [check.status for check in checks] == ["passed"] * 7
    assert all(check.reference for check in checks)


def test_the_simulated_account_passes(transport: Transport) -> None:
    with Simulator() as simulator:
        account = simulator.summary()["dbt_cloud"][0]
        base = f"{account['access_url']}/api/v3/accounts/{account['account_id']}"
        admin = {"Authorization": f"Token {account['token']}"}
        config = {
            "enabled": True,
            "manual_updates_allowed": True,
            "scim_controlled_license_type": False,
        }
        requests.post(f"{base}/scim-config/", json=config, headers=admin, timeout=9)
        made = requests.post(
            f"{base}/scim-config/tokens/", json={"name": "x"}, headers=admin, timeout=9
        )
        value = token(base, made.json()["data"]["token_string"])
        checks = list(scim.probe(transport, f"{base}/scim/v2", value))
        assert scim.answers(transport, f"{base}/scim/v2", value)
        assert simulator.errors == []
    assert [check.status for check in checks] == ["passed"] * 7


class Filterless(Endpoint):
    def found(self, asked: str) -> Any:
        return listed(*self.users)


class OtherPerson(Endpoint):
    def found(self, asked: str) -> Any:
        jane = "jane" in asked
        return listed({"id": "2", "userName": "x@acme.example"}) if jane else listed()


class CaseSensitive(Endpoint):
    def found(self, asked: str) -> Any:
        return listed(*[u for u in self.users if f'"{u["userName"]}"' in asked])


class TextTotals(Endpoint):
    def all_users(self) -> Any:
        return listed(*self.users, total="1")


class BareList(Endpoint):
    def all_users(self) -> Any:
        return {"totalResults": 0, "Resources": []}


class NoResources(Endpoint):
    def all_users(self) -> Any:
        return {"schemas": [scim.LIST_RESPONSE], "totalResults": 0}


class Enveloped(Endpoint):
    def all_users(self) -> Any:
        return {"status": {"code": 200}, "data": listed(*self.users)}


class PagesOver(Endpoint):
    def groups(self, start: int) -> Any:
        return listed({"id": "g1"}, {"id": "g2"}, total=4)


class Open(Endpoint):
    def unauthorized(self, bearer: str) -> Any:
        return self.all_users()


class OpenToNobody(Endpoint):
    def unauthorized(self, bearer: str) -> Any:
        return 401 if bearer else self.all_users()


class Forbidding(Endpoint):
    def unauthorized(self, bearer: str) -> Any:
        return 403


@pytest.mark.parametrize(
    ("endpoint", "title", "status", "detail"),
    [
        (Filterless(), "nobody is found", "failed", "the filter is ignored: 1 people"),
        (OtherPerson(), "a person is found", "failed", "1 found, not that one"),
        (CaseSensitive(), "a person is found", "warned", "only in the same case"),
        (TextTotals(), "Test Connector", "failed", "totalResults isn't an integer"),
        (BareList(), "Test Connector", "failed", "it isn't a ListResponse"),
        (NoResources(), "Test Connector", "failed", "Resources is missing"),
        (Enveloped(), "Test Connector", "failed", "it isn't a ListResponse"),
        (PagesOver(), "groups are listed", "failed", "the second page repeats the first"),
        (Open(), "a wrong token", "failed", "the endpoint is open to everybody"),
        (OpenToNobody(), "no token", "failed", "the endpoint is open to everybody"),
        (Forbidding(), "a wrong token", "warned", "403"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Endpoint) else None,
)
def test_what_okta_would_stumble_over_is_found(
    transport: Transport, endpoint: Endpoint, title: str, status: str, detail: str
) -> None:
    checks = tried(transport, endpoint)
    (found,) = [check for check in checks if check.title.startswith(title)]
    assert found.status == status
    assert detail in found.detail
    if status == "failed":
        assert found is checks[-1]


def test_an_empty_account_is_no_failure(transport: Transport) -> None:
    endpoint = Endpoint()
    endpoint.users = ()
    statuses = [check.status for check in tried(transport, endpoint)]
    assert statuses == ["passed", "passed", "passed", "skipped", "passed", "passed", "passed"]


def test_a_page_in_place_of_the_endpoint_is_told(transport: Transport) -> None:
    with serving(page()) as server:
        checks = list(scim.probe(transport, server.url, token(server.url)))
    assert checks[-1].status == "failed"
    assert "a page (text/html)" in checks[-1].detail


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.example/scim/v2",
        "https://acme.example/scim_v2",
        "https://acme.example/scim/v2/Users",
        "https://acme.example/scim/v2?x=1",
        "https://me:pass@acme.example/scim/v2",
    ],
)
def test_an_address_that_okta_would_not_take_is_not_asked(transport: Transport, url: str) -> None:
    (check,) = scim.probe(transport, url, token("https://acme.example"))
    assert check.status == "failed"
    assert transport.requests == 0


def test_it_is_asked_as_okta_asks(transport: Transport) -> None:
    with serving(reply(listed())) as server:
        assert scim.answers(transport, f"{server.url}/scim/v2/", token(server.url))
    (asked,) = server.asked
    assert asked.target == "/scim/v2/Users?startIndex=1&count=2"
    assert asked.headers["accept"] == "application/scim+json"
    assert asked.headers["accept-charset"] == "utf-8"
    assert asked.headers["user-agent"] == "Okta SCIM Client 1.0.0"
    assert asked.headers["authorization"] == f"Bearer {VALUE}"


def test_a_new_token_may_take_a_moment_to_be_known(transport: Transport) -> None:
    with serving(reply({}, 401), reply({}, 401), reply(listed())) as server:
        assert scim.answers(transport, server.url, token(server.url))
        assert len(server.asked) == 3


def test_a_token_that_never_works_is_given_up(transport: Transport) -> None:
    with serving(reply({"detail": "no"}, 401)) as server:
        assert not scim.answers(transport, server.url, token(server.url))


def test_a_token_goes_to_its_own_host_only(transport: Transport) -> None:
    with serving(reply(listed())) as server:
        elsewhere = token("https://acme.example")
        with pytest.raises(ConfigError, match="isn't for"):
            scim.answers(transport, server.url, elsewhere)
        with pytest.raises(ConfigError, match="isn't for"):
            list(scim.probe(transport, server.url, elsewhere))
        assert server.asked == []
