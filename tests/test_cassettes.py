"""No secret is in a cassette, and none gets into one."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cassette import (
    FOLDER,
    KEYS,
    PARAMETERS,
    REPLACED,
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    AllowList,
    calls,
)
from vcr.request import Request

from okta_scim_setup import registry

CASSETTES = sorted(FOLDER.glob("*.yaml"))

CREDENTIALS = (
    r"SSWS +(?!<replaced>)\S",
    r"Bearer +(?!<replaced>)\S",
    r"DPoP +(?!<replaced>)\S",
    r"Token +(?!<replaced>)\S",
    r"dbt[a-z]_[\w-]{6,}",
    r"\b00[\w-]{40}\b",
    r"eyJ[\w-]{8,}",
    r"PRIVATE KEY",
    r"(?i)set-cookie|\bcookie:",
)
"""What credentials look like, written down apart from the serializer's own list."""

CANARY = "dbts_c4n4ryC4N4RYc4n4ryC4N4RYc4n4ry"

each = pytest.mark.parametrize("cassette", CASSETTES, ids=lambda path: path.stem)


def entropy(text: str) -> float:
    """Bits per character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def suspicious(text: str) -> Iterator[str]:
    """Long strings that look random: mixed and of high entropy. Okta's ids have 20 characters."""
    for word in re.findall(r"[A-Za-z0-9_+/=-]{22,}", text):
        for part in re.split(r"/|\w+=(?=\w)", word):  # a parameter's name is no part of its value
            mixed = all(re.search(kind, part) for kind in (r"\d", r"[a-z]", r"[A-Z]"))
            if len(part) > 20 and mixed and entropy(part) > 3.5:
                yield part
            if re.fullmatch(r"[0-9a-f]{32,}", part):
                yield part


@each
def test_a_cassette_holds_no_credential(cassette: Path) -> None:
    text = cassette.read_text()

    for pattern in CREDENTIALS:
        assert not re.search(pattern, text), f"{pattern} in {cassette.name}"
    assert list(suspicious(text)) == []


@each
def test_a_cassette_holds_listed_headers_keys_and_parameters_only(cassette: Path) -> None:
    for exchange in yaml.safe_load(cassette.read_text()):
        sent, came = exchange["request"], exchange["response"]
        assert set(sent) == {"method", "uri", "headers", "body"}
        assert set(came) == {"status", "headers", "body"}
        assert set(sent["headers"]) <= REQUEST_HEADERS
        assert set(came["headers"]) <= RESPONSE_HEADERS
        assert set(keys(sent["body"])) | set(keys(came["body"])) <= KEYS
    for call in calls(cassette):
        assert {part.partition("=")[0] for part in call.query.split("&") if part} <= PARAMETERS


@each
def test_a_cassette_leads_to_this_machine_only(cassette: Path) -> None:
    found = re.findall(r"https?://[^\s/>'\"]*", cassette.read_text())

    assert set(found) <= {f"http://127.0.0.1:{port}" for port in (8001, 8002, 8003)}


def test_every_kind_has_a_cassette_and_no_other_is_left_over() -> None:
    about = {path.stem.partition("-")[0] for path in CASSETTES}

    assert about == {*registry.kinds(), "okta.sign_in"}
    played = "".join(
        path.read_text() for path in (FOLDER.parent / "providers").glob("*/test_wire.py")
    )
    assert [path.stem for path in CASSETTES if f'"{path.stem}"' not in played] == []


PLACES: dict[str, dict[str, Any]] = {
    "a header that isn't listed": {"headers": {"X-Api-Key": CANARY}},
    "Authorization": {"headers": {"Authorization": f"SSWS {CANARY}"}},
    "a key that isn't listed": {"body": {"secret": CANARY}},
    "below a key that isn't listed": {"body": {"profile": {"more": {"name": CANARY}}}},
    "a key for secrets": {"body": {"profile": {"token": "short"}, "token_string": "short"}},
    "a listed key, by its shape": {"body": {"name": f"my {CANARY}", "label": [CANARY]}},
    "a parameter that isn't listed": {"uri": f"http://127.0.0.1:5/x?token={CANARY}"},
    "a listed parameter": {"uri": f"http://127.0.0.1:5/x?q={CANARY}"},
    "a user name in the address": {"uri": "http://short:short@127.0.0.1:5/x?limit=2#short"},
    "something that is no JSON": {"body": CANARY},
    "a form": {"body": "client_assertion=short&password=short&scope=okta.apps.read"},
}


@pytest.mark.parametrize("place", PLACES)
def test_a_canary_is_scrubbed_wherever_it_stands(place: str) -> None:
    canary = PLACES[place]
    body = canary.get("body")
    text = body if isinstance(body, str) else json.dumps(body)
    headers = canary.get("headers", {})
    sent = {
        "method": "POST",
        "uri": canary.get("uri", "http://127.0.0.1:5/x"),
        "headers": {name: [value] for name, value in headers.items()},
        "body": text,
    }
    came = {
        "status": {"code": 200, "message": "OK"},
        "headers": {name: [value] for name, value in headers.items()},
        "body": {"string": text},
    }

    told = AllowList().serialize({"interactions": [{"request": sent, "response": came}]})

    assert CANARY not in told
    assert "short" not in told
    scrubbed = AllowList().scrubbed(Request("POST", sent["uri"], text, headers))
    assert "short" not in str(scrubbed.body) + scrubbed.uri
    assert CANARY not in str(scrubbed.body) + scrubbed.uri + str(scrubbed.headers)


def test_what_was_written_is_read_as_it_was_written() -> None:
    sent: dict[str, Any] = {
        "method": "POST",
        "uri": "http://127.0.0.1:5/x?limit=2",
        "headers": {},
        "body": None,
    }
    came = {
        "status": {"code": 200, "message": "OK"},
        "headers": {"Date": ["Tue, 24 Nov 2026 09:00:00 GMT"], "Set-Cookie": ["a=b"]},
        "body": {"string": '{"id": 1, "name": "dbt", "token_string": "dbts_secret"}'},
    }
    allow = AllowList({"127.0.0.1:5": "127.0.0.1:8001"})

    read = allow.deserialize(
        allow.serialize({"interactions": [{"request": sent, "response": came}]})
    )

    (exchange,) = read["interactions"]
    assert exchange["request"]["uri"] == "http://127.0.0.1:8001/x?limit=2"
    assert exchange["response"]["headers"] == {"date": ["Tue, 24 Nov 2026 09:00:00 GMT"]}
    assert json.loads(exchange["response"]["body"]["string"]) == {
        "id": 1,
        "name": "dbt",
        "token_string": REPLACED,
    }


def test_the_search_finds_what_it_is_for() -> None:
    for secret in (f"SSWS {CANARY}", CANARY, "00RxI0pTscU3zYMdpB7x7xuUsxtHTQuUWwe2ZeHryf"):
        assert any(re.search(pattern, secret) for pattern in CREDENTIALS)
    assert list(suspicious("q7Rk2ZpX9vLmT4sWb8NcY1fH")) != []
    assert list(suspicious("0oa7DxfdaZ1SCzAvb1d7 SCIM_PROVISIONING okta_unusedcustomapp_1")) == []


def keys(value: Any) -> Iterator[str]:
    """Every key of *value*, at any depth."""
    if isinstance(value, dict):
        yield from value
    parts = value.values() if isinstance(value, dict) else value
    for part in parts if isinstance(value, dict | list) else ():
        yield from keys(part)
