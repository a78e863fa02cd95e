"""The yardstick itself: it finds what is wrong, and lets pass only what it has evidence for."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import pytest
from conformance.deviations import DEVIATIONS, RECORDED, Deviation, excused
from conformance.recorder import findings
from conformance.specification import SPECIFICATIONS, Exchange, Finding, operation_of
from recording import RECORDED as RECORDINGS

pytestmark = pytest.mark.skipif(
    not SPECIFICATIONS.exists(), reason="needs the specifications in ../shared"
)

FEATURE = Exchange(
    service="okta",
    method="PUT",
    path="/api/v1/apps/0oa1/features/USER_PROVISIONING",
    query=(),
    agent="okta-scim-setup/1",
    request=b'{"create": {"lifecycleCreate": {"status": "ENABLED"}}}',
    status=200,
    media_type="application/json",
    answer=b'{"name": "USER_PROVISIONING", "status": "ENABLED", "capabilities": {}}',
)
SCIM = Exchange(
    service="scim",
    method="GET",
    path="/api/v3/accounts/1/scim/v2/Users",
    query=(("startIndex", "1"),),
    agent="Okta SCIM Client 1.0.0",
    request=b"",
    status=200,
    media_type="application/scim+json",
    answer=b'{"totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []}',
)


def found_in(exchange: Exchange) -> list[str]:
    return [str(finding).partition(": ")[2] for finding in findings(exchange)]


def body(**parts: Any) -> bytes:
    return json.dumps(parts).encode()


def test_what_is_right_is_right() -> None:
    assert found_in(FEATURE) == []
    assert found_in(SCIM) == []


def test_a_value_that_only_the_schema_of_its_kind_forbids_is_found() -> None:
    capabilities = {"create": {"lifecycleCreate": {"status": "YES"}}}
    answer = body(name="USER_PROVISIONING", status="ENABLED", capabilities=capabilities)
    found = found_in(replace(FEATURE, answer=answer))
    assert len(found) == 1
    assert found[0].startswith("answer 200: $.capabilities.create.lifecycleCreate.status: 'YES'")


def test_a_property_that_nobody_names_is_found() -> None:
    answer = body(name="USER_PROVISIONING", status="ENABLED", colour="red")
    assert found_in(replace(FEATURE, answer=answer)) == ["answer 200: $.colour: is not specified"]


def test_null_is_let_pass_in_an_answer_and_not_in_a_request() -> None:
    assert found_in(replace(FEATURE, answer=body(name="USER_PROVISIONING", status=None))) == []
    found = found_in(replace(FEATURE, request=body(create={"lifecycleCreate": None})))
    assert found == ["request: $.create.lifecycleCreate: None is not of type 'object'"]


def test_a_status_nobody_specified_is_found() -> None:
    assert found_in(replace(FEATURE, status=202)) == ["answer 202: status: is not specified"]


def test_a_query_parameter_is_looked_at() -> None:
    listed = replace(FEATURE, method="GET", path="/api/v1/apps", request=b"", answer=b"[]")
    assert found_in(replace(listed, query=(("limit", "20"),))) == []
    assert found_in(replace(listed, query=(("colour", "red"),))) == [
        "query: colour: is not specified"
    ]
    deleted = replace(
        FEATURE, method="DELETE", path="/api/v1/apps/0oa1/group-push/mappings/gPm1", answer=b""
    )
    assert found_in(deleted)[0] == "query: deleteTargetGroup: is required"


def test_another_media_type_is_found() -> None:
    wrong = replace(SCIM, media_type="application/json")
    assert found_in(wrong) == ["answer 200: Content-Type: application/json"]


def test_a_resource_in_a_scim_list_is_looked_at() -> None:
    answer = body(totalResults=1, startIndex=1, itemsPerPage=1, Resources=[{"id": "1"}])
    assert "answer 200: $.Resources[]: 'userName' is a required property" in found_in(
        replace(SCIM, answer=answer)
    )


@pytest.mark.parametrize(
    ("given", "status", "answer"),
    [
        (FEATURE, 404, {"errorCode": "E0000001"}),
        (SCIM, 404, {"detail": "no", "status": 404}),
        (replace(SCIM, service="dbt"), 404, {"status": {"code": 200}}),
        (replace(FEATURE, path="/oauth2/v1/token"), 400, {"errorCode": "E0000001"}),
    ],
)
def test_an_error_without_its_services_body_is_found(
    given: Exchange, status: int, answer: Any
) -> None:
    assert found_in(replace(given, status=status, answer=json.dumps(answer).encode()))


def test_a_path_that_nobody_knows_is_found_unless_it_is_refused() -> None:
    unknown = replace(FEATURE, path="/api/v1/no/such/path")
    assert found_in(unknown) == ["answer 200: path: is neither specified nor named"]


def encoded(recorded_body: Any) -> bytes:
    if isinstance(recorded_body, str):
        return recorded_body.encode()
    return b"" if recorded_body is None else json.dumps(recorded_body).encode()


def recorded() -> list[Exchange]:
    found = []
    for recording in json.loads(RECORDINGS.read_text()).values():
        for each in recording:
            asked = each.get("request_body")
            found.append(
                Exchange(
                    service="okta",
                    method=each["method"],
                    path="/" + each["path"].lstrip("/"),
                    query=tuple(parse_qsl(each.get("query") or "", keep_blank_values=True)),
                    agent="",
                    request=json.dumps(asked).encode() if asked else b"",
                    status=each["status"],
                    media_type=each.get("response_headers", {}).get("content-type", ""),
                    answer=encoded(each.get("response_body")),
                )
            )
    return found


@cache
def recorded_findings() -> set[Finding]:
    found: set[Finding] = set()
    for exchange in recorded():
        operation = operation_of(exchange)
        if operation is not None:
            found |= {*operation.request_findings(exchange), *operation.answer_findings(exchange)}
    return found


@pytest.mark.parametrize(
    "deviation",
    [each for each in DEVIATIONS if each.evidence.startswith(f"{RECORDED}:")],
    ids=lambda each: each.name,
)
def test_what_is_said_to_be_recorded_is_recorded(deviation: Deviation) -> None:
    assert any(deviation.covers(finding) for finding in recorded_findings())


def test_no_recorded_exchange_differs_otherwise() -> None:
    """A new recording either follows the specification or is given a name."""
    unnamed = sorted(str(each) for each in recorded_findings() if excused(each) is None)
    assert unnamed == []
