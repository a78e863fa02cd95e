"""Evidence from a live org: what Okta answers of one app, without people, secrets and hosts."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tool import Tool

from okta_scim_setup.evidence import FREE, Exchange, document, redacted, shape

Start = Callable[..., Tool]

CANARY = "canary"

APP: dict[str, Any] = {
    "id": "0oacanary1d7",
    "name": "canary_dbtfinance_1",
    "label": "dbt Canary GmbH",
    "status": "ACTIVE",
    "created": "2026-11-25T04:00:00.000Z",
    "signOnMode": "SAML_2_0",
    "features": ["SCIM_PROVISIONING", "AUTO_CONFIRM_IMPORTS", "canary feature"],
    "profile": {"canary": "canary", "canary.owner@acme.com": True, "n": 70403103},
    "credentials": {
        "userNameTemplate": {"template": "${source.email}", "type": "BUILT_IN"},
        "signing": {"kid": "canary-kid"},
        "password": {"value": "canary-password"},
    },
    "settings": {
        "app": {"canaryKey": "canary", "scim_base_url": "https://canary.example/x"},
        "notes": {"admin": "ask jane.canary@acme.com", "enduser": None},
        "signOn": {
            "ssoAcsUrl": "https://canary.auth0.com/login/callback?connection=canary",
            "audience": "urn:auth0:canary:x",
            "attributeStatements": [{"canary": ["user.canary"], "type": "EXPRESSION"}],
            "honorForceAuthn": True,
        },
    },
    "visibility": {"hide": {"iOS": False, "web": False}, "appLinks": {"canary": True}},
    "okta_canarydbt_1_link": True,
    "_links": {
        "self": {
            "href": "https://canary.okta.com/api/v1/apps/0oacanary1d7",
            "hints": {"allow": ["GET"]},
        },
        "logo": [{"name": "canary", "href": "https://canary.oktacdn.com/fs/bco/canary.png"}],
    },
    "_embedded": {"canaryUser": {"login": "canary@acme.com"}},
}

CONNECTION = {
    "status": "UNKNOWN",
    "authScheme": "TOKEN",
    "baseUrl": "https://canary_1.us1.dbt.com/api/v3/accounts/70403103/scim/v2/",
    "profile": {"authScheme": "UNKNOWN", "token": "canary-token", "clientId": "canary-client"},
}

REFUSED = {
    "errorCode": "E0000001",
    "errorSummary": "Api validation failed: feature",
    "errorLink": "E0000001",
    "errorId": "oaecanary",
    "errorCauses": [
        {"errorSummary": "Provisioning is not enabled for the app instance."},
        {"errorSummary": "canary is not enabled"},
    ],
}


def record(*bodies: Any, asked: str = "https://canary.okta.com/api/v1/apps/0oacanary1d7") -> Any:
    headers = {"content-type": "application/json", "set-cookie": "canary", "link": "canary"}
    exchanges = [Exchange(asked, 200, headers, body) for body in bodies]
    return json.loads(document(exchanges, "okta-scim-setup 1"))


def test_no_canary_of_a_person_a_secret_or_a_host_is_in_the_record() -> None:
    assert CANARY not in json.dumps(record(APP, CONNECTION, REFUSED)).lower()


def test_what_the_record_is_for_is_kept() -> None:
    app, connection, refused = (e["body"] for e in record(APP, CONNECTION, REFUSED)["exchanges"])

    assert app["features"] == ["SCIM_PROVISIONING", "AUTO_CONFIRM_IMPORTS", "<text>"]
    assert (app["status"], app["signOnMode"], app["name"]) == ("ACTIVE", "SAML_2_0", "<name>")
    assert app["credentials"]["userNameTemplate"] == {
        "template": "${source.email}",
        "type": "BUILT_IN",
    }
    assert connection["status"] == "UNKNOWN"
    assert connection["authScheme"] == "TOKEN"
    assert connection["profile"]["authScheme"] == "UNKNOWN"
    assert connection["baseUrl"] == (
        "https://<host with an underscore>/api/v3/accounts/<number>/scim/v2/"
    )
    assert refused["errorCode"] == "E0000001"
    assert refused["errorCauses"] == [
        {"errorSummary": "Provisioning is not enabled for the app instance."},
        {"errorSummary": "<text>"},
    ]


def test_names_of_public_templates_and_features_are_kept() -> None:
    assert redacted({"name": "scim2headerauth"}) == {"name": "scim2headerauth"}
    assert redacted([{"name": "USER_PROVISIONING", "status": "ENABLED"}]) == [
        {"name": "USER_PROVISIONING", "status": "ENABLED"}
    ]


def test_a_path_keeps_its_shape_alone() -> None:
    url = "https://acme.okta.com:8443/api/v1/apps/0oa1/features/USER_PROVISIONING?expand=jane"

    assert shape(url) == "https://<host>/api/v1/apps/<id>/features/USER_PROVISIONING?<query>"
    assert shape("https://[bad") == "<address>"


SECRET = st.sampled_from(
    ["canary", "Canary GmbH", "jane.canary@acme.com", "https://canary.example/canary"]
)
KEYS = st.sampled_from(
    [
        "status",
        "name",
        "features",
        "label",
        "baseUrl",
        "type",
        "template",
        "errorSummary",
        "href",
        "okta_canary_1_link",
    ]
)


@given(
    st.recursive(
        SECRET | st.integers(100, 10**12) | st.booleans(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=20,
    ),
    st.sampled_from(sorted(FREE)),
)
def test_wherever_a_canary_stands_it_is_not_in_the_record(body: Any, free: str) -> None:
    below = {free: {"canary key": body, "canaryKey": {"canary": body}}}

    for value in (body, below, {"settings": below}):
        assert CANARY not in json.dumps(redacted(value)).lower()


def test_doctor_writes_what_okta_answers_into_a_new_file_of_its_owner_alone(
    simulated: Start, tmp_path: Path
) -> None:
    tool = simulated(3)
    file = tmp_path / "evidence.json"

    sent = tool.sent("doctor", "--tenant", "initech", "--evidence", str(file))

    text = file.read_text()
    answers = json.loads(text)["exchanges"]
    assert {r["method"] for r in sent} == {"GET"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [(e["asked"].rpartition("<id>")[2], e["status"]) for e in answers] == [
        ("", 200),
        ("/connections/default", 200),
        ("/features", 400),
    ]
    assert answers[1]["body"]["status"] == "UNKNOWN"
    org = tool.simulator.summary()["okta"][2]
    account = tool.simulator.summary()["dbt_cloud"][2]
    known = [tool.app(2)["id"], "initech", org["api_token"], account["token"], "127.0.0.1"]
    assert not [each for each in (*known, str(account["account_id"])) if each in text]


def test_what_is_set_up_shows_the_features_that_are_asked_about(
    set_up_already: Start, tmp_path: Path
) -> None:
    tool = set_up_already()
    file = tmp_path / "evidence.json"

    came = tool.run("doctor", "--evidence", str(file))

    answers = json.loads(file.read_text())["exchanges"]
    assert came.code == 0
    assert f"3 answers in {file}; read it before you send it" in came.out
    assert "SCIM_PROVISIONING" in answers[0]["body"]["features"]
    assert answers[1]["body"]["baseUrl"] == "http://<host>/api/v3/accounts/<number>/scim/v2"
    assert answers[2]["body"][0]["capabilities"]["create"]["lifecycleCreate"]["status"] == "ENABLED"


@pytest.mark.parametrize("there", ["file", "link", "no folder", "two tenants"])
def test_a_record_that_cannot_be_new_is_refused_before_anything_is_sent(
    simulated: Start, tmp_path: Path, there: str
) -> None:
    tool = simulated(2 if there == "two tenants" else 1)
    file = (
        tmp_path / "sub" / "evidence.json" if there == "no folder" else tmp_path / "evidence.json"
    )
    if there == "file":
        file.write_text("mine")
    elif there == "link":
        file.symlink_to(tmp_path / "elsewhere")

    came = tool.run("doctor", "--evidence", str(file))

    assert came.code == 64
    assert tool.simulator.requests() == []
    assert there != "file" or file.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()
