"""Findings that somebody answers for: shown, not counted, and only until they expire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from test_baseline import drift
from test_formats import check, reports, validated
from test_junit_report import parsed as junit_parsed
from test_sarif_report import parsed as sarif_parsed
from tool import Tool

from okta_scim_setup import registry
from okta_scim_setup.audit import answered
from okta_scim_setup.errors import Place
from okta_scim_setup.results import Acceptance, Finding, Severity

Start = Callable[..., Tool]

CONFIG = "dbt_cloud.scim_config"


def day(days: int) -> str:
    """So many days from today, in UTC."""
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def entry(**changes: str) -> dict[str, str]:
    whole = {"finding": "AUD103", "reason": "migration", "owner": "jane@acme.com"}
    return {**whole, "expires": day(30), **changes}


def accept(tool: Tool, *entries: dict[str, Any], tenant: str | None = None) -> int:
    """Write ``accept:`` into the defaults or a tenant; its line."""
    at = f"  {tenant}:\n" if tenant else "defaults:\n"
    indent = "    " if tenant else "  "
    lines = [f"{indent}accept:\n"]
    for each in entries:
        fields = ", ".join(f"{key}: {value}" for key, value in each.items())
        lines.append(f"{indent}  - {{{fields}}}\n")
    text = tool.config.read_text().replace(at, at + "".join(lines), 1)
    tool.config.write_text(text)
    return next(n for n, line in enumerate(text.splitlines(), 1) if "accept:" in line)


@pytest.fixture
def drifted(set_up_already: Start) -> Tool:
    """acme's account has *manual updates* on again; globex is in sync."""
    tool = set_up_already(2)
    drift(tool)
    return tool


@pytest.mark.parametrize("tenant", [None, "acme"])
def test_an_accepted_finding_is_shown_and_doesnt_fail_the_audit(
    drifted: Tool, tenant: str | None
) -> None:
    accept(drifted, entry(), tenant=tenant)

    said = reports(drifted, "audit")

    report = check(said, "audit")
    assert report["exit_code"] == 0
    (found,) = report["tenants"][0]["findings"]
    assert found["acceptance"]["holds"] is True
    assert found["acceptance"]["owner"] == "jane@acme.com"
    assert report["tenants"][0]["state"] == "accepted"
    counts = report["counts"]
    assert (counts["accepted"], counts["drifted"], counts["in_sync"]) == (1, 0, 1)
    assert f"accept  until {day(30)} by jane@acme.com: migration" in said["text"]
    assert "1 in sync, 0 drifted, 1 with accepted findings alone" in said["text"]
    (result,) = sarif_parsed(said["sarif"])["results"]
    assert result["suppressions"][0]["justification"].endswith("migration")
    suites = junit_parsed(said["junit"])
    assert suites.attrib["failures"] == "0"
    assert [suite.attrib["skipped"] for suite in suites] == ["1", "0"]
    assert 'data-state="accepted"' in said["html"]
    assert "accepted" in said["markdown"]


def test_it_counts_again_when_it_has_expired_and_says_so(drifted: Tool) -> None:
    accept(drifted, entry(expires=day(-1)))

    came = drifted.run("audit")
    report = validated(drifted.run("audit", "--output", "json").json)

    assert came.code == 2
    assert f"accept  until {day(-1)} by jane@acme.com: migration (expired)" in came.out
    assert report["tenants"][0]["findings"][0]["acceptance"]["holds"] is False
    assert report["counts"]["drifted"] == 1


def test_validate_says_what_has_expired_once_for_all_tenants(drifted: Tool) -> None:
    line = accept(drifted, entry(expires=day(-1)), entry(finding="AUD101"))

    came = drifted.run("validate")

    assert came.code == 0
    where = f"{drifted.config}:{line + 1}"
    assert f"{where}: AUD103 is no longer accepted, it was until {day(-1)} by jane" in came.out
    assert came.out.count("no longer accepted") == 1


def test_it_holds_to_the_end_of_its_last_day() -> None:
    held = Acceptance(
        "AUD103", "r", "o", datetime(2027, 1, 31, tzinfo=UTC).date(), Place("c.yaml", 3)
    )

    assert held.holds(datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC))
    assert not held.holds(datetime(2027, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"address": CONFIG}, 0),
        ({"address": CONFIG, "attribute": "manual_updates_allowed"}, 0),
        ({"attribute": "enabled"}, 2),
        ({"address": "okta.group_push/devs"}, 2),
        ({"finding": "AUD101"}, 2),
    ],
)
def test_it_is_for_its_finding_resource_and_attribute_alone(
    drifted: Tool, changes: dict[str, str], code: int
) -> None:
    accept(drifted, entry(**changes))

    assert drifted.run("audit").code == code


def test_of_several_entries_the_one_that_holds_the_longest_counts() -> None:
    days = [datetime(2027, month, 1, tzinfo=UTC).date() for month in (1, 3, 2)]
    entries = [Acceptance("AUD103", str(d), "o", d, Place("c.yaml", 3)) for d in days]
    found = Finding("AUD103", Severity.LOW, "acme", CONFIG, "enabled", "yes", "no", "m", "d")

    (given,) = answered([found], entries, datetime(2027, 1, 15, tzinfo=UTC))

    assert given.accepted
    assert given.acceptance == entries[1]


def test_a_tenants_own_list_takes_the_place_of_the_defaults(drifted: Tool) -> None:
    accept(drifted, entry(), tenant=None)
    accept(drifted, entry(finding="AUD101"), tenant="acme")

    assert drifted.run("audit", "--tenant", "acme").code == 2


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in entry().items() if key != name}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (without("expires"), "accept.0.expires is required"),
        (without("reason"), "accept.0.reason is required"),
        (without("owner"), "accept.0.owner is required"),
        (without("finding"), "accept.0.finding is required"),
        (entry(reason='"  "'), "accept.0.reason: must be text that isn't empty"),
        (entry(expires="soon"), "accept.0.expires: must be a day, such as 2027-01-31"),
        (entry(expires="2027-02-30"), "accept.0.expires: must be a day, such as 2027-01-31"),
        (entry(expires="20270131"), "accept.0.expires: must be a day, such as 2027-01-31"),
        (entry(finding="AUD130"), 'no finding is called "AUD130"'),
        (entry(finding="AUD910"), "AUD910 can't be accepted: it says that nothing was seen"),
        (entry(address="dbt_cloud.scim_confg"), 'no kind is called "dbt_cloud.scim_confg"'),
        (entry(until="2027-01-31"), 'accept.0: no attribute "until"'),
    ],
)
@pytest.mark.parametrize("verb", ["validate", "audit"])
def test_a_wrong_entry_is_an_error_with_its_line(
    simulated: Start, written: dict[str, str], said: str, verb: str
) -> None:
    tool = simulated()
    line = accept(tool, written)

    came = tool.run(verb)

    assert came.code == 1
    assert said in came.err
    assert f"from     {tool.config}:{line + 1}" in came.err
    assert len(tool.simulator.requests()) == 0


@pytest.mark.parametrize("written", ["accept: AUD103", "accept: [AUD103]", "accept: {a: b}"])
def test_what_isnt_a_list_of_entries_is_an_error_with_its_line(
    simulated: Start, written: str
) -> None:
    tool = simulated()
    tool.config.write_text(
        tool.config.read_text().replace("defaults:\n", f"defaults:\n  {written}\n")
    )

    came = tool.run("validate")

    assert came.code == 1
    assert f"from     {tool.config}:2" in came.err
    assert "finding, reason, owner and expires" in came.err


def test_all_wrong_entries_are_told_at_once(simulated: Start) -> None:
    tool = simulated()
    accept(tool, without("reason"), entry(finding="AUD130"), entry(expires="never"))

    came = tool.run("validate")

    assert came.err.count("error:") == 3


def test_a_misspelt_finding_is_answered_with_the_nearest(simulated: Start) -> None:
    tool = simulated()
    accept(tool, entry(finding="aud103"))

    assert '"AUD103"' in tool.run("validate").err


def test_ids_of_findings_mean_one_thing_each() -> None:
    """AUD900 is for what no kind says; every other id has one meaning, or accepting is a guess."""
    meanings: dict[str, set[str]] = {}
    for known in registry.findings():
        meanings.setdefault(known.drift.id, set()).add(known.drift.means)

    assert {"AUD900", "AUD910", "AUD911", "AUD101", "AUD103"} <= meanings.keys()
    assert {identity: said for identity, said in meanings.items() if len(said) > 1} == {}
