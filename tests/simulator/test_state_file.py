"""Everything survives a restart in a file that is its owner's alone."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from okta_scim_setup.simulator import Simulator, StateFileError
from tests.simulator.conftest import Lab


def without_addresses(value: Any) -> Any:
    text = json.dumps(value)
    return json.loads(text.replace(value["okta"][0]["org_url"], "ORG"))


def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with Simulator(keep_in=file) as simulator:
        lab = Lab(simulator)
        lab.connect()
        okta, app, group = lab.okta(), lab.app(), lab.group("dbt-acme-devs")
        okta.data("PUT", f"/apps/{app}/groups/{group}", {})
        body = {"sourceGroupId": group, "targetGroupName": "dbt-acme-devs"}
        okta.data("POST", f"/apps/{app}/group-push/mappings", body)
        lab.dbt().data("POST", "/license-maps/", {"license_type": "it"})
        simulator.register_service_app(key={"kty": "RSA"}, scopes=["okta.apps.read"])
        simulator.switches.put_wipes_scim = False
        simulator.clock.advance(5000)
        before, summary = simulator.state(), simulator.summary()
        events = okta.data("GET", "/logs")
        lab.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with Simulator(tenants=3, keep_in=file) as simulator:
        lab = Lab(simulator)
        assert without_addresses(simulator.state()) == without_addresses(before)
        assert without_addresses(simulator.summary()) == without_addresses(summary)
        assert lab.okta().data("GET", "/logs") == events
        assert simulator.switches.put_wipes_scim is False
        assert simulator.clock.state()["ahead"] == pytest.approx(5000, abs=1)
        lab.simulator.add_fault("nothing", "status:500")
        user = lab.okta().data("GET", "/users")[1]["id"]
        lab.okta().data("POST", f"/apps/{lab.app()}/users", {"id": user})
        assert all(person["externalId"] for person in lab.app_state()["assigned"])
        made = lab.okta().data("POST", "/groups", {"profile": {"name": "new"}})["id"]
        assert made not in json.dumps(before)
        lab.close()
    assert simulator.errors == []


def test_three_tenants_survive_with_their_orgs(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with Simulator(tenants=3, orgs=2, keep_in=file) as simulator:
        before = [org["apps"] for org in simulator.summary()["okta"]]
        config = simulator.write_config(tmp_path / "one").read_text()
    with Simulator(keep_in=file) as simulator:
        assert [org["apps"] for org in simulator.summary()["okta"]] == before
        again = simulator.write_config(tmp_path / "two").read_text()
    assert len(again.splitlines()) == len(config.splitlines())


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 99}'])
def test_a_file_that_is_no_state_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(text)
    with pytest.raises(StateFileError, match=r"state\.json"):
        Simulator(keep_in=file)
    assert file.read_text() == text
