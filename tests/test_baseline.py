"""An audit held against a former one: what is new, still open and resolved, and since when."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from results import MANUAL, NOW, content, drifted, unreadable
from test_formats import check, reports, validated, without_credential
from test_sarif_report import parsed as sarif_parsed
from tool import Came, Tool

from okta_scim_setup.baseline import Baseline, compared, load
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report import json as report_json

Start = Callable[..., Tool]

CONFIG = "dbt_cloud.scim_config"


@pytest.fixture
def converged(set_up_already: Start) -> Tool:
    return set_up_already(2)


def night(tool: Tool, *arguments: str, name: str = "last") -> dict[str, Any]:
    """An audit that is kept as a baseline."""
    file = tool.config.parent / f"{name}.json"
    tool.run("audit", *arguments, "--output", f"json={file}")
    return validated(json.loads(file.read_text()))


def against(tool: Tool, *arguments: str, name: str = "last") -> Came:
    return tool.run("audit", "--baseline", str(tool.config.parent / f"{name}.json"), *arguments)


def drift(tool: Tool, tenant: int = 0) -> None:
    """Somebody changes a setting in dbt."""
    sent = {"enabled": True, "manual_updates_allowed": True}
    tool.dbt("POST", "/scim-config/", tenant, json=sent)


def declare(tool: Tool, name: str, *lines: str) -> None:
    """A playbook of its own with ``dbt_cloud.scim_config``, which *lines* are added to."""
    text = ["variables: {app: , groups: []}", "resources:", f"  - kind: {CONFIG}", *lines]
    (tool.config.parent / f"{name}.yaml").write_text("\n".join(text) + "\n")
    config = tool.config.read_text()
    old = config.split("playbook: ")[1].split("\n", maxsplit=1)[0]
    tool.config.write_text(config.replace(f"playbook: {old}", f"playbook: ./{name}.yaml"))


def finding(report: dict[str, Any], tenant: int = 0) -> dict[str, Any]:
    (found,) = (f for f in report["tenants"][tenant]["findings"] if f["rule"] is None)
    return dict(found)


def test_without_a_baseline_a_finding_differs_and_nobody_says_since_when(converged: Tool) -> None:
    drift(converged)

    found = finding(night(converged))

    assert (found["standing"], found["cause"]) == (None, "differs")
    assert (found["since"], found["first_seen"]) == (None, None)


def test_what_was_in_order_with_the_same_declaration_has_drifted_since(converged: Tool) -> None:
    before = night(converged)
    drift(converged)

    came = against(converged)
    report = validated(against(converged, "--output", "json").json)

    found = finding(report)
    assert (found["standing"], found["cause"]) == ("new", "drifted")
    assert found["since"] == before["tenants"][0]["plan"]["read"]
    assert found["first_seen"] == found["evidence"]["read"]
    assert report["baseline"] == before["made"]
    assert came.code == 2
    assert "new; it drifted: it was in order before, and what is declared is the same" in came.out
    assert "1 new, 0 still open, 0 resolved." in came.out


def test_what_was_declared_otherwise_before_isnt_applied_yet(converged: Tool) -> None:
    declare(converged, "own", "    manual_updates_allowed: false")
    night(converged)
    declare(converged, "own", "    manual_updates_allowed: true")

    found = finding(against(converged, "--output", "json").json)

    assert (found["standing"], found["cause"]) == ("new", "not-applied")
    assert "it isn't applied yet" in against(converged).out


def test_a_declaration_that_changed_elsewhere_doesnt_excuse_a_drift(converged: Tool) -> None:
    """Another attribute of the same resource was written anew; it says what is there anyway."""
    declare(converged, "own", "    manual_updates_allowed: false")
    night(converged)
    declare(converged, "own", "    manual_updates_allowed: false", "    enabled: true")
    drift(converged)

    assert finding(against(converged, "--output", "json").json)["cause"] == "drifted"


def test_a_resource_that_wasnt_declared_before_isnt_applied_yet(converged: Tool) -> None:
    night(converged)
    tool = converged
    tool.change(groups=[{"name": "dbt-new", "assign": False}])
    tool.okta("POST", "/api/v1/groups", json={"profile": {"name": "dbt-new"}})

    report = against(tool, "--tenant", "acme", "--output", "json").json

    causes = {f["address"]: f["cause"] for f in report["tenants"][0]["findings"]}
    assert causes["okta.group_push/dbt-new"] == "not-applied"


def test_what_is_removed_behind_our_back_has_drifted(converged: Tool) -> None:
    night(converged)
    app = converged.app()
    assigned = converged.okta("GET", f"/api/v1/apps/{app['id']}/groups")
    converged.okta("DELETE", f"/api/v1/apps/{app['id']}/groups/{assigned[0]['id']}")

    report = against(converged, "--tenant", "acme", "--output", "json").json

    found = finding(report)
    assert found["found"] == "absent"
    assert found["cause"] == "drifted"


def test_still_open_keeps_its_cause_and_when_it_was_first_seen(converged: Tool) -> None:
    night(converged)
    drift(converged)
    first = finding(night(converged, "--baseline", str(converged.config.parent / "last.json")))

    came = against(converged)
    found = finding(against(converged, "--output", "json").json)

    assert found["standing"] == "open"
    for key in ("cause", "since", "first_seen"):
        assert found[key] == first[key]
    assert found["evidence"]["read"] >= found["first_seen"]
    assert "still open; first seen 20" in came.out
    assert "0 new, 1 still open, 0 resolved." in came.out


def test_what_isnt_found_any_more_is_resolved_in_every_format(converged: Tool) -> None:
    drift(converged)
    night(converged)
    converged.run("apply", "--yes")

    baseline = str(converged.config.parent / "last.json")
    said = reports(converged, "audit", "--baseline", baseline)

    report = check(said, "audit")
    (gone,) = report["tenants"][0]["resolved"]
    assert (gone["id"], gone["attribute"]) == ("AUD103", "manual_updates_allowed")
    assert report["exit_code"] == 0
    assert report["counts"]["resolved"] == 1
    assert f"GONE  AUD103  acme  {CONFIG} manual_updates_allowed" in said["text"]
    assert "resolved: AUD103" in said["markdown"]
    assert "Resolved since the last audit" in said["html"]
    assert sarif_parsed(said["sarif"])["results"] == []


def test_sarif_tells_new_from_unchanged(converged: Tool) -> None:
    drift(converged)
    night(converged)
    drift(converged, 1)

    results = sarif_parsed(against(converged, "--output", "sarif").out)["results"]

    assert [result["baselineState"] for result in results] == ["unchanged", "new"]


def test_a_night_without_an_answer_loses_nothing(converged: Tool) -> None:
    """Found on the first night, unreadable on the second, still open on the third."""
    tool = converged
    night(tool, name="good")
    drift(tool)
    first = finding(night(tool, "--baseline", str(tool.config.parent / "good.json"), name="one"))
    secret = tool.config.parent / "secrets" / "dbt-acme.token"
    kept = secret.read_text()
    without_credential(tool)

    second = night(tool, "--baseline", str(tool.config.parent / "one.json"), name="two")
    secret.write_text(kept)
    third = against(tool, "--output", "json", name="two").json

    unread = finding(second)
    assert (unread["id"], unread["standing"]) == ("AUD910", "new")
    assert second["tenants"][0]["resolved"] == []
    again = finding(third)
    assert again["standing"] == "open"
    assert (again["since"], again["first_seen"]) == (first["since"], first["first_seen"])
    assert [gone["id"] for gone in third["tenants"][0]["resolved"]] == ["AUD910"]


def test_where_a_part_wasnt_seen_nothing_is_called_resolved_or_forgotten() -> None:
    """It was found, then that part couldn't be read, then it is found again."""
    unseen = replace(unreadable("acme").findings[0], address="", attribute="people")
    partly = replace(drifted("acme"), findings=(unseen,))

    first = kept(drifted("acme", MANUAL))
    second = compared(partly, first)
    third = compared(drifted("acme", MANUAL), kept(second))

    assert second.resolved == ()
    assert third.findings[0].history.standing == "open"
    assert third.findings[0].history.first == NOW
    assert [gone.attribute for gone in third.resolved] == ["people"]


def test_several_of_one_sort_are_told_apart_by_what_they_say() -> None:
    """As of people: one left, another came."""
    jane, john, jill = (replace(MANUAL, before=name) for name in ("jane", "john", "jill"))

    now = compared(drifted("acme", john, jill), kept(drifted("acme", jane, john)))

    assert [f.history.standing for f in now.findings] == ["open", "new"]
    assert [gone.found for gone in now.resolved] == ["jane"]


def test_one_of_its_sort_is_the_same_whatever_is_found() -> None:
    now = compared(
        drifted("acme", replace(MANUAL, before="jane")),
        kept(drifted("acme", replace(MANUAL, before="john"))),
    )

    assert now.findings[0].history.standing == "open"
    assert now.resolved == ()


def test_a_baseline_says_since_when_to_look_into_logs() -> None:
    baseline = kept(drifted("acme", MANUAL))

    assert baseline.since("acme") == NOW
    assert baseline.since("globex") is None


def kept(result: TenantResult) -> Baseline:
    """An audit that came to *result*, read back from its report."""
    body = validated(json.loads(report_json.document(content([result]))))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "audit.json"
        file.write_text(json.dumps(body))
        return load(file)


def test_a_tenant_that_the_baseline_hasnt_is_new_as_a_whole(converged: Tool) -> None:
    night(converged, "--tenant", "acme")
    drift(converged, 1)

    came = against(converged)
    found = finding(against(converged, "--output", "json").json, 1)

    assert (found["standing"], found["cause"], found["since"]) == ("new", "differs", None)
    assert "1 tenant isn't in it: all of theirs is new." in came.out


def test_the_next_baseline_may_take_the_last_ones_place(converged: Tool) -> None:
    file = converged.config.parent / "last.json"
    night(converged)
    drift(converged)

    came = against(converged, "--output", f"json={file}")

    assert came.code == 2
    assert finding(json.loads(file.read_text()))["standing"] == "new"


def damaged(report: dict[str, Any], how: str) -> str:
    text = json.dumps(report)
    match how:
        case "cut short":
            return text[: len(text) // 2]
        case "empty":
            return ""
        case "another version":
            return json.dumps({**report, "version": 1})
        case "of a plan":
            return json.dumps({**report, "verb": "plan"})
        case "of something else":
            return '{"hello": "world"}'
        case "a list":
            return "[]"
        case "without tenants":
            return json.dumps({k: v for k, v in report.items() if k != "tenants"})
        case _:
            tenants = [{**each, "findings": [{"id": "AUD103"}]} for each in report["tenants"]]
            return json.dumps({**report, "tenants": tenants})


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("cut short", "isn't a whole JSON report: it may have been cut short"),
        ("empty", "isn't a whole JSON report: it may have been cut short"),
        ("another version", "is of version 1, written by okta-scim-setup"),
        ("of a plan", "is a report of plan, not of an audit"),
        ("of something else", "isn't a report of okta-scim-setup"),
        ("a list", "isn't a report of okta-scim-setup"),
        ("without tenants", "isn't an audit's report as we write it"),
        ("with half a finding", "isn't an audit's report as we write it"),
    ],
)
def test_a_baseline_that_isnt_one_is_said_before_anything_is_sent(
    converged: Tool, how: str, said: str
) -> None:
    report = night(converged)
    file = converged.config.parent / "last.json"
    text = damaged(report, how)
    file.write_text(text)
    before = len(converged.simulator.requests())

    came = against(converged, "--output", f"json={file}")

    assert came.code == 1
    assert f"the baseline {file} {said}" in came.err
    assert f"from     {file}" in came.err
    assert "leave --baseline out once" in came.err
    assert len(converged.simulator.requests()) == before
    assert file.read_text() == text, "nothing is lost"


def test_a_baseline_that_isnt_there_is_an_error(converged: Tool) -> None:
    came = against(converged, name="nothing")

    assert came.code == 1
    assert "can't be read: No such file or directory" in came.err


def test_a_json_line_is_named_where_the_report_breaks_off(converged: Tool, tmp_path: Path) -> None:
    file = tmp_path / "cut.json"
    night(converged)
    file.write_text("\n".join((converged.config.parent / "last.json").read_text().split("\n")[:9]))

    came = converged.run("audit", "--baseline", str(file))

    assert f"{file}:9" in came.err or f"{file}:10" in came.err
