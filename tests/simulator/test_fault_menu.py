"""The rest of the menu: stale and endless reads, others' acts, chance, senders and tenants."""

import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from okta_scim_setup.simulator import Chance, Simulator, Target, fault_from_json
from okta_scim_setup.simulator.faults.menu import BY_CHANCE, MENU
from tests.simulator.conftest import ON, Lab


def test_a_fault_can_be_for_one_tenant_and_come_more_than_once(lab: Lab) -> None:
    lab.simulator.add_fault("", "status:500", tenant="globex", times=2)
    others = [lab.okta(0)("GET", "/users/me"), lab.dbt(2)("GET", "/scim-config/")]
    assert [answer.status_code for answer in others] == [200, 200]
    own = [lab.okta(1)("GET", "/users/me"), lab.dbt(1)("GET", "/scim-config/")]
    assert [answer.status_code for answer in own] == [500, 500]
    assert lab.okta(1)("GET", "/users/me").ok


def test_tenants_of_a_shared_org_are_told_apart_by_their_apps() -> None:
    with Simulator(tenants=2, orgs=1) as simulator:
        lab = Lab(simulator)
        first, second, _ = (app["id"] for app in lab.summary["okta"][0]["apps"])
        simulator.add_fault("", "status:500", tenant="globex")
        assert [lab.okta()("GET", f"/apps/{app}").status_code for app in (first, second)] == [
            200,
            500,
        ]
        lab.close()


def test_a_fault_can_be_for_what_okta_sends(lab: Lab) -> None:
    scim = lab.connect()
    lab.simulator.add_fault("/Users", "status:500", by="okta", times=9)
    assert scim("GET", "/Users").ok
    user = lab.okta().data("GET", "/users")[1]["id"]
    lab.okta().data("POST", f"/apps/{lab.app()}/users", {"id": user})
    assert lab.app_state()["assigned"][0]["externalId"] is None


@pytest.mark.parametrize("do", ["truncate_unsized", "truncate", "drop_after", "status:500", "drip"])
def test_okta_forgets_connections_that_ended_badly(lab: Lab, do: str) -> None:
    lab.connect()
    lab.simulator.add_fault("/Users", do, by="okta")
    user = lab.okta().data("GET", "/users")[1]["id"]
    lab.okta().data("POST", f"/apps/{lab.app()}/users", {"id": user})
    # A client that gets the same port later must not be taken for Okta.
    assert lab.simulator._engine.wire._pairs == set()


def test_a_stale_read_shows_how_it_was_before_the_last_change_and_loses_nothing(lab: Lab) -> None:
    lab.simulator.add_fault("/scim-config/$", "stale_read", method="GET")
    dbt = lab.dbt()
    dbt.data("POST", "/scim-config/", ON)
    seen = [dbt.data("GET", "/scim-config/")["data"]["enabled"] for _ in range(2)]
    assert seen == [False, True]


def test_a_stale_read_of_what_was_just_made_finds_nothing(lab: Lab) -> None:
    okta, app, group = lab.okta(), lab.app(), lab.group("dbt-acme-devs")
    lab.simulator.add_fault("/groups/", "stale_read", method="GET")
    okta.data("PUT", f"/apps/{app}/groups/{group}", {})
    statuses = [okta("GET", f"/apps/{app}/groups/{group}").status_code for _ in range(2)]
    assert statuses == [404, 200]


def test_a_list_may_not_have_the_newest_item_yet(lab: Lab) -> None:
    dbt, scim = lab.dbt(), lab.scim()
    lab.simulator.add_fault("/tokens/$", "omit_newest", method="GET")
    without = dbt.data("GET", "/scim-config/tokens/")
    assert without["data"] == []
    assert without["extra"]["pagination"] == {"count": 0, "total_count": 0}
    assert len(dbt.data("GET", "/scim-config/tokens/")["data"]) == 1
    lab.simulator.add_fault("/Users$", "omit_newest", method="GET")
    users = [scim.data("GET", "/Users") for _ in range(2)]
    assert [page["totalResults"] for page in users] == [2, 3]
    lab.simulator.add_fault("/apps$", "omit_newest", method="GET")
    assert [len(lab.okta().data("GET", "/apps")) for _ in range(2)] == [1, 2]


def test_a_list_may_have_an_item_twice(lab: Lab) -> None:
    okta, dbt, scim = lab.okta(), lab.dbt(), lab.scim()
    lab.simulator.add_fault("", "repeat_item", method="GET", times=3)
    ids = [app["id"] for app in okta.data("GET", "/apps")]
    assert (len(ids), len(set(ids))) == (3, 2)
    tokens = dbt.data("GET", "/scim-config/tokens/")
    assert [token["name"] for token in tokens["data"]] == ["tests", "tests"]
    assert tokens["extra"]["pagination"] == {"count": 2, "total_count": 2}
    users = scim.data("GET", "/Users")
    assert users["Resources"][0] == users["Resources"][1]
    assert users["totalResults"] == users["itemsPerPage"] == len(users["Resources"]) == 4


def test_pages_may_drift_so_that_an_item_is_missed(lab: Lab) -> None:
    okta, dbt, scim = lab.okta(), lab.dbt(), lab.scim()
    groups, people = okta.data("GET", "/groups"), dbt.data("GET", "/users/")["data"]
    users = scim.data("GET", "/Users")["Resources"]
    lab.simulator.add_fault("", "page_drift", method="GET", times=6)
    first = okta("GET", "/groups", limit="1")
    second = okta("GET", first.links["next"]["url"].replace("limit=1", "limit=9"))
    assert first.json() + second.json() == [groups[0], *groups[2:]]
    pages = [dbt.data("GET", "/users/", limit="2", offset=at)["data"] for at in ("0", "2")]
    assert pages == [people[:2], people[3:4]]
    starts = ("1", "2")
    pages = [scim.data("GET", "/Users", startIndex=at, count="2")["Resources"] for at in starts]
    assert pages == [users[:2], users[2:3]]


def test_pages_may_lead_back_to_themselves(lab: Lab) -> None:
    okta, dbt, scim = lab.okta(), lab.dbt(), lab.scim()
    lab.simulator.add_fault("", "page_loop", method="GET", times=4)
    answer = okta("GET", "/apps", limit="1")
    assert answer.links["next"]["url"] == answer.links["self"]["url"]
    page = dbt.data("GET", "/users/", limit="2", offset="2")
    assert page["extra"]["pagination"] == {"count": 2, "total_count": 5}
    pages = [scim.data("GET", "/Users", startIndex=start, count="2") for start in ("1", "3")]
    assert pages[0]["Resources"] == pages[1]["Resources"]
    assert pages[0]["totalResults"] == 5


def test_a_skewed_429_makes_sense_by_its_own_clock_only(lab: Lab) -> None:
    lab.simulator.add_fault("/apps$", "skewed_429")
    answer = lab.okta()("GET", "/apps")
    reset = int(answer.headers["X-Rate-Limit-Reset"])
    date = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert 0 <= reset - date <= 2
    assert reset - time.time() > 3000


@pytest.mark.parametrize(
    ("do", "path"),
    [("revoke_okta_token", "/api/v1/apps"), ("revoke_dbt_token", "/scim-config/")],
)
def test_a_token_can_be_revoked_out_of_band(lab: Lab, do: str, path: str) -> None:
    lab.simulator.add_fault(path, do)
    assert lab.okta()("GET", "/apps").status_code == (401 if "okta" in do else 200)
    assert lab.dbt()("GET", "/scim-config/").status_code == (401 if "dbt" in do else 200)
    assert lab.okta(1)("GET", "/apps").ok


def test_the_token_that_okta_holds_can_be_revoked_in_dbt(lab: Lab) -> None:
    lab.connect()
    lab.simulator.add_fault("/apps/", "revoke_scim_token")
    lab.okta()("GET", f"/apps/{lab.app()}")
    assert lab.account_state()["tokens"] == []


def test_an_admin_can_change_things_in_the_middle(lab: Lab) -> None:
    lab.connect()
    fields = {"Deactivate Users": False}
    lab.simulator.add_fault("/apps/", "admin_change", method="PUT", fields=fields)
    group = lab.group("dbt-acme-devs")
    lab.okta().data("PUT", f"/apps/{lab.app()}/groups/{group}", {})
    assert lab.app_state()["deactivate_users"] is False
    assert len(lab.app_state()["assigned"]) == 5


def test_chance_strikes_the_same_requests_in_every_run() -> None:
    def statuses() -> list[int]:
        with Simulator(faults=[Chance(seed=7, rate=0.3, do=("status:503",))]) as simulator:
            lab = Lab(simulator)
            found = [lab.okta()("GET", "/users/me").status_code for _ in range(40)]
            lab.close()
        return found

    first = statuses()
    assert first == statuses()
    assert {200, 503} == set(first)
    chance = Chance(seed=7, rate=0.3, do=("status:503",))
    told = [chance.what(("acme",), ordinal) for ordinal in range(1, 41)]
    assert [503 if do else 200 for do in told] == first


def test_chance_takes_all_of_the_menu_that_comes_to_an_end_by_itself() -> None:
    assert "hang" not in BY_CHANCE
    assert set(MENU) - set(BY_CHANCE) == {
        "hang",
        "revoke_okta_token",
        "revoke_dbt_token",
        "revoke_scim_token",
        "expire_access_tokens",
        "admin_change",
    }


def test_an_admins_change_by_chance_doesnt_bring_on_the_next(lab: Lab) -> None:
    lab.connect()
    lab.simulator.add_chance(Chance(seed=1, rate=1, do=("admin_change",)))
    lab.okta().data("GET", f"/apps/{lab.app()}")
    changes = [each for each in lab.simulator.requests() if each.get("fault")]
    assert [each["by"] for each in changes] == ["client"]


def test_what_went_wrong_is_in_the_record_of_requests(lab: Lab) -> None:
    lab.simulator.add_fault("/users/me", "status:500")
    lab.okta()("GET", "/users/me")
    assert lab.simulator.requests()[-1]["fault"] == "status:500"


@pytest.mark.parametrize(
    "nonsense",
    [
        {"do": "hang", "rate": 0.5},
        {"do": ["explode"], "rate": 0.5},
        {"rate": 2},
        {"do": "hang", "by": "someone"},
        {"do": "hang", "nth": 0},
        {"do": "hang", "path": "("},
        {"do": "hang", "where": "x"},
        "hang",
    ],
)
def test_nonsense_is_refused(nonsense: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        fault_from_json(nonsense)


def test_faults_over_http_may_be_by_chance_and_for_a_tenant(lab: Lab) -> None:
    url = f"{lab.simulator.url}/_simulator/faults"
    wish = [{"seed": 1, "rate": 1, "do": ["status:500"], "tenant": "acme", "path": "/users/me"}]
    assert requests.post(url, json=wish, timeout=20).json() == {"added": 1}
    assert lab.okta(0)("GET", "/users/me").status_code == 500
    assert lab.okta(1)("GET", "/users/me").ok
    assert requests.delete(url, timeout=20).status_code == 204
    assert lab.okta(0)("GET", "/users/me").ok


def test_a_chance_can_be_for_some_requests_only() -> None:
    target = Target(path="/apps", method="GET", by="client")
    with Simulator(faults=[Chance(seed=1, rate=1, do=("status:502",), target=target)]) as simulator:
        lab = Lab(simulator)
        assert lab.okta()("GET", "/users/me").ok
        assert lab.okta()("GET", "/apps").status_code == 502
        lab.close()


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "E0000011"), (403, "E0000006"), (409, "E0000195"), (500, "E0000009")],
)
def test_okta_fails_with_a_code_that_fits_the_status(lab: Lab, status: int, code: str) -> None:
    lab.simulator.add_fault("/apps", f"status:{status}")
    answer = lab.okta()("GET", "/apps")
    assert (answer.status_code, answer.json()["errorCode"]) == (status, code)
