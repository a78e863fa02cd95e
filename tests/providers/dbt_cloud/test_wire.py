"""What dbt's kinds send: method, path, query and body of reading, making, changing, removing."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import requests
from studio import Studio, Tape

from okta_scim_setup.journal import Journal
from okta_scim_setup.live import ShownOnce, Superfluous
from okta_scim_setup.providers.dbt_cloud.auth_provider import AuthProvider
from okta_scim_setup.providers.dbt_cloud.group_permissions import GroupPermissions
from okta_scim_setup.providers.dbt_cloud.license_map import LicenseMap
from okta_scim_setup.providers.dbt_cloud.scim_config import ScimConfig
from okta_scim_setup.providers.dbt_cloud.scim_licences import ScimLicences
from okta_scim_setup.providers.dbt_cloud.scim_token import ScimToken
from okta_scim_setup.providers.okta.scim_provisioning import ScimProvisioning
from okta_scim_setup.simulator.okta.certificates import certificate_of

Play = Callable[..., AbstractContextManager[Tape]]

ACCOUNT = "/api/v3/accounts/ACCOUNT"
CONFIG = f"{ACCOUNT}/scim-config/"
TOKENS = f"{ACCOUNT}/scim-config/tokens/"
LIST = f"GET {TOKENS}?limit=100&offset=0"
TEST = f"GET {ACCOUNT}/scim/v2/Users?startIndex=1&count=2"


def scim_on(studio: Studio) -> None:
    studio.scim_on()


def applied(studio: Studio) -> None:
    studio.apply()


def with_an_orphan(studio: Studio) -> None:
    """A token of ours that was never used, older than the lease, beside one that Okta uses."""
    app = studio.summary["okta"][0]["apps"][0]["id"]
    held = ShownOnce(0, datetime(2026, 1, 1, tzinfo=UTC), None, None)
    settings = ScimProvisioning(app=app, base_url="https://x", token=held).fingerprint()
    name = f"okta-scim-setup/70403101/okta/r1/{settings}/00000000"
    studio.dbt("POST", "/scim-config/tokens/", json={"name": name})
    url = studio.summary["dbt_cloud"][0]["access_url"]
    requests.post(f"{url}/_simulator/clock", json={"advance": 3600}, timeout=10).raise_for_status()
    studio.apply()


def long_ago(studio: Studio) -> None:
    """Two tokens of ours, both older than the lease."""
    with_an_orphan(studio)
    url = studio.summary["dbt_cloud"][0]["access_url"]
    requests.post(f"{url}/_simulator/clock", json={"advance": 3600}, timeout=10).raise_for_status()


def test_the_switches_are_read_in_one_request(play: Play) -> None:
    with play("dbt_cloud.scim_config-read") as tape:
        live = ScimConfig().read(tape.dbt())

    assert tape.wire == [f"GET {CONFIG}"]
    assert live.values == {"enabled": False, "manual_updates_allowed": True}
    assert live.outputs["base_url"].endswith("/api/v3/accounts/70403101/scim/v2")


def test_all_three_switches_are_posted_and_read_back(play: Play) -> None:
    with play("dbt_cloud.scim_config-update") as tape:
        dbt = tape.dbt()
        kind = ScimConfig()
        kind.update(dbt, kind.read(dbt), frozenset({"enabled"}))

    # Read once more before it is merged: the plan's reading may be minutes old.
    assert tape.wire == [f"GET {CONFIG}", f"GET {CONFIG}", f"POST {CONFIG}", f"GET {CONFIG}"]
    assert tape.body("POST") == {
        "enabled": True,
        "manual_updates_allowed": True,
        "scim_controlled_license_type": False,
    }


def test_tokens_are_read_as_one_list(play: Play) -> None:
    with play("dbt_cloud.scim_token-read", applied) as tape:
        live = ScimToken(name="okta").read(tape.dbt())

    assert tape.wire == [LIST]
    assert live is not None
    assert isinstance(live.outputs["token"], ShownOnce)
    assert live.outputs["token"].used is not None


def test_a_token_is_made_with_a_name_that_tells_what_it_is_for(play: Play) -> None:
    with play("dbt_cloud.scim_token-create", scim_on) as tape:
        live = ScimToken(name="okta").make(tape.dbt(), "0a1b2c3d")

    # Before and after: whether a run elsewhere is at work, which shows by a young token of ours.
    assert tape.wire == [LIST, f"POST {TOKENS}", LIST]
    assert tape.body("POST") == {"name": "okta-scim-setup/70403101/okta/r1/0a1b2c3d/00000000"}
    assert str(live.outputs["token"]) == "***"


def test_a_new_token_is_tried_as_okta_will_use_it(play: Play) -> None:
    with play("dbt_cloud.scim_token-probe", scim_on) as tape:
        dbt = tape.dbt()
        kind = ScimToken(name="okta")
        kind.probe(dbt, kind.make(dbt, "0a1b2c3d"))

    assert tape.wire == [LIST, f"POST {TOKENS}", LIST, TEST, f"GET {TOKENS}TOKEN/"]
    trial = tape.calls[3]
    assert trial.headers["authorization"] == "Bearer <replaced>"
    assert trial.headers["accept"] == "application/scim+json"


def test_a_token_is_retired_by_delete_of_its_id_and_it_is_looked_whether_it_is_gone(
    play: Play,
) -> None:
    with play("dbt_cloud.scim_token-retire", with_an_orphan) as tape:
        dbt = tape.dbt()
        orphan = min(dbt.scim_tokens(), key=lambda token: token["id"])
        ScimToken(name="okta").retire(dbt, Superfluous(orphan["id"], orphan["name"], "a test"))

    # Listed once more first: Okta may hold it by now.
    assert tape.wire == [LIST, LIST, f"DELETE {TOKENS}TOKEN/", f"GET {TOKENS}TOKEN/"]
    assert tape.calls[2].body is None


def test_people_seats_and_administrators_are_read_in_a_request_each_and_who_decides_on_licences(
    play: Play,
) -> None:
    with play("dbt_cloud.scim_config-population") as tape:
        population = ScimConfig().population(tape.dbt())

    assert tape.wire == [
        f"GET {ACCOUNT}/users/?limit=100&offset=0",
        "GET /api/v2/accounts/ACCOUNT/licenses/?limit=100&offset=0",
        f"GET {CONFIG}",
        f"GET {ACCOUNT}/groups/?limit=100&offset=0",
    ]
    assert population.seats["developer"].bought == 50


def test_licences_by_scim_is_one_of_the_three_switches(play: Play) -> None:
    with play("dbt_cloud.scim_licences-update", scim_on) as tape:
        dbt = tape.dbt()
        kind = ScimLicences()
        kind.update(dbt, kind.read(dbt), frozenset({"scim_controlled_license_type"}))

    assert tape.wire == [f"GET {CONFIG}", f"GET {CONFIG}", f"POST {CONFIG}", f"GET {CONFIG}"]
    assert tape.body("POST") == {
        "enabled": True,
        "manual_updates_allowed": False,
        "scim_controlled_license_type": True,
    }


GROUPS = f"GET {ACCOUNT}/groups/?limit=100&offset=0"
PROJECTS = f"GET {ACCOUNT}/projects/?limit=100&offset=0"


def with_a_permission(studio: Studio) -> None:
    """A group with a permission that somebody gave it by hand."""
    groups = studio.dbt("GET", "/groups/")
    number = next(g["id"] for g in groups if g["name"] == "dbt-acme-devs")
    permission = {"account_id": 70403101, "group_id": number, "permission_set": "git_admin"}
    permission |= {"all_projects": True, "writable_environment_categories": []}
    studio.dbt("POST", f"/group-permissions/{number}/", json=[permission])


def test_permissions_are_read_merged_saved_and_posted_once_whole(
    play: Play, tmp_path: Path
) -> None:
    wanted = [{"set": "developer", "environments": ["staging"]}, {"set": "job_admin"}]
    wanted[1]["project"] = "Analytics"
    with play("dbt_cloud.group_permissions-create", with_a_permission) as tape:
        dbt = tape.dbt(journal=Journal(tmp_path / "acme.jsonl"))
        kind = GroupPermissions.model_validate({"group": "dbt-acme-devs", "permissions": wanted})
        absent = kind.read(dbt)
        live = kind.make(dbt, "")

    assert absent is None
    posted = f"POST {ACCOUNT}/group-permissions/GROUP/"
    # Read once more before it is merged, and read back.
    assert tape.wire == [GROUPS, PROJECTS, GROUPS, posted, GROUPS]
    sent = [(p["permission_set"], p["all_projects"], "project_id" in p) for p in tape.body("POST")]
    assert sent == [
        ("git_admin", True, False),
        ("developer", True, False),
        ("job_admin", False, True),
    ]
    assert tape.body("POST")[1]["writable_environment_categories"] == ["staging"]
    (kept,) = tmp_path.glob("*.json")
    assert [p["permission_set"] for p in json.loads(kept.read_text())["group_permissions"]] == [
        "git_admin"
    ]
    assert str(kept) in live.told


def test_a_licence_map_is_made_changed_and_removed(play: Play) -> None:
    with play("dbt_cloud.license_map-update") as tape:
        dbt = tape.dbt()
        first = LicenseMap(name="it", groups=("admins",))
        live = first.make(dbt, "")
        second = LicenseMap(name="it", groups=("admins", "owners"))
        second.update(dbt, live, frozenset({"groups"}))
        second.delete(dbt, live)

    maps = f"{ACCOUNT}/license-maps/"
    listed = f"GET {maps}?limit=100&offset=0"
    one = f"{maps}MAP/"
    assert [w for w in tape.wire if w != f"GET {CONFIG}"] == [
        *(f"POST {maps}", listed),
        *(f"POST {one}", listed),
        *(f"DELETE {one}", listed),
    ]
    posted = [call.body for call in tape.calls if call.method == "POST"]
    groups = {"account_id": 70403101, "license_type": "it"}
    assert posted[0] == groups | {"sso_license_mapping_groups": ["admins"]}
    assert posted[1] == groups | {"sso_license_mapping_groups": ["admins", "owners"]}


def test_every_request_is_signed_with_the_service_token(play: Play) -> None:
    with play("dbt_cloud.scim_config-read") as tape:
        ScimConfig().read(tape.dbt())

    assert [call.headers["authorization"] for call in tape.calls] == ["Token <replaced>"]


def test_tokens_of_ours_end_by_delete_of_each_and_those_of_people_stay(play: Play) -> None:
    with play("dbt_cloud.scim_token-delete", long_ago) as tape:
        dbt = tape.dbt()
        kind = ScimToken(name="okta")
        live = kind.left_over(dbt)
        assert live is not None
        kind.delete(dbt, live)

    gone = [f"DELETE {TOKENS}TOKEN/", f"GET {TOKENS}TOKEN/"]
    assert tape.wire == [LIST, LIST, *gone, *gone]


PROVIDERS = f"{ACCOUNT}/auth-provider/"


def without_sso(studio: Studio) -> None:
    (there,) = studio.dbt("GET", "/auth-provider/")
    studio.dbt("DELETE", f"/auth-provider/{there['id']}/")


def trusting(**more: object) -> AuthProvider:
    lines = certificate_of("acme", "0oa1", 1_800_000_000).lines
    return AuthProvider(
        entity_id="exk1",
        sso_url="http://127.0.0.1:8001/sso/saml",
        certificate=f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n",
        **more,
    )


def test_sso_is_set_up_by_one_post_and_read_back(play: Play) -> None:
    with play("dbt_cloud.auth_provider-create", without_sso) as tape:
        dbt = tape.dbt()
        kind = trusting(slug="acme")
        absent = kind.read(dbt)
        now = kind.make(dbt, "")

    read = f"GET {PROVIDERS}?limit=100&offset=0"
    assert absent is None
    assert tape.wire == [read, f"POST {PROVIDERS}", read]
    assert tape.body("POST") == {
        "account_id": 70403101,
        "type": "okta",
        "entity_id": "exk1",
        "sso_url": "http://127.0.0.1:8001/sso/saml",
        "allow_password_backdoor": True,
        "slug": "acme",
    }
    assert "certificate" not in now.values


def test_sso_is_changed_in_place_with_what_is_found_and_removed_by_delete(play: Play) -> None:
    with play("dbt_cloud.auth_provider-update") as tape:
        dbt = tape.dbt()
        kind = trusting()
        live = kind.read(dbt)
        assert live is not None
        now = kind.update(dbt, live, frozenset({"entity_id", "sso_url"}))
        kind.delete(dbt, now)

    read, one = f"GET {PROVIDERS}?limit=100&offset=0", f"{PROVIDERS}PROVIDER/"
    assert tape.wire == [read, read, f"POST {one}", read, f"DELETE {one}", read]
    assert tape.body("POST")["slug"] == "acme"
