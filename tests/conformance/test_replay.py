"""Every recorded exchange, in its sequence, gets the same kind of answer from the simulator."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conformance.endpoint import scim_endpoint
from conformance.replay import Played, Player
from recording import RECORDED

from okta_scim_setup.simulator import Simulator

pytestmark = pytest.mark.skipif(
    not RECORDED.exists(), reason="needs the recorded exchanges in ../shared"
)

ENOUGH = 0.9
"""The share of the exchanges on simulated paths that have to pass."""
SUPPORTED = re.compile(
    r"\w+ /api/v1/("
    r"apps(/[\w-]+(/(connections|features|group-push|groups|lifecycle|users)(/.*)?)?)?"
    r"|apps/\w+/(credentials/keys|sso/saml/metadata)"
    r"|(groups|users|logs|mappings|meta/schemas/apps)(/.*)?"
    r")"
)
"""The calls of which none may be left out as not simulated."""
PAGE = Path(__file__).parents[2] / "docs" / "simulator.md"


@dataclass(frozen=True)
class Except:
    """Exchanges that can't be had here, as patterns of recording and call, and why."""

    recording: str
    call: str
    reason: str


NOT_SIMULATED = (
    Except(".*", r"\w+ /api/v1/idps.*", "identity providers have nothing to do with SCIM"),
    Except(".*", r"\w+ /api/v1/internal/.*", "an internal call of Okta's own Terraform provider"),
    Except(".*", r"(GET|PUT) /api/v1/(apps/\w+/)?policies.*", "policies of signing in"),
)
DIFFERENT = (
    Except(
        ".*(AppGroupAssignment_crud|AppUserSchemas_enum).*",
        r"(POST|GET) /api/v1/apps(/\w+|\?activate=true)",
        "an OpenID Connect app has settings that only signing in needs; it can't have SCIM",
    ),
    Except(
        ".*AppUserSchemas_enum.*",
        r"(POST|GET) /api/v1/meta/schemas/.*",
        "an OpenID Connect app's attributes are named as its claims are",
    ),
    Except(
        ".*AppSaml_crud.*",
        r"(POST|GET) /api/v1/apps(/0oakwuro\w+|\?activate=true)",
        "pagerduty, sharepoint_onpremise: each app of the catalogue has settings of its own",
    ),
)


def org2org(player: Player) -> None:
    """The Org2Org app that the recordings found in their org, with provisioning on.

    What it provisions is another org, and the token for it was redacted; here it is dbt.
    """
    base_url, token = scim_endpoint(player.simulator)
    player.texts = {"https://integrator-8357679-admin.okta.com": base_url, "<REDACTED>": token}
    body = {"name": "okta_org2org", "label": "Org2Org", "signOnMode": "SAML_2_0"}
    app = str(player.call("POST", "/api/v1/apps", body).json()["id"])
    player.ids["0oarblaf7hWdLawNg1d7"] = app
    connection = {"baseUrl": base_url, "profile": {"authScheme": "TOKEN", "token": token}}
    path = f"/api/v1/apps/{app}/connections/default"
    player.call("POST", f"{path}?activate=true", connection).raise_for_status()


def mappings(player: Player) -> None:
    """A mapping with a property, which stands for an identity provider's.

    Its source is an identity provider and its target Okta's user type; here it is the other way
    round, from Okta's user type to an app.
    """
    first = player.call("GET", "/api/v1/mappings").json()[0]
    email = {"email": {"expression": "user.email", "pushStatus": "PUSH"}}
    player.call("POST", f"/api/v1/mappings/{first['id']}", {"properties": email})
    player.ids["prmkwuqd60E6Ymi8K1d7"] = first["id"]
    player.ids["0oakwuqd5tELITmq01d7"] = first["source"]["id"]
    player.ids["oty5ptm052JMcoADv1d7"] = first["target"]["id"]


def nearly_spent(player: Player) -> None:
    """A minute of which 32 of 50 calls were made: 18 remain."""
    for _ in range(32):
        player.call("GET", "/api/v1/apps/comprehensive_coverage_test_123/features")


PREPARED: dict[str, Callable[[Player], None]] = {
    "AppFeatures": org2org,
    "AppConnection_cru": org2org,
    "profile_mapping": mappings,
    "ProfileMapping_crud": mappings,
    "comprehensive_coverage_push": nearly_spent,
}
RECORDINGS: dict[str, Any] = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}


@cache
def played(recording: str) -> tuple[Played, ...]:
    with Simulator(limits="real") as simulator:
        player = Player(simulator)
        with closing(player.session):
            for name, prepare in PREPARED.items():
                if name in recording:
                    prepare(player)
            exchanges = enumerate(RECORDINGS[recording])
            found = tuple(player.play(recording, number, each) for number, each in exchanges)
    assert simulator.errors == []
    return found


def reason_for(exchange: Played, exceptions: tuple[Except, ...]) -> str | None:
    for each in exceptions:
        if re.fullmatch(each.recording, exchange.recording) and re.fullmatch(
            each.call, exchange.call
        ):
            return each.reason
    return None


@pytest.mark.parametrize("recording", RECORDINGS)
def test_what_was_recorded_is_what_the_simulator_answers(recording: str) -> None:
    exceptions = NOT_SIMULATED + DIFFERENT
    unexplained = [
        str(each)
        for each in played(recording)
        if each.differences and reason_for(each, exceptions) is None
    ]
    assert unexplained == []


@dataclass(frozen=True)
class Share:
    """How many exchanges there are, how many on simulated paths, and how many of these pass."""

    recorded: int
    simulated: int
    passed: int


@cache
def everything() -> tuple[Played, ...]:
    return tuple(each for recording in RECORDINGS for each in played(recording))


def share() -> Share:
    simulated = [each for each in everything() if reason_for(each, NOT_SIMULATED) is None]
    passed = [each for each in simulated if not each.differences]
    return Share(len(everything()), len(simulated), len(passed))


def test_nine_in_ten_exchanges_on_simulated_paths_pass() -> None:
    assert share().passed >= ENOUGH * share().simulated


def test_nothing_that_has_to_be_simulated_is_left_out_of_the_count() -> None:
    has_to_be = [e for e in everything() if SUPPORTED.fullmatch(e.call.partition("?")[0])]
    assert [each for each in has_to_be if reason_for(each, NOT_SIMULATED)] == []
    assert len(has_to_be) >= ENOUGH * share().simulated


def test_the_page_on_the_simulator_tells_these_figures() -> None:
    found = re.search(
        r"(\d+) recorded exchanges of which (\d+) are on simulated\s+paths \((\d+) of these",
        PAGE.read_text(),
    )
    assert found
    assert Share(*map(int, found.groups())) == share()


@pytest.mark.parametrize("exception", NOT_SIMULATED + DIFFERENT, ids=lambda each: each.reason)
def test_no_exception_is_idle(exception: Except) -> None:
    assert any(each.differences and reason_for(each, (exception,)) for each in everything())
