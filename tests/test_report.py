"""What people read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tool import Tool

from okta_scim_setup import cli
from okta_scim_setup.address import Address, Ref
from okta_scim_setup.errors import Problem
from okta_scim_setup.live import Pending, Unreadable
from okta_scim_setup.report import text
from okta_scim_setup.results import Click
from okta_scim_setup.wording import said


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "yes"),
        (False, "no"),
        (None, "none"),
        (Ref(Address("dbt_cloud.scim_token", "okta"), "token"), "(from dbt_cloud.scim_token/okta)"),
        (Unreadable("no API shows it"), "(not readable: no API shows it)"),
        (Pending("not seen done"), "(not seen done)"),
        (("a", "b"), "a, b"),
        ((), "none"),
        (
            {"licenseType": "developer", "costCentre": None},
            "licenseType developer, costCentre none",
        ),
        ({}, "none"),
        (7, "7"),
    ],
)
def test_values_are_said_as_people_say_them(value: object, words: str) -> None:
    assert said(value) == words


def test_a_problem_says_from_where_and_what_to_do() -> None:
    found = Problem(
        'acme.okta.com has no app labelled "dbt finace"',
        (("from", "config.yaml:16"), ("near", '"dbt finance"'), ("do", "correct the label")),
        tenant="finance",
    )

    assert text.problem(found) == (
        'error: finance: acme.okta.com has no app labelled "dbt finace"\n'
        "  from     config.yaml:16\n"
        '  near     "dbt finance"\n'
        "  do       correct the label"
    )


def test_a_click_names_page_boxes_fields_and_buttons() -> None:
    boxes = Click(
        30, "Provisioning, To App, Edit", ticks=(("Create Users", True), ("X", False)), then="Save"
    )
    fields = Click(
        20,
        "Provisioning, Integration, Edit",
        fields=(("Base URL", "https://x"),),
        then="Test, Save",
    )

    assert list(text.step(1, boxes)) == [
        "      1  Provisioning, To App, Edit: tick Create Users, clear X, Save"
    ]
    assert list(text.step(2, fields)) == [
        "      2  Provisioning, Integration, Edit:",
        "           Base URL   https://x",
        "         Test, Save",
    ]


def test_a_plan_counts_people_and_seats(simulated: Callable[..., Tool]) -> None:
    tool = simulated()

    shown = tool.run("plan").out

    assert "  People  7 assigned: 2 match a dbt user, 5 are new, 0 match but for case; " in shown
    assert "  Seats   developer 3 -> 8 of 50" in shown
    assert "5 to create, 3 to change, 0 to delete." in shown
    assert "Nothing was written." in shown


ON = (
    "SCIM on in dbt: nobody is added to default groups any more",
    "SCIM on in dbt: SSO group mappings give way to pushed groups",
    "SCIM on in dbt: invitations and edits by hand are refused",
)


@pytest.mark.parametrize(
    ("there", "manual_updates_allowed", "entailed"),
    [
        ({"enabled": False, "manual_updates_allowed": True}, False, ON),
        ({"enabled": False, "manual_updates_allowed": True}, True, ON[:2]),
        ({"enabled": True, "manual_updates_allowed": True}, False, ON[2:]),
        ({"enabled": True, "manual_updates_allowed": False}, False, ()),
    ],
)
def test_a_plan_says_what_switching_scim_on_turns_off_in_dbt(
    simulated: Callable[..., Tool],
    there: dict[str, bool],
    manual_updates_allowed: bool,  # noqa: FBT001 -- as it is declared
    entailed: tuple[str, ...],
) -> None:
    tool = simulated()
    tool.dbt("POST", "/scim-config/", json=there)
    declared = f"{{kind: dbt_cloud.scim_config, manual_updates_allowed: {manual_updates_allowed}}}"
    text = f"variables: {{app: null, groups: []}}\nresources:\n  - {declared.lower()}\n"
    (tool.config.parent / "own.yaml").write_text(text)
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "./own.yaml"))
    markdown = tool.config.parent / "plan.md"

    shown = tool.run("plan", "--output", "text", "--output", f"markdown={markdown}")
    report = tool.run("plan", "--output", "json").json

    lines = [line[10:] for line in shown.out.splitlines() if line.startswith("  Entails ")]
    assert tuple(lines) == entailed
    assert tuple(report["tenants"][0]["plan"]["entails"]) == entailed
    assert markdown.read_text().count("Entails: ") == len(entailed)


def test_a_plan_says_what_leaving_licences_to_scim_turns_off(
    simulated: Callable[..., Tool],
) -> None:
    tool = simulated()
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "dbt_cloud_full"))
    tool.change(groups=[])

    shown = tool.run("plan").out

    assert "  Entails licences by SCIM: licence maps and licences set by hand in dbt don't" in shown


def test_a_long_attribute_stands_apart_from_its_values(simulated: Callable[..., Tool]) -> None:
    tool = simulated()
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "dbt_cloud_full"))
    tool.change(groups=[])

    assert "scim_controlled_license_type  no -> yes" in tool.run("plan").out


def test_people_and_seats_are_read_only_when_the_plan_touches_them(
    set_up_already: Callable[..., Tool],
) -> None:
    tool = set_up_already()
    tool.dbt("POST", "/scim-config/", json={"enabled": True, "manual_updates_allowed": True})

    paths = [r["path"] for r in tool.sent("plan")]

    assert not any("/users/" in path or "/licenses/" in path for path in paths)


def test_many_tenants_take_a_line_each_and_none_when_in_sync(
    simulated: Callable[..., Tool],
) -> None:
    tool = simulated(2)
    tool.run("apply", "--yes", "--tenant", "acme")
    tool.dbt("POST", "/scim-config/", json={"enabled": True, "manual_updates_allowed": True})

    lines = tool.run("plan").out.splitlines()

    assert lines[0].startswith("acme    ~ 1   dbt_cloud.scim_config  manual_updates_allowed")
    assert lines[1].startswith("globex  + 5  ~ 3")
    assert "2 tenants: 0 in sync, 2 to change, 0 unreadable." in lines


def test_an_output_can_go_to_a_file_beside_the_text(simulated: Callable[..., Tool]) -> None:
    tool = simulated()
    file = tool.config.parent / "plan.json"

    came = tool.run("plan", "--output", "text", "--output", f"json={file}")

    assert "to create" in came.out
    assert '"verb": "plan"' in file.read_text()


def test_help_names_every_verb_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0

    shown = capsys.readouterr().out
    assert all(verb in shown for verb in cli.VERBS)
    for verb in cli.VERBS:
        assert cli.run([verb, "--help"]) == 0


def test_a_bug_of_ours_answers_70(
    simulated: Callable[..., Tool], monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = simulated()
    monkeypatch.setattr("okta_scim_setup.engine.make_plan", lambda snapshot: 1 / 0)

    came = tool.run("plan")

    assert came.code == 70
    assert "this is a bug of okta-scim-setup" in came.err


def test_a_plan_says_that_a_push_joins_what_dbt_has_of_that_name(
    simulated: Callable[..., Tool],
) -> None:
    plan = simulated().run("plan").out

    joined = "dbt-acme-admins, dbt-acme-devs: joined to what dbt has of that name, or made"
    assert joined in plan
    assert "dbt_cloud.scim_token/okta        made, then handed over" in plan
