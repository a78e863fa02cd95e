"""What nobody knows for sure can be had either way, also over HTTP; time is as tests want it."""

import time
from typing import Any

import pytest
import requests

from okta_scim_setup.simulator import Simulator
from tests.simulator.conftest import ON, Lab


def over_http(lab: Lab, **switches: Any) -> requests.Response:
    return requests.post(f"{lab.simulator.url}/_simulator/switches", json=switches, timeout=20)


def test_switches_are_read_and_changed_over_http(lab: Lab) -> None:
    found = requests.get(f"{lab.simulator.url}/_simulator/switches", timeout=20).json()
    assert found["put_wipes_scim"] is True
    changed = over_http(lab, put_wipes_scim=False, features_follow="actions").json()
    assert changed == found | {"put_wipes_scim": False, "features_follow": "actions"}
    assert lab.simulator.switches.put_wipes_scim is False


@pytest.mark.parametrize(
    "given",
    [
        {"no_such_switch": True},
        {"put_wipes_scim": "yes"},
        {"features_follow": "whims"},
        {"concurrency": -1},
        {"last_used_delay": None},
        {"put_wipes_scim": False, "edition": "huge"},
    ],
)
def test_an_unknown_switch_or_value_changes_nothing(lab: Lab, given: dict[str, Any]) -> None:
    before = lab.simulator.switches.values()
    assert over_http(lab, **given).status_code == 400
    assert lab.simulator.switches.values() == before


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_scim_answers_while_it_is_off(lab: Lab, status: int) -> None:
    scim = lab.scim()
    lab.dbt().data("POST", "/scim-config/", ON | {"enabled": False})
    over_http(lab, scim_while_off=status)
    answer = scim("GET", "/Users")
    assert (answer.status_code, answer.json()["status"]) == (status, str(status))


def test_switching_scim_off_may_revoke_its_tokens(lab: Lab) -> None:
    over_http(lab, off_revokes_tokens=True)
    lab.scim()
    lab.dbt().data("POST", "/scim-config/", ON | {"enabled": False})
    assert lab.account_state()["tokens"] == []


def test_tokens_may_need_scim_and_a_name_of_their_own(lab: Lab) -> None:
    over_http(lab, tokens_while_off=False, token_names_unique=True)
    dbt = lab.dbt()
    assert dbt("POST", "/scim-config/tokens/", {"name": "x"}).status_code == 400
    dbt.data("POST", "/scim-config/", ON)
    answers = [dbt("POST", "/scim-config/tokens/", {"name": "x"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 400]


def test_existing_users_may_become_managed_at_once(lab: Lab) -> None:
    over_http(lab, existing_users_become_managed=True)
    lab.scim()
    assert all(user["scim_managed"] for user in lab.account_state()["users"])


@pytest.mark.parametrize(("switch", "expected"), [("keeps", "it"), ("resets", "developer")])
def test_put_without_a_licence(lab: Lab, switch: str, expected: str) -> None:
    scim = lab.scim()
    lab.dbt().data("POST", "/scim-config/", ON | {"scim_controlled_license_type": True})
    over_http(lab, put_without_licence=switch)
    extension = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User"
    body = {"userName": "new@acme.example", "active": True}
    made = scim.data("POST", "/Users", body | {extension: {"licenseType": "it"}})
    put = scim.data("PUT", f"/Users/{made['id']}", body)
    assert put[extension]["licenseType"] == expected


def test_the_list_of_licences_may_have_people(lab: Lab) -> None:
    lab.scim().data("POST", "/Users", {"userName": "new@acme.example", "active": True})
    over_http(lab, licenses_list="people")
    rows = lab.dbt().data("GET", lab.dbt().base.replace("/v3/", "/v2/") + "/licenses/")["data"]
    assert [row["scim_managed"] for row in rows] == [False, False, False, True]


@pytest.mark.parametrize(("edition", "limit"), [("integrator", "10"), ("workforce", "50")])
def test_limits_hang_on_the_edition(edition: str, limit: str) -> None:
    with Simulator(limits="real") as simulator:
        lab = Lab(simulator)
        over_http(lab, edition=edition)
        assert lab.okta()("GET", "/apps").headers["X-Rate-Limit-Limit"] == limit
        lab.close()


def test_tokens_share_the_limit_of_their_org() -> None:
    with Simulator(limits="real") as simulator:
        lab = Lab(simulator)
        tokens = [simulator.create_api_token() for _ in range(3)]
        allowed = []
        for token in tokens:
            okta = lab.okta(authorization=f"SSWS {token}")
            allowed.append(sum(okta("GET", "/apps").ok for _ in range(60)))
        assert allowed == [50, 50, 0]
        lab.close()


@pytest.mark.parametrize(("edition", "most"), [("workforce", 75), ("integrator", 35)])
def test_an_org_answers_so_many_calls_at_once(edition: str, most: int) -> None:
    with Simulator(limits="real") as simulator:
        lab = Lab(simulator)
        over_http(lab, edition=edition)
        org = simulator._world.orgs[0]
        org.under_way = most - 1
        assert lab.okta()("GET", "/users/me").ok
        org.under_way = most
        refused = lab.okta()("GET", "/users/me")
        assert (refused.status_code, refused.json()["errorCode"]) == (429, "E0000047")
        assert refused.headers["X-Rate-Limit-Limit"] == "0"
        assert refused.headers["X-Rate-Limit-Remaining"] == "0"
        assert lab.dbt()("GET", "/scim-config/").ok
        over_http(lab, concurrency=200)
        assert lab.okta()("GET", "/users/me").ok
        lab.close()


def test_time_passes_as_fast_as_asked_so_a_window_takes_none() -> None:
    with Simulator(limits="real") as simulator:
        lab = Lab(simulator)
        okta, clock = lab.okta(), f"{simulator.url}/_simulator/clock"
        assert [okta("GET", "/apps").status_code for _ in range(51)][-1] == 429
        assert requests.post(clock, json={"advance": 60}, timeout=20).ok
        assert okta("GET", "/apps").ok
        assert requests.post(clock, json={"speed": 3600}, timeout=20).json()["speed"] == 3600
        assert requests.get(clock, timeout=20).json()["ahead"] > 60
        assert requests.post(clock, json={"speed": -1}, timeout=20).status_code == 400
        assert requests.post(clock, json={"fast": 1}, timeout=20).status_code == 400
        lab.close()


def test_okta_waits_for_dbts_window_by_the_services_clock() -> None:
    with Simulator(limits="real") as simulator:
        lab = Lab(simulator)
        scim = lab.connect()
        simulator.clock.speed_up(500)
        for number in range(20):
            scim("POST", "/Users", {"userName": f"p{number}@acme.example", "active": True})
        user = lab.okta().data("GET", "/users")[1]["id"]
        begin = time.monotonic()
        lab.okta().data("POST", f"/apps/{lab.app()}/users", {"id": user})
        assert time.monotonic() - begin < 1
        assert lab.app_state()["assigned"][0]["externalId"]
        lab.close()
