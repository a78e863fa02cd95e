"""The account as kinds see it: envelopes, pages, tokens that are shown once, 404s explained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from servers import Act, FakeTime, page, reply, serving

from okta_scim_setup.errors import ConfigError, OutcomeUnknown, Place, Unexpected
from okta_scim_setup.providers import dbt_cloud
from okta_scim_setup.providers.dbt_cloud._api import Api
from okta_scim_setup.secret import SINK, Keeper, SecretReference
from okta_scim_setup.simulator import Simulator
from okta_scim_setup.transport import Transport, WriteForbidden

Connect = Callable[..., Api]

ON = {"enabled": True, "manual_updates_allowed": False, "scim_controlled_license_type": False}


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Connect:
    def connected(url: str, account_id: int = 1, token: str = "dbtc_canary", **how: Any) -> Api:  # noqa: S107
        monkeypatch.setenv("DBT_CLOUD_TOKEN", token)
        reference = SecretReference("env", "DBT_CLOUD_TOKEN", Place("config.yaml", 3), Path())
        passing = FakeTime()
        read_only = how.pop("read_only", False)
        transport = Transport(read_only=read_only, sleep=passing.sleep, clock=passing.clock)
        settings = dbt_cloud.Settings(access_url=url, account_id=account_id, token=reference, **how)
        return dbt_cloud.connect(
            settings,
            transport=transport,
            keeper=Keeper(),
            read_only=read_only,
            hand_over_hosts=frozenset({"acme.okta.com"}),
        )

    return connected


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(tenants=2) as running:
        yield running
        assert running.errors == []


@pytest.fixture
def api(simulator: Simulator, connect: Connect) -> Api:
    account = simulator.summary()["dbt_cloud"][0]
    return connect(account["access_url"], account["account_id"], account["token"])


def envelope(data: Any, total: int | None = None, **status: Any) -> dict[str, Any]:
    pagination = {} if total is None else {"pagination": {"count": len(data), "total_count": total}}
    return {
        "status": {"code": 200, "is_success": True, **status},
        "data": data,
        "extra": pagination,
    }


def denied(code: int, message: str = "No.") -> Act:
    status = {"code": code, "is_success": False, "user_message": message, "developer_message": ""}
    return reply({"status": status, "data": None}, code)


def test_the_switches_are_read_once_and_anew_after_a_write(api: Api, simulator: Simulator) -> None:
    assert api.scim_config()["enabled"] is False
    assert api.scim_config()["enabled"] is False
    api.set_scim_config(ON)
    assert api.scim_config() == ON
    assert len(simulator.requests()) == 3


def test_a_new_token_is_shown_once_and_only_to_those_who_may_see_it(api: Api) -> None:
    api.set_scim_config(ON)
    made, secret = api.create_scim_token("okta-scim-setup/x")
    assert "token_string" not in made
    assert "dbts_" not in repr((made, secret))
    assert secret.reveal(to="acme.okta.com").startswith("dbts_")
    assert secret.reveal(to=SINK)
    assert secret.reveal(to=api.settings.host)
    with pytest.raises(ConfigError, match="isn't for evil"):
        secret.reveal(to="evil.example")
    assert [token["name"] for token in api.scim_tokens()] == ["okta-scim-setup/x"]


def test_a_token_may_go_to_the_host_of_its_scim_endpoint(connect: Connect) -> None:
    value = envelope({"id": 5, "name": "x", "token_string": "dbts_canary"})
    with serving(reply(value)) as server:
        api = connect(server.url, scim_base_url="https://scim.dbt.com/scim/v2")
        _, secret = api.create_scim_token("x")
    assert secret.reveal(to="scim.dbt.com") == "dbts_canary"


@pytest.mark.parametrize(
    "answer",
    [
        reply(envelope({"id": 5, "name": "x"})),
        reply(envelope({"token_string": "dbts_canary"})),
        reply(envelope(None)),
        page(),
        page(502),
    ],
)
def test_a_token_whose_value_is_lost_has_an_unknown_outcome(connect: Connect, answer: Act) -> None:
    with serving(answer) as server:
        with pytest.raises(OutcomeUnknown) as caught:
            connect(server.url).create_scim_token("x")
        assert len(server.asked) == 1
    assert "canary" not in repr(caught.value.problems)


def test_a_token_is_read_as_it_is_now(api: Api, simulator: Simulator) -> None:
    api.set_scim_config(ON)
    made, _ = api.create_scim_token("x")
    assert api.scim_token(made["id"]) is not None
    before = len(simulator.requests())
    api.scim_token(made["id"])
    api.scim_tokens()
    api.scim_tokens()
    api.scim_tokens(fresh=True)
    assert len(simulator.requests()) - before == 3
    api.delete_scim_token(made["id"])
    api.delete_scim_token(made["id"])
    assert api.scim_token(made["id"]) is None
    assert api.scim_tokens() == []


def test_people_and_seats_are_told(api: Api) -> None:
    assert {user["is_active"] for user in api.users()} == {True}
    assert api.seats()["developer"]["total"] == 50
    assert api.seats()["developer"]["in_use"] == 3


# -- lists


def people(*ids: int) -> list[dict[str, Any]]:
    return [{"id": number} for number in ids]


def test_a_list_is_read_to_its_end(connect: Connect) -> None:
    first, second = people(*range(100)), people(*range(100, 130))
    with serving(reply(envelope(first, 130)), reply(envelope(second, 130))) as server:
        assert len(connect(server.url).users()) == 130
    assert [asked.target.partition("?")[2] for asked in server.asked] == [
        "limit=100&offset=0",
        "limit=100&offset=100",
    ]


def test_a_list_ends_where_somebody_left_meanwhile(connect: Connect) -> None:
    first = people(*range(100))
    with serving(reply(envelope(first, 101)), reply(envelope([], 100))) as server:
        assert len(connect(server.url).users()) == 100


def test_a_list_without_a_total_ends_with_a_short_page(connect: Connect) -> None:
    with serving(reply(envelope(people(*range(100)))), reply(envelope(people(7)))) as server:
        assert len(connect(server.url).users()) == 100
    assert len(server.asked) == 2


@pytest.mark.parametrize("promised", [200, 500])
def test_a_page_that_comes_again_and_again_is_an_error(connect: Connect, promised: int) -> None:
    with serving(reply(envelope(people(*range(100)), promised))) as server:
        with pytest.raises(Unexpected) as caught:
            connect(server.url).users()
        assert len(server.asked) == 2
    said = dict(caught.value.problems[0].notes)
    assert said["but"] == "it gives the same page again and again"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ([], "the answer isn't one of dbt's"),
        ({"detail": "x"}, "the answer isn't one of dbt's"),
        (envelope({}), "a list was asked for and something else came"),
        (envelope([], is_success=False, user_message="broken"), "broken"),
    ],
)
def test_what_is_no_envelope_is_an_error(connect: Connect, body: Any, why: str) -> None:
    with serving(reply(body)) as server, pytest.raises(Unexpected) as caught:
        connect(server.url).users()
    assert dict(caught.value.problems[0].notes)["but"] == why


# -- refusals


def notes(error: Unexpected) -> dict[str, str]:
    return dict(error.problems[0].notes)


def test_an_account_that_is_not_there_is_told_with_those_that_are(
    simulator: Simulator, connect: Connect
) -> None:
    account = simulator.summary()["dbt_cloud"][0]
    api = connect(account["access_url"], 70409999, account["token"])
    with pytest.raises(Unexpected) as caught:
        api.scim_config()
    assert str(caught.value) == (
        "dbt Cloud answers 404 for account 70409999: no such account, or not for this token"
    )
    assert notes(caught.value)["but"].startswith("the token sees account 70403101 ")
    assert notes(caught.value)["do"] == "account_id: 70403101? Or a token with Account Admin."
    assert caught.value.status == 404


@pytest.mark.parametrize(
    ("accounts", "but", "do"),
    [
        (
            reply(envelope([{"id": 1, "name": "Acme"}])),
            "the token sees the account, but not this part of it",
            "take a token with Account Admin",
        ),
        (reply(envelope([])), "the token sees no account", "check the token"),
        (
            reply(envelope([{"id": 2, "name": "A"}, {"id": 3, "name": "B"}])),
            'the token sees account 2 "A", 3 "B"',
            "correct account_id? Or a token with Account Admin.",
        ),
        (denied(404), None, "check account_id, access_url and the token"),
        (denied(403), None, "check account_id, access_url and the token"),
    ],
)
def test_404_is_explained_by_the_accounts_that_the_token_sees(
    connect: Connect, accounts: Act, but: str | None, do: str
) -> None:
    with serving(denied(404), accounts) as server, pytest.raises(Unexpected) as caught:
        connect(server.url).scim_config()
    assert notes(caught.value).get("but") == but
    assert notes(caught.value)["do"] == do


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        (denied(401), "doesn't accept the token env:DBT_CLOUD_TOKEN"),
        (denied(403), "doesn't let the token env:DBT_CLOUD_TOKEN do this"),
        (reply({"detail": "bad token"}, 401), "doesn't accept the token"),
        (denied(400, "additional properties"), "says no"),
        (page(503), "has a problem of its own"),
    ],
)
def test_a_refusal_says_what_it_means(connect: Connect, answer: Act, title: str) -> None:
    with serving(answer) as server, pytest.raises(Unexpected, match=title) as caught:
        connect(server.url).users()
    assert notes(caught.value)["asked"] == "GET /api/v3/accounts/1/users/?limit=100&offset=0"
    assert "canary" not in repr(caught.value.problems)


def test_a_page_with_404_is_no_missing_token(connect: Connect) -> None:
    with serving(page(404)) as server, pytest.raises(Unexpected):
        connect(server.url).scim_token(5)


def test_a_reader_cannot_write(simulator: Simulator, connect: Connect) -> None:
    account = simulator.summary()["dbt_cloud"][0]
    with pytest.raises(WriteForbidden):
        connect(account["access_url"], read_only=True).create_scim_token("x")
    assert simulator.requests() == []


# -- time


def test_settling_waits_until_another_use_will_show(api: Api) -> None:
    api.scim_config()
    began = api.now()
    api.settle(None)
    api.settle((began - timedelta(seconds=10)).isoformat())
    assert api.now() == began
    api.settle(began.isoformat())
    assert api.now() - began == timedelta(seconds=2)
    api.settle((began + timedelta(days=1)).isoformat())
    assert api.now() - began == timedelta(seconds=4)


def test_settling_takes_times_in_every_form_of_dbts(api: Api) -> None:
    for text in ("2026-01-01T00:00:00Z", "2026-01-01 00:00:00.123456+00:00", "2026-01-01T00:00:00"):
        api.settle(text)


def test_the_account_is_called_by_host_and_number(connect: Connect) -> None:
    api = connect("https://fi482.eu1.dbt.com", 70403111)
    assert api.account == api.headline == "fi482.eu1.dbt.com, account 70403111"
    assert isinstance(api.now(), datetime)


def test_whoever_examines_sees_whether_the_token_is_accepted(api: Api, connect: Connect) -> None:
    assert [check.status for check in api.examine()] == ["passed"] * 3
    with serving(denied(401)) as server:
        (check,) = connect(server.url).examine()
    assert check.status == "failed"
