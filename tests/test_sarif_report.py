"""The SARIF report: 2.1.0's structure, and the lines that people wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator
from results import CONFIG, ENABLED, MANUAL, NASTY, NOW, content, drifted, plan, unreadable

from okta_scim_setup import audit
from okta_scim_setup.errors import Place
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.plan import Action, Change, Difference, Plan
from okta_scim_setup.report import sarif
from okta_scim_setup.results import Source

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
PHYSICAL = {
    "type": "object",
    "additionalProperties": False,
    "required": ["artifactLocation", "region"],
    "properties": {
        "artifactLocation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["uri"],
            "properties": {"uri": {"type": "string", "pattern": "^[^ <>|\\\\]+$"}},
        },
        "region": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"startLine": {"type": "integer", "minimum": 1}},
        },
    },
}
RULE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "shortDescription", "defaultConfiguration"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "shortDescription": TEXT,
        "defaultConfiguration": {"type": "object", "properties": {"level": LEVEL}},
        "properties": {"type": "object"},
    },
}
RESULT = {
    "type": "object",
    "additionalProperties": False,
    # GitHub wants all of these, SARIF the message only.
    "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "message": TEXT,
        "locations": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["physicalLocation"],
                "properties": {"physicalLocation": PHYSICAL, "logicalLocations": {"minItems": 1}},
            },
        },
        "relatedLocations": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"id": {"type": "integer"}, "physicalLocation": PHYSICAL},
            },
        },
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "baselineState": {"enum": ["new", "unchanged", "updated", "absent"]},
        "suppressions": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["kind"],
                "properties": {
                    "kind": {"enum": ["inSource", "external"]},
                    "status": {"enum": ["accepted", "underReview", "rejected"]},
                    "justification": {"type": "string", "minLength": 1},
                },
            },
        },
    },
}
STRUCTURE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["$schema", "version", "runs"],
    "properties": {
        "$schema": {"const": sarif.SCHEMA},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {"rules": {"type": "array", "items": RULE}},
                            }
                        },
                    },
                    "automationDetails": {"type": "object"},
                    "invocations": {
                        "items": {
                            "required": ["executionSuccessful"],
                            "properties": {"executionSuccessful": {"type": "boolean"}},
                        }
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": RESULT},
                },
            },
        },
    },
}
"""What of SARIF 2.1.0 (OASIS, sections 3.13 to 3.49) a report of ours uses; nothing else."""


def parsed(said: str) -> dict[str, Any]:
    """The report's run, which has the structure that it must have."""
    body = json.loads(said)
    Draft7Validator(STRUCTURE).validate(body)
    (run,) = body["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    return dict(run)


def first(run: dict[str, Any]) -> tuple[str, int]:
    physical = run["results"][0]["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def test_a_finding_is_where_the_attribute_was_written() -> None:
    run = parsed(sarif.document(content([drifted("acme", ENABLED)])))

    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("AUD101", "error")
    assert first(run) == ("playbooks/own.yaml", 4)
    related = result["relatedLocations"][0]["physicalLocation"]
    assert related["artifactLocation"]["uri"] == "config.yaml"


def test_an_attribute_that_wasnt_written_is_where_its_resource_was() -> None:
    assert first(parsed(sarif.document(content([drifted("acme", MANUAL)])))) == (
        "playbooks/own.yaml",
        3,
    )


def test_of_a_shipped_playbook_the_tenants_line_is_named() -> None:
    source = Source(Place("dbt_cloud_scim", 10), tenant=Place("config.yaml", 2))
    made = Plan("acme", (Change(Action.UPDATE, CONFIG, (MANUAL,)),), "x", sources={CONFIG: source})
    result = TenantResult("acme", plan=made, findings=tuple(audit.findings(made)))

    assert first(parsed(sarif.document(content([result])))) == ("config.yaml", 2)


def test_an_unreadable_tenant_is_a_result_and_the_run_no_success() -> None:
    run = parsed(sarif.document(content([unreadable("acme")])))

    assert [result["ruleId"] for result in run["results"]] == ["AUD910"]
    assert first(run) == ("config.yaml", 7)
    assert run["invocations"][0]["executionSuccessful"] is False


def test_fingerprints_stay_when_lines_move_and_differ_between_tenants() -> None:
    def fingerprints(*results: TenantResult) -> list[str]:
        run = parsed(sarif.document(content(results)))
        return [r["partialFingerprints"]["oktaScimSetup/v1"] for r in run["results"]]

    moved = plan("acme", MANUAL, line=90)
    again = TenantResult("acme", plan=moved, findings=tuple(audit.findings(moved)))

    assert fingerprints(again) == fingerprints(drifted("acme", MANUAL))
    assert len(set(fingerprints(drifted("acme", MANUAL), drifted("globex", MANUAL)))) == 2


def test_a_plans_changes_are_notes() -> None:
    result = TenantResult("acme", plan=plan("acme", MANUAL, ENABLED))

    run = parsed(sarif.document(content([result], verb="plan")))

    assert [(r["ruleId"], r["level"]) for r in run["results"]] == [("update", "note")]


@pytest.mark.parametrize("name", NASTY)
def test_names_are_text(name: str) -> None:
    nasty = Difference("manual_updates_allowed", before=name, after=name)

    run = parsed(sarif.document(content([drifted(name, nasty), unreadable("x", name)])))

    assert len(run["results"]) == 2


def test_a_path_with_spaces_is_a_uri() -> None:
    source = Source(Place("/my folder/own.yaml", 10))
    made = Plan("a", (Change(Action.UPDATE, CONFIG, (MANUAL,)),), "x", sources={CONFIG: source})

    run = parsed(sarif.document(content([TenantResult("a", plan=made)], verb="plan")))

    assert first(run) == ("file:///my%20folder/own.yaml", 10)


def test_it_ends_when_the_run_ended() -> None:
    run = parsed(sarif.document(content([])))

    assert run["invocations"][0]["endTimeUtc"] == NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
