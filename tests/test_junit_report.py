"""The JUnit report: well-formed whatever names hold, and in agreement with the exit code."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from results import MANUAL, NASTY, content, drifted, plan, unreadable

from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.plan import Difference
from okta_scim_setup.report import junit
from okta_scim_setup.results import Severity

# What of Jenkins' schema (junit-10.xsd) a report of ours uses; test_axe holds it to the schema.
KNOWN = {
    "testsuites": {"name", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "timestamp"},
    "testcase": {"classname", "name"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
    "system-out": set(),
}
WITHIN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "skipped", "system-out"},
}


def parsed(said: str) -> ET.Element:
    """The report, every element and attribute of which is known."""
    root = ET.fromstring(said)  # noqa: S314 -- our own
    for parent in root.iter():
        assert set(parent.attrib) <= KNOWN[parent.tag], parent.tag
        assert {child.tag for child in parent} <= WITHIN.get(parent.tag, set())
    counts = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for suite in (root, *root.iter("testsuite")):
        for counted in counts.keys() & KNOWN[suite.tag]:
            assert suite.attrib[counted] == str(len(list(suite.iter(counts[counted]))))
    return root


@pytest.mark.parametrize("name", NASTY)
def test_no_name_breaks_it(name: str) -> None:
    nasty = Difference("manual_updates_allowed", before=name, after=name)

    root = parsed(junit.document(content([drifted(name, nasty), unreadable("x", name)])))

    assert len(list(root.iter("failure"))) == 1
    if name.isprintable():
        assert root[0].attrib["name"] == name


def test_a_finding_is_a_failure_an_unreadable_tenant_an_error_the_rest_passes() -> None:
    results = [drifted("acme", MANUAL), unreadable("globex"), TenantResult("x", plan=plan("x"))]

    acme, globex, other = parsed(junit.document(content(results)))

    assert [(len(case), case.attrib["name"]) for case in acme] == [
        (1, "AUD103 dbt_cloud.scim_config manual_updates_allowed"),
        (0, "okta.provisioning_features as declared"),
    ]
    assert "from: playbooks/own.yaml:3" in (acme[0][0].text or "")
    assert globex[0][0].tag == "error"
    assert [len(case) for case in other] == [0, 0]


def test_what_is_below_fail_on_is_no_failure() -> None:
    said = junit.document(content([drifted("acme", MANUAL)], fail_on=Severity.HIGH))

    assert [child.tag for child in parsed(said)[0][0]] == ["system-out"]


def test_a_plans_changes_are_no_failures() -> None:
    result = TenantResult("acme", plan=plan("acme", MANUAL))

    root = parsed(junit.document(content([result], verb="plan")))

    assert root.attrib["failures"] == "0"
    assert "to change: manual_updates_allowed" in (root[0][0][0].text or "")
