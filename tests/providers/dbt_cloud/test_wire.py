"""What dbt's kinds send: method, path, query and body of reading, making, changing, removing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from studio import Studio, Tape

from okta_scim_setup.live import ShownOnce, Superfluous
from okta_scim_setup.providers.dbt_cloud.scim_config import ScimConfig
from okta_scim_setup.providers.dbt_cloud.scim_token import ScimToken

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
    """A token of ours that was never used."""
    studio.scim_on()
    name = "okta-scim-setup/70403101/okta/r1/00000000/00000000"
    studio.dbt("POST", "/scim-config/tokens/", json={"name": name})


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
        live = ScimToken(name="okta").create(tape.dbt(), "0a1b2c3d")

    # Before and after: whether a run elsewhere is at work, which shows by a young token of ours.
    assert tape.wire == [LIST, f"POST {TOKENS}", LIST]
    assert tape.body("POST") == {"name": "okta-scim-setup/70403101/okta/r1/0a1b2c3d/00000000"}
    assert str(live.outputs["token"]) == "***"


def test_a_new_token_is_tried_as_okta_will_use_it(play: Play) -> None:
    with play("dbt_cloud.scim_token-probe", scim_on) as tape:
        dbt = tape.dbt()
        kind = ScimToken(name="okta")
        kind.probe(dbt, kind.create(dbt, "0a1b2c3d"))

    assert tape.wire == [LIST, f"POST {TOKENS}", LIST, TEST, f"GET {TOKENS}TOKEN/"]
    trial = tape.calls[3]
    assert trial.headers["authorization"] == "Bearer <replaced>"
    assert trial.headers["accept"] == "application/scim+json"


def test_a_token_is_retired_by_delete_of_its_id_and_it_is_looked_whether_it_is_gone(
    play: Play,
) -> None:
    with play("dbt_cloud.scim_token-retire", with_an_orphan) as tape:
        dbt = tape.dbt()
        (token,) = dbt.scim_tokens()
        ScimToken(name="okta").retire(dbt, Superfluous(token["id"], token["name"], "a test"))

    assert tape.wire == [LIST, f"DELETE {TOKENS}TOKEN/", f"GET {TOKENS}TOKEN/"]
    assert tape.calls[1].body is None


def test_people_and_seats_are_read_in_two_requests(play: Play) -> None:
    with play("dbt_cloud.scim_config-population") as tape:
        population = ScimConfig().population(tape.dbt())

    assert tape.wire == [
        f"GET {ACCOUNT}/users/?limit=100&offset=0",
        "GET /api/v2/accounts/ACCOUNT/licenses/?limit=100&offset=0",
    ]
    assert population.seats["developer"].bought == 50


def test_every_request_is_signed_with_the_service_token(play: Play) -> None:
    with play("dbt_cloud.scim_config-read") as tape:
        ScimConfig().read(tape.dbt())

    assert [call.headers["authorization"] for call in tape.calls] == ["Token <replaced>"]
