"""What dbt's and Okta's specifications require of an answer is in the simulator's."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.conftest import Lab

SPECS = Path(__file__).parents[3] / "shared" / "specs"
TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}

pytestmark = pytest.mark.skipif(not SPECS.exists(), reason="needs the specifications in ../shared")


@cache
def schemas(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SPECS / name).read_text())["components"]["schemas"]
    return found


def faults(value: Any, schema: dict[str, Any], spec: str, where: str = "") -> list[str]:
    """Required properties that lack, and values of another type; null is let pass."""
    if "$ref" in schema:
        schema = schemas(spec)[schema["$ref"].rpartition("/")[2]]
    kind = schema.get("type")
    if kind and value is not None and not isinstance(value, TYPES[kind]):
        return [f"{where} is no {kind}"]
    found: list[str] = []
    if isinstance(value, dict):
        found += [
            f"{where}.{name} lacks" for name in schema.get("required", []) if name not in value
        ]
        for name, part in schema.get("properties", {}).items():
            if name in value:
                found += faults(value[name], part, spec, f"{where}.{name}")
    if isinstance(value, list):
        for part in value:
            found += faults(part, schema.get("items", {}), spec, f"{where}[]")
    return found


V2, V3 = "dbt-platform-v2.json", "dbt-platform-v3.json"


@pytest.mark.parametrize(
    ("spec", "path", "name"),
    [
        (V3, "/scim-config/", "DetailSCIMConfigResponse"),
        (V3, "/scim-config/tokens/", "ListSCIMTokenResponse"),
        (V3, "/scim-config/tokens/{token}/", "DetailSCIMTokenResponse"),
        (V3, "/users/", "UserListEnveloped"),
        (V3, "/users/{user}/", "DetailAccountUserResponse"),
        (V3, "/groups/", "GroupListEnveloped"),
        (V3, "/audit-logs/", "PublicAuditLogListEnveloped"),
        (V3, "/license-maps/", "LicenseMapListEnveloped"),
        (V2, "/", "AccountEnveloped"),
        (V2, "/licenses/", "LicenseAllocationListEnveloped"),
    ],
)
def test_dbt(lab: Lab, spec: str, path: str, name: str) -> None:
    lab.connect()
    dbt = lab.dbt()
    dbt.data("POST", "/license-maps/", {"account_id": 70403101, "license_type": "developer"})
    state = lab.account_state()
    path = path.format(token=state["tokens"][0]["id"], user=state["users"][0]["id"])
    base = dbt.base.replace("/v3/", "/v2/") if spec == V2 else dbt.base
    body = dbt.data("GET", base + path)
    assert body["data"]
    assert faults(body, {"$ref": name}, spec) == []


@pytest.mark.parametrize(
    ("path", "name"), [("/Users", "UserSCIM"), ("/Groups", "GroupSCIM"), ("/Users", "SCIMList")]
)
def test_dbt_scim(lab: Lab, path: str, name: str) -> None:
    body = lab.scim().data("GET", path)
    values = [body] if name == "SCIMList" else body["Resources"]
    for value in values:
        assert faults(value, {"$ref": name}, V3) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/apps/{app}/users", "AppUser"),
        ("/apps/{app}/groups", "ApplicationGroupAssignment"),
        ("/apps/{app}/group-push/mappings", "GroupPushMapping"),
        ("/groups", "Group"),
        ("/logs", "LogEvent"),
        ("/mappings", "ListProfileMappings"),
    ],
)
def test_okta(lab: Lab, path: str, name: str) -> None:
    lab.connect()
    okta, app, group = lab.okta(), lab.app(), lab.group("dbt-acme-devs")
    okta.data("PUT", f"/apps/{app}/groups/{group}", {})
    body = {"sourceGroupId": group, "targetGroupName": "dbt-acme-devs"}
    okta.data("POST", f"/apps/{app}/group-push/mappings", body)
    found = okta.data("GET", path.format(app=app))
    assert found
    spec = "okta-management-2026.06.3.json"
    for value in found:
        assert faults(value, {"$ref": name}, spec) == []
