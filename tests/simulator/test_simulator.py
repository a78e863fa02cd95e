"""The simulator itself: ports, seed data, configuration, limits, many clients at once."""

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
import yaml

from okta_scim_setup.simulator import Simulator
from okta_scim_setup.simulator.window import Window
from tests.simulator.conftest import Lab


def test_the_summary_names_everything_that_a_person_needs(lab: Lab) -> None:
    summary = lab.summary
    assert [org["apps"][0]["label"] for org in summary["okta"]] == [
        "dbt acme",
        "dbt globex",
        "dbt initech",
    ]
    names = [org["apps"][0]["name"] for org in summary["okta"]]
    assert names == ["zscalerbyz", "zscalerbyz", "okta_dbtinitech_1"]
    ids = [account["account_id"] for account in summary["dbt_cloud"]]
    assert ids == [70403101, 70403102, 70403103]
    assert all(not account["access_url"].endswith("/api") for account in summary["dbt_cloud"])


def test_tenants_share_orgs_as_asked() -> None:
    with Simulator(tenants=4, orgs=2) as simulator:
        summary = simulator.summary()
        labels = [[app["label"] for app in org["apps"]] for org in summary["okta"]]
    assert labels == [
        ["dbt acme", "dbt initech", "Unused custom app"],
        ["dbt globex", "dbt tenant-4", "Unused custom app"],
    ]


def test_the_config_has_no_secret_in_it_and_secrets_are_their_owners(
    lab: Lab, tmp_path: Path
) -> None:
    path = lab.simulator.write_config(tmp_path)
    text = path.read_text()
    token = lab.summary["okta"][0]["api_token"]
    assert token not in text
    secret = tmp_path / "secrets" / "okta-acme.token"
    assert secret.read_text().strip() == token
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    config = yaml.safe_load(text.replace("!secret ", ""))
    assert config["defaults"] == {"playbook": "dbt_cloud_scim"}
    assert config["tenants"]["globex"]["dbt_cloud"]["account_id"] == 70403102
    groups = config["tenants"]["acme"]["variables"]["groups"]
    assert groups[0] == {"name": "dbt-acme-admins", "assign": True}


def test_only_the_first_port_has_dbt_and_the_simulators_own_endpoints(lab: Lab) -> None:
    second = lab.summary["okta"][1]["org_url"]
    assert requests.get(f"{second}/_simulator/state", timeout=20).status_code == 401
    assert requests.get(f"{second}/api/v3/accounts/", timeout=20).status_code == 401
    organization = requests.get(f"{second}/.well-known/okta-organization", timeout=20).json()
    assert organization["_links"]["organization"]["href"] == second


def test_requests_are_recorded_with_who_sent_them_and_can_be_forgotten(lab: Lab) -> None:
    lab.connect()
    url = f"{lab.simulator.url}/_simulator/requests"
    recorded = requests.get(url, timeout=20).json()
    assert {"method", "path", "status", "by"} == set(recorded[0])
    assert {entry["by"] for entry in recorded} == {"client", "okta"}
    assert not any("_simulator" in entry["path"] for entry in recorded)
    assert requests.delete(url, timeout=20).status_code == 204
    assert requests.get(url, timeout=20).json() == []


def test_the_state_shows_no_token(lab: Lab) -> None:
    scim = lab.connect()
    state = requests.get(f"{lab.simulator.url}/_simulator/state", timeout=20).text
    assert scim.authorization.removeprefix("Bearer ") not in state
    assert lab.summary["dbt_cloud"][0]["token"] not in state


def test_okta_limits_the_calls_of_a_token_by_bucket() -> None:
    with Simulator(limits="real") as simulator:
        lab = Lab(simulator)
        okta = lab.okta()
        statuses = [okta("GET", "/apps").status_code for _ in range(51)]
        assert statuses == [200] * 50 + [429]
        refused = okta("GET", "/apps")
        assert refused.json()["errorCode"] == "E0000047"
        assert "Retry-After" not in refused.headers
        assert refused.headers["X-Rate-Limit-Remaining"] == "0"
        assert okta("GET", f"/apps/{lab.app()}").headers["X-Rate-Limit-Limit"] == "250"
        simulator.clock.advance(61)
        assert okta("GET", "/apps").status_code == 200
        lab.close()


def test_dbt_limits_scim_writes_of_users() -> None:
    with Simulator(limits="real") as simulator:
        lab = Lab(simulator)
        scim = lab.scim()
        answers = [
            scim("POST", "/Users", {"userName": f"p{number}@acme.example", "active": True})
            for number in range(21)
        ]
        assert [answer.status_code for answer in answers] == [201] * 20 + [429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 5
        assert scim("GET", "/Users").status_code == 200
        lab.close()


def test_many_clients_at_once_end_in_a_state_that_fits_together(lab: Lab) -> None:
    lab.connect()
    okta, app = lab.okta(), lab.app()
    people = okta.data("GET", "/users", q="", limit="200")

    def assign(person: dict[str, str]) -> int:
        with requests.Session() as session:
            headers = {"Authorization": okta.authorization}
            url = f"{okta.base}/apps/{app}/users"
            body = {"id": person["id"]}
            return session.post(url, json=body, headers=headers, timeout=20).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(assign, people)) == {200}
    assigned = lab.app_state()["assigned"]
    assert len(assigned) == len(people)
    active = {str(user["id"]) for user in lab.account_state()["users"] if user["scim_managed"]}
    assert {person["externalId"] for person in assigned} == active


def test_a_thousand_tenants_start_in_seconds() -> None:
    begin = time.monotonic()
    with Simulator(tenants=1000, orgs=10) as simulator:
        assert len(simulator.state()["dbt_cloud"]) == 1000
    assert time.monotonic() - begin < 5


def test_dbt_cools_down_for_five_minutes_after_too_many_calls() -> None:
    with Simulator(limits="real") as simulator:
        lab = Lab(simulator)
        dbt = lab.dbt()
        for account in simulator._world.accounts.values():
            account.admin_window = Window(ends=simulator.clock.now() + 60, used=5000)
        assert dbt("GET", "/scim-config/").status_code == 429
        simulator.clock.advance(299)
        assert dbt("GET", "/scim-config/").status_code == 429
        simulator.clock.advance(2)
        assert dbt("GET", "/scim-config/").status_code == 200
        lab.close()


def test_a_port_that_is_taken_is_said_and_nothing_stays_open(lab: Lab) -> None:
    with pytest.raises(OSError, match="in use"):
        Simulator(port=lab.simulator.port).start()


def test_ports_follow_one_another_and_a_second_stop_does_nothing() -> None:
    with Simulator() as other:
        free = other.port
    simulator = Simulator(tenants=1, port=free)
    simulator.start()
    assert simulator.summary()["okta"][0]["org_url"].endswith(f":{free}")
    simulator.stop()
    simulator.stop()
