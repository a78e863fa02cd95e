"""The admin console's pages, as a person uses them: by labels, in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from tool import Tool

from okta_scim_setup.simulator import Simulator
from tests.simulator.conftest import Lab
from tests.simulator.visitor import CATALOGUE, CUSTOM, Visitor, token_of


def public_app(lab: Lab) -> Any:
    return lab.okta(CUSTOM).data("GET", f"/apps/{lab.app(CUSTOM)}")


def test_a_custom_app_is_set_up_in_one_visit_and_the_api_shows_each_step(
    lab: Lab, browser: Visitor
) -> None:
    scim = lab.scim(CUSTOM)
    browser.open_app(lab)
    assert "Provisioning" not in browser.links
    assert browser.settings["Enable SCIM provisioning"] == "Disabled"
    browser.enable()
    assert browser.settings["Enable SCIM provisioning"] == "Enabled"
    assert "SCIM_PROVISIONING" in public_app(lab)["features"]

    browser.follow("Provisioning")
    browser.follow("Integration")
    assert "To App" not in browser.links
    browser.follow("Edit")
    browser.fill_connection(scim)
    browser.press("Test Connector Configuration")
    assert browser.said("status") == "Connector configured successfully"
    assert lab.app_state(CUSTOM)["connection"]["base_url"] is None
    browser.press("Save")
    assert browser.settings["SCIM connector base URL"] == scim.base
    assert "GROUP_PUSH" in public_app(lab)["features"]

    browser.follow("To App")
    browser.follow("Edit")
    browser.tick("Create Users", "Update User Attributes", "Deactivate Users")
    browser.press("Save")
    assert set(browser.settings.values()) == {"Enabled"}
    features = set(public_app(lab)["features"])
    assert features >= {"PUSH_NEW_USERS", "PUSH_PROFILE_UPDATES", "PUSH_USER_DEACTIVATION"}

    browser.follow("Assignments")
    browser.press("Provision User")
    assert {row[-1] for row in browser.rows} == {"Provisioned"}
    assert "Provision User" not in browser.buttons
    users = lab.okta(CUSTOM).data("GET", f"/apps/{lab.app(CUSTOM)}/users")
    assert len(users) == 3
    assert all(user["externalId"] for user in users)


def test_the_clicks_that_the_tool_prints_can_be_done_as_printed(
    simulated: Callable[..., Tool], browser: Visitor, tmp_path: Path
) -> None:
    tool, file = simulated(3), tmp_path / "token"
    command = ("apply", "--yes", "--tenant", "initech", "--token-to", f"file:{file}")
    printed = tool.run(*command)
    assert printed.code == 3
    browser.open(re.search(r"http://\S+/admin/app/\S+", printed.out)[0])
    clicks = printed.out[printed.out.index("/admin/app/") :]
    steps = re.findall(r"^      \d  (.*(?:\n        .*)*)", clicks, re.MULTILINE)
    assert len(steps) == 4
    for step in steps:
        follow_step(browser, step, file.read_text().strip())

    assert tool.run(*command).code == 0
    assert tool.run("plan", "--detailed-exitcode", "--tenant", "initech").code == 0
    browser.follow("Push Groups")
    assert [row[0] for row in browser.rows] == ["dbt-initech-admins", "dbt-initech-devs"]
    assert all(row[2] == "Active" and row[3] != "Never" for row in browser.rows)


def follow_step(browser: Visitor, step: str, token: str) -> None:
    """Do one printed step: pages, then ticks or fields, then buttons."""
    first, *more = step.splitlines()
    where, _, what = first.partition(": ") if ": " in first else (first.rstrip(":"), "", "")
    for place in where.split(", "):
        if place in browser.links:
            browser.follow(place)
        else:
            assert place in browser.headings
    *fields, last = [line.strip() for line in more] or [what.partition(" (")[0]]
    for line in fields:
        label, value = re.split(r" {2,}", line)
        browser.fill(label, token if value.startswith("the token in ") else value)
    words = last.removeprefix("tick ").split(", ")
    for label in words:
        if label in browser.buttons:
            browser.press(label)
            assert browser.said("alert") == ""
        else:
            browser.tick(label)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"SCIM connector base URL": "http://127.0.0.1/scim_v2"}, "underscore"),
        ({"SCIM connector base URL": ""}, "a text is wanted"),
        ({"Authorization": "wrong"}, "401"),
        ({"Authorization": ""}, "are required"),
        ({"Authentication Mode": "Basic Auth"}, "choose HTTP Header"),
        ({"Unique identifier field for users": " "}, "a text is wanted"),
    ],
)
@pytest.mark.parametrize("button", ["Save", "Test Connector Configuration"])
def test_wrong_input_is_told_and_kept_and_changes_nothing(
    lab: Lab, browser: Visitor, button: str, wrong: dict[str, str], why: str
) -> None:
    scim = lab.scim(CUSTOM)
    browser.open_connection(lab)
    before = lab.app_state(CUSTOM)
    browser.fill_connection(scim, **wrong)
    browser.press(button)

    assert browser.status == 400
    assert why in browser.said("alert")
    assert lab.app_state(CUSTOM) == before
    assert browser.ticked() == ["Push New Users", "Push Profile Updates", "Push Groups"]
    entered = {"SCIM connector base URL": scim.base, **wrong, "Authorization": ""}
    assert {label: browser.value(label) for label in entered} == entered


def test_what_was_wrong_is_corrected_without_typing_the_token_again(
    lab: Lab, browser: Visitor
) -> None:
    scim = lab.scim(CUSTOM)
    browser.open_connection(lab)
    browser.fill_connection(scim, **{"SCIM connector base URL": f"{scim.base}/x"})
    browser.press("Save")
    assert "404" in browser.said("alert")
    browser.fill("SCIM connector base URL", scim.base)
    browser.press("Test Connector Configuration")
    browser.press("Save")
    assert browser.said("status") == "Saved"
    assert lab.app_state(CUSTOM)["connection"]["status"] == "ENABLED"


def test_saving_with_an_empty_token_keeps_the_stored_one(lab: Lab, browser: Visitor) -> None:
    scim = lab.scim(CUSTOM)
    browser.connect(lab, scim)
    before = lab.app_state(CUSTOM)["token_id"]
    browser.follow("Edit")
    browser.fill("Unique identifier field for users", "email")
    browser.press("Save")
    state = lab.app_state(CUSTOM)
    assert (state["unique_identifier"], state["token_id"]) == ("email", before)


def test_a_form_from_before_saving_does_not_pass_an_old_token_off_as_the_typed_one(
    lab: Lab, browser: Visitor
) -> None:
    scim = lab.scim(CUSTOM)
    browser.open_connection(lab)
    browser.fill_connection(scim)
    browser.press("Test Connector Configuration")
    browser.press("Save")
    before = lab.app_state(CUSTOM)
    browser.back()
    browser.fill("Unique identifier field for users", "email")
    browser.press("Save")
    assert browser.said("alert") == "Authorization: type it again"
    assert lab.app_state(CUSTOM) == before


def test_cancel_and_the_absent_pages_change_nothing(lab: Lab, browser: Visitor) -> None:
    browser.open_app(lab)
    base = browser.url
    before = lab.app_state(CUSTOM)
    browser.follow("Edit")
    browser.fill("Application label", "Another")
    browser.follow("Cancel")
    assert browser.settings["Application label"] == "dbt initech"
    for tab in ("provisioning/integration", "provisioning/to-app", "push-groups", "nonsense"):
        browser.open(requests.compat.urljoin(base, tab))
        assert browser.status == 404
        assert browser.said("alert")
    assert lab.app_state(CUSTOM) == before


def test_unticking_scim_takes_the_provisioning_tab_away(lab: Lab, browser: Visitor) -> None:
    browser.connect(lab, lab.scim(CUSTOM))
    browser.follow("General")
    browser.follow("Edit")
    browser.untick("Enable SCIM provisioning")
    browser.press("Save")
    assert "Provisioning" not in browser.links
    assert public_app(lab)["features"] == []


@pytest.mark.parametrize(
    ("chosen", "expression", "template"),
    [
        ("Okta username", "", "${source.login}"),
        ("Custom", 'user.getInternalProperty("id")', 'user.getInternalProperty("id")'),
    ],
)
def test_the_username_format_is_chosen_or_written(
    lab: Lab, browser: Visitor, chosen: str, expression: str, template: str
) -> None:
    browser.open_app(lab)
    browser.follow("Sign On")
    assert browser.settings == {"Application username format": "Email"}
    browser.follow("Edit")
    browser.fill("Application username format", chosen)
    browser.fill("Custom expression", expression)
    browser.press("Save")
    assert public_app(lab)["credentials"]["userNameTemplate"]["template"] == template
    browser.follow("Edit")
    assert browser.value("Application username format") == chosen


def test_only_the_chosen_people_are_provisioned(lab: Lab, browser: Visitor) -> None:
    browser.connect(lab, lab.scim(CUSTOM))
    lab.simulator.console(lab.app(CUSTOM), {"Create Users": True})
    browser.follow("Assignments")
    people = browser.ticked()
    assert len(people) == 3
    browser.fill("Not provisioned", people[1])
    browser.press("Provision User")
    assert [row[-1] for row in browser.rows] == [
        "Not provisioned",
        "Provisioned",
        "Not provisioned",
    ]
    browser.untick(*browser.ticked())
    browser.press("Provision User")
    assert "choose who" in browser.said("alert")


def test_a_push_that_failed_shows_why(lab: Lab, browser: Visitor) -> None:
    browser.connect(lab, lab.scim(CUSTOM))
    lab.simulator.console(lab.app(CUSTOM), {"Create Users": True})
    lab.simulator.add_fault("/scim/v2/Users", "status:503", by="okta")
    browser.follow("Assignments")
    browser.press("Provision User")
    assert sum(row[-1].startswith("Error: ") and "503" in row[-1] for row in browser.rows) == 1


def test_an_app_of_the_catalogue_has_api_integration(lab: Lab, browser: Visitor) -> None:
    scim = lab.scim(CATALOGUE)
    browser.open_app(lab, CATALOGUE)
    assert list(browser.settings) == ["Application label"]
    browser.follow("Provisioning")
    browser.follow("Edit")
    browser.tick("Enable API integration")
    browser.fill("Base URL", scim.base)
    browser.fill("API Token", token_of(scim))
    browser.press("Test API Credentials")
    assert browser.said("status") == "dbt acme was verified successfully!"
    browser.press("Save")
    assert lab.app_state()["connection"] == {"status": "ENABLED", "base_url": scim.base}
    browser.follow("Edit")
    browser.untick("Enable API integration")
    browser.press("Save")
    assert lab.app_state()["connection"] == {"status": "DISABLED", "base_url": None}


def test_the_pages_are_no_traffic_and_take_nothing_of_a_limit(browser: Visitor) -> None:
    with Simulator(tenants=3, limits="real") as simulator:
        lab = Lab(simulator)
        for _ in range(60):
            browser.open_app(lab)
        assert simulator.requests() == []
        assert lab.okta(CUSTOM)("GET", "/apps").status_code == 200
        lab.close()


def test_every_org_has_a_console_of_its_own(lab: Lab, browser: Visitor) -> None:
    browser.open_app(lab, CATALOGUE)
    path = requests.utils.urlparse(browser.url).path
    org = lab.summary["okta"][CUSTOM]["org_url"]
    for elsewhere in (path, f"/admin/app/zscalerbyz/instance/{lab.app(CUSTOM)}/"):
        browser.open(org + elsewhere)
        assert browser.status == 404
    browser.follow("Applications")
    assert [row[0] for row in browser.rows] == ["dbt initech", "Unused custom app"]
    assert "not Okta" in browser.seen[-1]
