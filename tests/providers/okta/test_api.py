"""The org as kinds see it: read once, paged to the end, written exactly, its errors explained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import FakeTime, Scripted, reply, serving

from okta_scim_setup.errors import ConfigError, Place, Unexpected
from okta_scim_setup.providers import okta
from okta_scim_setup.providers.okta import _paging
from okta_scim_setup.providers.okta._api import Api
from okta_scim_setup.secret import Keeper, Secret, SecretReference
from okta_scim_setup.simulator import Simulator
from okta_scim_setup.transport import Transport, WriteForbidden

Connect = Callable[..., Api]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Connect:
    def connected(url: str, token: str = "00canary-token", *, read_only: bool = False) -> Api:  # noqa: S107
        monkeypatch.setenv("OKTA_API_TOKEN", token)
        reference = SecretReference("env", "OKTA_API_TOKEN", Place("config.yaml", 3), Path())
        passing = FakeTime()
        transport = Transport(read_only=read_only, sleep=passing.sleep, clock=passing.clock)
        settings = okta.Settings(org_url=url, token=reference)
        return okta.connect(settings, transport=transport, keeper=Keeper(), read_only=read_only)

    return connected


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running
        assert running.errors == []


@pytest.fixture
def api(simulator: Simulator, connect: Connect) -> Api:
    org = simulator.summary()["okta"][0]
    return connect(org["org_url"], org["api_token"])


@pytest.fixture
def app_id(api: Api) -> str:
    (app,) = api.apps_labelled("dbt acme")
    return str(app["id"])


def asked(simulator: Simulator) -> list[str]:
    return [f"{r['method']} {r['path']}" for r in simulator.requests() if r["by"] == "client"]


def test_an_app_of_a_list_is_not_asked_for_again(
    api: Api, app_id: str, simulator: Simulator
) -> None:
    found = api.app(app_id)
    assert found is not None
    assert found["label"] == "dbt acme"
    assert asked(simulator) == ["GET /api/v1/apps?q=dbt%20acme&limit=200"]


def test_what_is_not_there_is_none(api: Api) -> None:
    assert api.app("0oaNoSuchApp") is None
    assert api.user("nobody@acme.example") is None


def test_another_404_is_no_absence(connect: Connect) -> None:
    answer = reply({"errorCode": "E0000008", "errorSummary": "path"}, 404)
    with serving(answer) as server, pytest.raises(Unexpected):
        connect(server.url).app("0oa1")


@pytest.mark.parametrize("odd", ["", ".", "..", " "])
def test_an_id_that_leads_elsewhere_is_refused(api: Api, odd: str, simulator: Simulator) -> None:
    with pytest.raises(ConfigError, match="can't be an id"):
        api.app(odd)
    assert asked(simulator) == []


def test_an_id_is_escaped(connect: Connect) -> None:
    with serving(reply({"id": "x"})) as server:
        connect(server.url).app("0oa1/../../users?x=1#y")
    assert server.asked[0].target == "/api/v1/apps/0oa1%2F..%2F..%2Fusers%3Fx%3D1%23y"


def test_expected_groups_are_looked_up_together(api: Api, simulator: Simulator) -> None:
    api.expect_groups(["dbt-acme-devs", "dbt-acme-admins", "nobody's"])
    assert [len(api.groups_named(n)) for n in ("dbt-acme-devs", "nobody's")] == [1, 0]
    assert api.groups_named("dbt-acme-admins")[0]["profile"]["name"] == "dbt-acme-admins"
    assert len(asked(simulator)) == 1
    api.forget()
    assert api.groups_named("dbt-acme-devs")
    assert len(asked(simulator)) == 2


def test_a_groups_name_counts_exactly(connect: Connect) -> None:
    groups = [{"id": "1", "profile": {"name": "DEVS"}}, {"id": "2", "profile": {"name": "devs"}}]
    with serving(reply(groups)) as server:
        assert [g["id"] for g in connect(server.url).groups_named("devs")] == ["2"]


def test_quotes_in_a_groups_name_stay_in_the_name(connect: Connect) -> None:
    with serving(reply([])) as server:
        connect(server.url).groups_named('a" or type eq "BUILT_IN\\')
    assert "%5C%22%20or%20type" in server.asked[0].target
    assert server.asked[0].target.endswith("BUILT_IN%5C%5C%22&limit=200")


def test_many_groups_are_split_into_addresses_of_a_bearable_length(connect: Connect) -> None:
    names = [f"dbt-acme-group-{number:03}" for number in range(100)]
    with serving(reply([])) as server:
        api = connect(server.url)
        api.expect_groups(names)
        for name in names:
            assert api.groups_named(name) == []
    assert 1 < len(server.asked) < 10
    assert all(len(server.url + a.target) <= 1500 for a in server.asked)
    assert sum(a.target.count("profile.name") for a in server.asked) == 100


def test_a_write_makes_the_app_be_read_anew(api: Api, app_id: str, simulator: Simulator) -> None:
    (group,) = api.groups_named("dbt-acme-devs")
    assert api.app_groups(app_id) == []
    assert api.app_users(app_id) == []
    api.assign_group(app_id, group["id"], {})
    (assigned,) = api.app_groups(app_id)
    assert assigned["_embedded"]["group"]["profile"]["name"] == "dbt-acme-devs"
    assert len(api.app_users(app_id)) == 5
    assert len(api.group_members(group["id"])) == 5
    api.unassign_group(app_id, group["id"])
    api.unassign_group(app_id, group["id"])
    assert api.app_groups(app_id) == []


def test_a_push_is_made_stopped_and_deleted_and_its_target_stays(
    api: Api, app_id: str, simulator: Simulator
) -> None:
    (group,) = api.groups_named("dbt-acme-devs")
    mapping = api.create_push_mapping(app_id, group["id"], {"targetGroupName": "dbt-acme-devs"})
    assert [m["id"] for m in api.push_mappings(app_id)] == [mapping["id"]]
    api.set_push_status(app_id, mapping["id"], "INACTIVE")
    api.delete_push_mapping(app_id, mapping["id"])
    api.delete_push_mapping(app_id, mapping["id"])
    assert api.push_mappings(app_id) == []
    deletes = [a for a in asked(simulator) if a.startswith("DELETE")]
    assert all(a.endswith("?deleteTargetGroup=false") for a in deletes)


def test_a_person_is_assigned_and_unassigned(api: Api, app_id: str) -> None:
    (group,) = api.groups_named("dbt-acme-devs")
    login = api.group_members(group["id"])[0]["profile"]["login"]
    user = api.user(login)
    assert user is not None
    api.assign_user(app_id, user["id"], login)
    (assigned,) = api.app_users(app_id)
    assert (assigned["scope"], assigned["credentials"]["userName"]) == ("USER", login)
    api.unassign_user(app_id, user["id"])
    api.unassign_user(app_id, user["id"])
    assert api.app_users(app_id) == []


def test_provisioning_that_is_off_is_none(api: Api, app_id: str) -> None:
    assert api.user_provisioning(app_id) is None
    assert api.connection(app_id)["status"] == "DISABLED"


def test_a_token_is_not_sent_to_a_base_url_of_somebody_elses(api: Api, app_id: str) -> None:
    here = frozenset({api.org, "fi482.eu1.dbt.com"})
    token = Secret("dbts_canary", origin="SCIM token 1", hosts=here)
    for base_url in ("https://evil.example/scim/v2", "evil", "https://a@fi482.eu1.dbt.com"):
        with pytest.raises(ConfigError):
            api.set_connection(app_id, base_url, token)


def test_a_reader_cannot_write(simulator: Simulator, connect: Connect) -> None:
    org = simulator.summary()["okta"][0]
    reader = connect(org["org_url"], org["api_token"], read_only=True)
    with pytest.raises(WriteForbidden):
        reader.activate_connection("0oa1")
    assert asked(simulator) == []


@pytest.mark.parametrize(
    ("code", "status", "title"),
    [
        ("E0000006", 403, "doesn't let the API token env:OKTA_API_TOKEN do this"),
        ("E0000015", 401, "lacks the feature"),
        ("E0000007", 404, "has nothing there"),
        ("E0000999", 400, "says no"),
    ],
)
def test_a_refusal_says_what_it_means_and_what_to_do(
    connect: Connect, code: str, status: int, title: str
) -> None:
    body = {"errorCode": code, "errorSummary": "Summary", "errorCauses": [{"errorSummary": "why"}]}
    with serving(reply(body, status)) as server, pytest.raises(Unexpected, match=title) as caught:
        connect(server.url).connection("0oa1")
    said = dict(caught.value.problems[0].notes)
    assert said["asked"] == "GET /api/v1/apps/0oa1/connections/default"
    assert said["answered"] == f"{status} {code} Summary; why"
    assert said["do"]


def test_whoever_examines_sees_whose_token_it_is(api: Api, connect: Connect) -> None:
    assert [check.status for check in api.examine()] == ["passed", "passed"]
    with serving(reply({"errorCode": "E0000011"}, 401)) as server:
        (check,) = connect(server.url).examine()
    assert check.status == "failed"


# -- lists


def pages(server: Scripted, *bodies: list[dict[str, Any]], **links: str) -> None:
    """Answers to one list; each leads to the next, the last where *links* say."""
    for number, body in enumerate(bodies):
        last = number == len(bodies) - 1
        target = links.get("last") if last else f"{server.url}/api/v1/groups/g/users?after={number}"
        link = f'<{server.url}/self>; rel="self"' + (f', <{target}>; rel="next"' if target else "")
        server.script.append(reply(body, headers={"Link": link}))
    server.script.pop(0)


def test_a_list_is_read_to_its_end_each_item_once(connect: Connect) -> None:
    with serving(reply()) as server:
        pages(server, [{"id": "1"}, {"id": "2"}], [{"id": "2"}, {"id": "3"}], [])
        found = connect(server.url).group_members("g")
        assert len(server.asked) == 3
    assert [item["id"] for item in found] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("last", "why"),
    [
        ("{url}/api/v1/groups/g/users?limit=200", "its pages run in circles"),
        ("{url}/api/v1/groups/g/users?after=0", "its pages run in circles"),
        ("https://evil.example/api/v1/groups", "its next page is on another host"),
        ("//evil.example/x", "its next page is on another host"),
    ],
)
def test_a_list_that_leads_astray_is_an_error(connect: Connect, last: str, why: str) -> None:
    with serving(reply()) as server:
        pages(server, [{"id": "1"}], [{"id": "2"}], last=last.format(url=server.url))
        with pytest.raises(Unexpected) as caught:
            connect(server.url).group_members("g")
        assert len(server.asked) == 2
    assert dict(caught.value.problems[0].notes)["but"] == why


def test_something_else_than_a_list_is_an_error(connect: Connect) -> None:
    answering = serving(reply({"id": "1"}))
    with answering as server, pytest.raises(Unexpected, match="can't be read to its end"):
        connect(server.url).group_members("g")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('<https://a/x?a=1,2>; rel="next"', "https://a/x?a=1,2"),
        ("<https://a/x>;rel=next", "https://a/x"),
        ('<https://a/s>; rel="self", <https://a/n>; rel="next"', "https://a/n"),
        ('<https://a/n>; rel="next", <https://a/s>; rel="self"', "https://a/n"),
        ('<https://a/s>; rel="self"', None),
        ("", None),
    ],
)
def test_the_next_page_is_found_in_any_order(header: str, found: str | None) -> None:
    assert _paging.next_link({"link": header}) == found
