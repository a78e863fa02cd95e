"""The shapes of real recorded Okta answers, which the simulator's must have."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.conftest import Lab

RECORDED = Path(__file__).parents[3] / "shared" / "recorded" / "okta-exchanges.json"

pytestmark = pytest.mark.skipif(
    not RECORDED.exists(), reason="needs the recorded exchanges in ../shared"
)


def exchanges(method: str, pattern: str, status: int) -> Iterator[dict[str, Any]]:
    for recording in json.loads(RECORDED.read_text()).values():
        for exchange in recording:
            path = "/" + exchange["path"].lstrip("/")
            kind = (exchange["method"], exchange["status"])
            if kind == (method, status) and re.fullmatch(pattern, path):
                yield exchange


def body_of(method: str, pattern: str, code: int = 200, **wanted: Any) -> Any:
    """The first recorded body of a kind; `wanted` are values that it must have."""
    for exchange in exchanges(method, pattern, code):
        body = exchange["response_body"]
        if not wanted or (isinstance(body, dict) and body.items() >= wanted.items()):
            return body
    raise AssertionError(f"nothing recorded for {method} {pattern} {code} {wanted}")


def shape(value: Any) -> Any:
    """Keys, and types of values; links by name only, as hosts and logos differ."""
    if isinstance(value, dict):
        return {
            key: sorted(part) if key == "_links" else shape(part) for key, part in value.items()
        }
    return type(value).__name__


APP = "/api/v1/apps/[^/]+"


@pytest.mark.parametrize("status", ["DISABLED", "ENABLED"])
def test_connection(lab: Lab, status: str) -> None:
    lab.connect()
    okta, path = lab.okta(), f"/apps/{lab.app()}/connections/default"
    if status == "DISABLED":
        okta("POST", f"{path}/lifecycle/deactivate")
    method = {"DISABLED": "POST", "ENABLED": "GET"}[status]
    recorded = body_of(method, f"{APP}/connections/default", status=status)
    assert shape(okta.data("GET", path)) == shape(recorded)


def test_unknown_connection(lab: Lab) -> None:
    recorded = body_of("GET", f"{APP}/connections/default", status="UNKNOWN")
    assert lab.okta(2).data("GET", f"/apps/{lab.app(2)}/connections/default") == recorded


def test_feature(lab: Lab) -> None:
    lab.connect()
    path = f"/apps/{lab.app()}/features/USER_PROVISIONING"
    recorded = body_of("GET", f"{APP}/features/USER_PROVISIONING")
    assert shape(lab.okta().data("GET", path)) == shape(recorded)


def test_group_push_mapping(lab: Lab) -> None:
    okta, path = lab.okta(2), f"/apps/{lab.app(2)}/group-push/mappings"
    body = {"sourceGroupId": lab.group("dbt-initech-devs", 2), "targetGroupName": "devs"}
    recorded = body_of("POST", f"{APP}/group-push/mappings")
    made = okta.data("POST", path, body)
    assert shape(made) == shape(recorded)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["created"])
    assert made["targetGroupId"] != body["sourceGroupId"]


def test_group(lab: Lab) -> None:
    recorded = body_of("POST", "/api/v1/groups")
    given = {"profile": {"name": "New", "description": ""}}
    made = shape(lab.okta().data("POST", "/groups", given))
    # Logos and owners have nothing to do with provisioning.
    assert set(made.pop("_links")) <= set(shape(recorded)["_links"])
    assert made == {key: value for key, value in shape(recorded).items() if key != "_links"}


def test_app(lab: Lab) -> None:
    recorded = body_of("GET", APP, signOnMode="SAML_2_0")
    shown = lab.okta(2).data("GET", f"/apps/{lab.app(2)}")
    assert set(recorded) <= set(shown)
    assert set(recorded["credentials"]) == set(shown["credentials"])
    assert set(recorded["settings"]) <= set(shown["settings"])


def test_app_group(lab: Lab) -> None:
    recorded = body_of("PUT", f"{APP}/groups/[^/]+")
    path = f"/apps/{lab.app()}/groups/{lab.group('dbt-acme-devs')}"
    assert shape(lab.okta().data("PUT", path, {})) == shape(recorded)


def test_profile_mapping(lab: Lab) -> None:
    recorded = body_of("GET", "/api/v1/mappings")[0]
    assert shape(lab.okta().data("GET", "/mappings")[0]) == shape(recorded)


def test_organization(lab: Lab) -> None:
    recorded = body_of("GET", "/.well-known/okta-organization")
    url = lab.summary["okta"][0]["org_url"] + "/.well-known/okta-organization"
    assert shape(lab.okta().data("GET", url)) == shape(recorded)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/apps/invalid-app-id-12345/connections/default", 404),
        ("POST", "/apps/invalid-app-id-12345/connections/default/lifecycle/activate", 404),
        ("GET", "/apps/comprehensive_coverage_test_123/features", 404),
        ("GET", "/apps/0oa6bdwarf0Rq1tSm1d7/features/INVALID_FEATURE_TYPE", 404),
    ],
)
def test_errors(lab: Lab, method: str, path: str, status: int) -> None:
    recorded = dict(body_of(method, re.escape(f"/api/v1{path}"), status))
    answer = lab.okta()(method, path)
    assert answer.status_code == status
    assert answer.json() | {"errorId": ""} == recorded | {"errorId": ""}


def test_headers_and_statuses_without_a_body(lab: Lab) -> None:
    okta, app = lab.okta(), lab.app()
    answer = okta("GET", f"/apps/{app}/group-push/mappings")
    assert re.fullmatch(r'<http://.*/mappings\?limit=100>; rel="self"', answer.headers["Link"])
    for name in ("X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset", "Date"):
        assert name in answer.headers
    deactivated = okta("POST", f"/apps/{app}/lifecycle/deactivate")
    recorded = next(exchanges("POST", f"{APP}/lifecycle/deactivate", 200))
    assert deactivated.status_code == recorded["status"]
