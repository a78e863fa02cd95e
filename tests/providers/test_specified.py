"""What our client sends is what Okta's and dbt's specifications, and Okta's own SDK, allow."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from cassette import FOLDER, Call, calls

SPECS = Path(__file__).parents[3] / "shared" / "specs"
OKTA, DBT_2, DBT_3 = (
    "okta-management-2026.06.3.json",
    "dbt-platform-v2.json",
    "dbt-platform-v3.json",
)

DOCUMENTED_ELSEWHERE = {
    DBT_2: {"limit", "offset"},
    # RFC 7644, section 3.4.2.4, and dbt's page on pagination (facts: dbt 2.6).
    DBT_3: {"limit", "offset", "startIndex", "count", "filter"},
}
"""Query parameters that dbt's specifications leave out."""

TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}

ELSEWHERE = (
    r"/oauth2/v1/token",  # RFC 6749 and 7523
    r"/api/v1/groups/\w+/users",  # not in the part of Okta's specification that is here
    r"/api/v3/accounts/\d+/projects/",  # nor in that of dbt's
    r"/api/v3/accounts/\d+/auth-provider/(\d+/)?",  # known from dbt's Terraform provider
)
"""Paths that the specifications in ../shared don't have."""

MISDESCRIBED: dict[str, dict[str, Any]] = {
    # The specification's own examples map attributes' names to rules; its schema has one rule.
    r"POST /api/v1/mappings/\w+": {
        "type": "object",
        "required": ["properties"],
        "properties": {
            "properties": {
                "type": "object",
                "additionalProperties": {"$ref": "#/components/schemas/ProfileMappingProperty"},
            }
        },
    },
    # The list itself is sent (reported by dbt's Terraform provider); the schema has it under "".
    r"POST /api/v3/accounts/\d+/group-permissions/\d+/": {"type": "array"},
}
"""Bodies whose schema contradicts the evidence, and what is checked in its place."""

SENT = [(path.stem, call) for path in sorted(FOLDER.glob("*.yaml")) for call in calls(path)]
WITH_BODY = [(name, call) for name, call in SENT if call.body is not None]

specified = pytest.mark.skipif(not SPECS.exists(), reason="needs the specifications in ../shared")


@cache
def spec(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SPECS / name).read_text())
    return found


def resolved(part: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """*part*, or what it refers to."""
    while "$ref" in part:
        target: Any = spec(name)
        for key in part["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        part = target
    return part


def operation(call: Call) -> tuple[str, Mapping[str, Any], list[Mapping[str, Any]]]:
    """The specification that has *call*, its operation there, and its parameters."""
    for name in (OKTA, DBT_2, DBT_3):
        for template, item in spec(name)["paths"].items():
            shape = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
            found = item.get(call.method.lower())
            if found is not None and re.fullmatch(shape, call.path):
                listed = [*item.get("parameters", ()), *found.get("parameters", ())]
                return name, found, [dict(resolved(part, name)) for part in listed]
    raise AssertionError(f"no specification has {call}")


def faults(value: Any, schema: Mapping[str, Any], name: str, where: str = "") -> list[str]:
    """What a schema doesn't allow: another type, another value, what lacks, what isn't known."""
    schema = resolved(schema, name)
    if "oneOf" in schema or "anyOf" in schema:
        tries = [
            faults(value, part, name, where)
            for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ()))
        ]
        return min(tries, key=len)
    whole = _merged(schema, name)
    kind = whole.get("type")
    if kind and not isinstance(value, TYPES[kind]):
        return [f"{where} is no {kind}"]
    found = []
    if "enum" in whole and value not in whole["enum"]:
        found.append(f"{where} is {value}")
    if isinstance(value, dict):
        found += _faults_of_object(value, whole, name, where)
    return found


def _faults_of_object(
    value: Mapping[str, Any], schema: Mapping[str, Any], name: str, where: str
) -> Iterator[str]:
    known = schema.get("properties", {})
    yield from (f"{where}.{key} lacks" for key in schema.get("required", ()) if key not in value)
    for key, part in value.items():
        if key in known:
            if resolved(known[key], name).get("readOnly"):
                yield f"{where}.{key} is read-only"
            yield from faults(part, known[key], name, f"{where}.{key}")
        elif not isinstance(schema.get("additionalProperties"), dict) and (
            known or schema.get("additionalProperties") is False
        ):
            yield f"{where}.{key} isn't known"


def _merged(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A schema with what ``allOf`` adds to it."""
    whole: dict[str, Any] = {"properties": {}, "required": []}
    for part in (*(resolved(p, name) for p in schema.get("allOf", ())), schema):
        inner = _merged(part, name) if "allOf" in part and part is not schema else part
        whole["properties"] |= inner.get("properties", {})
        whole["required"] += inner.get("required", [])
        for key in ("type", "enum", "additionalProperties"):
            if key in inner:
                whole[key] = inner[key]
    return whole


def misdescribed(call: Call) -> dict[str, Any] | None:
    """The schema to take in place of the specification's."""
    sent = f"{call.method} {call.path}"
    return next((schema for p, schema in MISDESCRIBED.items() if re.fullmatch(p, sent)), None)


@specified
@pytest.mark.parametrize(
    "item",
    [item for _, call in WITH_BODY if isinstance(call.body, list) for item in call.body],
    ids=str,
)
def test_each_permission_is_what_the_specification_says(item: Any) -> None:
    assert faults(item, {"$ref": "#/components/schemas/GroupPermissionRequest"}, DBT_3) == []


def ids(value: Any) -> str | None:
    return str(value) if isinstance(value, Call) else None


def in_a_specification(sent: list[tuple[str, Call]]) -> list[tuple[str, Call]]:
    """What can be checked here."""
    return [x for x in sent if not any(re.fullmatch(path, x[1].path) for path in ELSEWHERE)]


@specified
@pytest.mark.parametrize(("cassette", "call"), in_a_specification(SENT), ids=ids)
def test_method_path_and_query_are_specified(cassette: str, call: Call) -> None:
    name, _, parameters = operation(call)

    known = {p["name"]: p for p in parameters if p["in"] == "query"}
    given = dict(parse_qsl(call.query, keep_blank_values=True))
    assert set(given) <= set(known) | DOCUMENTED_ELSEWHERE.get(name, set())
    assert {p for p, about in known.items() if about.get("required")} <= set(given)
    for parameter, value in given.items():
        schema = resolved(known.get(parameter, {}).get("schema", {}), name)
        assert value in schema.get("enum", [value])
        if schema.get("type") == "integer":
            assert schema.get("minimum", 0) <= int(value) <= schema.get("maximum", int(value))
        if schema.get("type") == "boolean":
            assert value in {"true", "false"}


@specified
@pytest.mark.parametrize(("cassette", "call"), in_a_specification(WITH_BODY), ids=ids)
def test_a_body_is_what_the_specification_says(cassette: str, call: Call) -> None:
    name, found, _ = operation(call)

    assert call.headers["content-type"] == "application/json"
    schema = misdescribed(call) or found["requestBody"]["content"]["application/json"]["schema"]
    assert faults(call.body, schema, name) == []


@specified
@pytest.mark.parametrize(("cassette", "call"), in_a_specification(SENT), ids=ids)
def test_a_body_that_is_required_is_sent(cassette: str, call: Call) -> None:
    _, found, _ = operation(call)

    if found.get("requestBody", {}).get("required"):
        assert call.body is not None


@specified
def test_the_check_finds_what_isnt_allowed() -> None:
    config = {"$ref": "#/components/schemas/CreateSCIMConfigurationRequestRequest"}
    push = {"$ref": "#/components/schemas/CreateGroupPushMappingRequest"}

    assert faults({"enabled": True}, config, DBT_3) == [".manual_updates_allowed lacks"]
    full = {"enabled": True, "manual_updates_allowed": False}
    assert faults(full | {"more": 1}, config, DBT_3) == [".more isn't known"]
    assert faults(full | {"enabled": "yes"}, config, DBT_3) == [".enabled is no boolean"]
    assert faults({"sourceGroupId": "a", "status": "ON"}, push, OKTA) == [".status is ON"]
    assert faults({}, push, OKTA) == [".sourceGroupId lacks"]


MODELS = {
    r"POST .*/connections/default": "ProvisioningConnectionTokenRequest",
    r"PUT .*/features/USER_PROVISIONING": "CapabilitiesObject",
    r"POST .*/group-push/mappings": "CreateGroupPushMappingRequest",
    r"PATCH .*/group-push/mappings/\w+": "UpdateGroupPushMappingRequest",
    r"PUT .*/apps/\w+/groups/\w+": "ApplicationGroupAssignment",
    r"POST .*/apps/\w+/users": "AppUserAssignRequest",
}
"""Okta's typed model of each body that we send to Okta."""

TO_OKTA = [
    (name, call)
    for name, call in in_a_specification(WITH_BODY)
    if "/api/v1/" in call.path
    and not misdescribed(call)
    # Okta's model takes no null, by which its specification removes an attribute.
    and "/meta/schemas/" not in call.path
]


@pytest.mark.parametrize(("cassette", "call"), TO_OKTA, ids=ids)
def test_oktas_own_model_takes_the_body_and_gives_it_back(cassette: str, call: Call) -> None:
    (model,) = [
        model
        for shape, model in MODELS.items()
        if re.fullmatch(shape, f"{call.method} {call.path}")
    ]
    kind = getattr(importlib.import_module("okta.models"), model)

    given = kind.from_dict(call.body).to_dict()

    # The SDK adds fields of its own, empty ones; ours have to come back as they were.
    assert {key: given.get(key) for key in call.body} == call.body


def test_every_model_is_used() -> None:
    sent = {f"{call.method} {call.path}" for _, call in TO_OKTA}

    for shape in MODELS:
        assert any(re.fullmatch(shape, each) for each in sent), shape
