"""``rotate``: what is told, what is alive at each moment, and what is never revoked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from tool import Came, Tool

from okta_scim_setup.cli import _session
from okta_scim_setup.journal import Journal
from okta_scim_setup.providers.dbt_cloud import _token_making
from okta_scim_setup.providers.dbt_cloud._holdings import due
from okta_scim_setup.providers.dbt_cloud.scim_token import ScimToken
from okta_scim_setup.transport import Transport

Start = Callable[..., Tool]

DAY = 24 * 3600.0
"""Seconds."""


def tokens(tool: Tool, tenant: int = 0) -> list[int]:
    return [token["id"] for token in tool.account(tenant)["tokens"]]


def rotate(tool: Tool, *arguments: str) -> Came:
    return tool.run("rotate", "--yes", *arguments)


def people_make_one(tool: Tool, tenant: int = 0) -> Any:
    return tool.dbt("POST", "/scim-config/tokens/", tenant, json={"name": "okta-manual"})["data"]


def push_somebody(tool: Tool, tenant: int = 0) -> None:
    """Okta calls the endpoint, with whatever token it holds."""
    name = tool.app(tenant)["label"].removeprefix("dbt ")
    user = tool.okta("GET", f"/api/v1/users/radia.perlman@{name}.example", tenant)
    path = f"/api/v1/apps/{tool.app(tenant)['id']}/users"
    tool.okta("POST", path, tenant, json={"id": user["id"]})
    tool.okta("DELETE", f"{path}/{user['id']}", tenant)


def enter(tool: Tool, file: Path) -> None:
    """The person's part of a rotation: the token alone, everything else stands as it is."""
    tool.console({"Authorization": file.read_text().strip()}, 2)


def test_at_each_moment_it_is_told_what_is_alive_where(set_up: Tool) -> None:
    theirs = people_make_one(set_up)["id"]
    old = set_up.app()["token_id"]
    set_up.simulator.clock.advance(95 * DAY + 60)

    came = rotate(set_up)

    new = set_up.app()["token_id"]
    assert came.code == 0
    assert new not in (old, theirs)
    lines = came.out.splitlines()
    assert lines[0] == (
        f'acme   Okta uses {old} (ours, 95 days old). {theirs} "okta-manual" isn\'t ours and stays.'
    )
    made, handed, used = lines[1:4]
    assert f"ok  {new} made; dbt answers 200 to it" in made
    assert made.endswith(f"live: {old} (in Okta), {theirs}, {new}")
    assert handed.endswith(f"live: {old} (in Okta), {theirs}, {new}")
    assert f"Okta used {new}" in used
    assert used.endswith(f"live: {old}, {theirs}, {new} (in Okta)")
    assert lines[-1].startswith("acme   all work until ")
    assert lines[-1].endswith("Then: okta-scim-setup rotate --finish --tenant acme")


def test_a_rotation_changes_the_token_and_nothing_else(set_up: Tool) -> None:
    before = set_up.simulator.state()

    sent = set_up.sent("rotate", "--yes")

    assert [
        f"{r['method']} {r['path'].partition('?')[0]}" for r in sent if r["method"] != "GET"
    ] == [
        "POST /api/v3/accounts/70403101/scim-config/tokens/",
        f"POST /api/v1/apps/{set_up.app()['id']}/connections/default",
    ]
    assert set_up.run("plan", "--detailed-exitcode").code == 0
    after = set_up.simulator.state()
    for state in (before, after):
        state["dbt_cloud"][0].pop("tokens")
        for app in state["okta"][0]["apps"]:
            app.pop("token_id")
    assert after == before


def test_within_its_grace_an_old_token_is_neither_a_change_nor_a_finding(set_up: Tool) -> None:
    rotate(set_up)

    assert set_up.run("plan", "--detailed-exitcode").code == 0
    assert set_up.run("audit").code == 0


def test_finish_says_until_when_the_old_one_stays_and_ends_it_afterwards(set_up: Tool) -> None:
    old = set_up.app()["token_id"]
    rotate(set_up)
    new = set_up.app()["token_id"]

    early = rotate(set_up, "--finish")
    set_up.simulator.clock.advance(DAY + 60)
    plan = set_up.run("plan")
    end = rotate(set_up, "--finish")

    assert early.code == 3
    assert f"{old} stays: its grace ends at" in early.out
    assert f"retire {old}" in plan.out
    assert end.code == 0
    assert f"{old} retired" in end.out
    assert f"one token of ours is alive: {new}" in end.out
    assert tokens(set_up) == [new]
    assert rotate(set_up, "--finish").code == 0


def test_after_a_leak_the_old_one_ends_as_soon_as_the_new_one_is_proven(set_up: Tool) -> None:
    came = rotate(set_up, "--no-grace")

    assert came.code == 0
    assert tokens(set_up) == [set_up.app()["token_id"]]
    used, retired = (came.out.index(said) for said in ("Okta used", "retired"))
    assert used < retired


@pytest.mark.parametrize(
    "switches",
    [{"last_used_delay": 10 * DAY}, {"last_used_resolution": "day"}],
    ids=["it never moves", "by the day only"],
)
@pytest.mark.parametrize("options", [(), ("--no-grace",)])
def test_where_last_used_tells_nothing_both_stay(
    set_up: Tool, patient: None, switches: dict[str, Any], options: tuple[str, ...]
) -> None:
    old = set_up.app()["token_id"]
    set_up.simulator.switches.change(switches)

    came = rotate(set_up, *options)

    new = set_up.app()["token_id"]
    assert came.code == 3, came.out
    assert "last_used hasn't moved; both tokens stay" in came.out
    assert sorted(tokens(set_up)) == [old, new]
    set_up.simulator.clock.advance(3600)
    finish = rotate(set_up, "--finish")
    assert finish.code == 3
    assert sorted(tokens(set_up)) == [old, new]
    assert f"rotate --confirm {new} --tenant acme" in finish.out


def test_a_machine_without_the_journal_says_that_the_newer_token_isnt_proven(
    set_up: Tool, patient: None, tmp_path: Path
) -> None:
    """Of a hand-over without an answer only the journal knows; Okta's next use tells anyone."""
    old = set_up.app()["token_id"]
    for nth in (1, 2):  # the hand-over, and its second try
        set_up.simulator.add_fault("connections/default", "drop_before", method="POST", nth=nth)
    assert rotate(set_up).code == 1
    new = next(each for each in tokens(set_up) if each != old)
    set_up.simulator.clock.advance(3600)

    elsewhere = set_up.run("plan", "--journal", str(tmp_path / "elsewhere"))

    assert f"nothing shows yet that Okta uses {new}, so no other token is revoked" in elsewhere.out
    push_somebody(set_up)
    told = set_up.run("plan", "--detailed-exitcode", "--journal", str(tmp_path / "elsewhere"))
    assert told.code == 2
    assert sorted(tokens(set_up)) == [old, new]


def test_what_was_acknowledged_and_not_applied_is_not_taken_for_done(
    set_up: Tool, patient: None
) -> None:
    """Okta answers 200 and goes on with the old token; nothing of it can be read back."""
    old = set_up.app()["token_id"]
    set_up.simulator.add_fault("connections/default", "not_applied", method="POST")

    came = rotate(set_up)

    assert came.code == 3, came.out
    assert set_up.app()["token_id"] == old
    assert "both tokens stay" in came.out
    set_up.simulator.clock.advance(3 * DAY)
    push_somebody(set_up)
    finish = rotate(set_up, "--finish")
    assert finish.code == 3
    assert old in tokens(set_up)  # Okta was seen to use it


@pytest.mark.parametrize("delay", [2.0, 5.0])
def test_a_second_trial_of_ours_that_shows_late_is_not_taken_for_oktas_use(
    set_up: Tool, monkeypatch: pytest.MonkeyPatch, delay: float
) -> None:
    """The answer to the first trial is lost, and dbt shows a use a few seconds late."""
    old = set_up.app()["token_id"]
    passed = 0.0

    def sleep(seconds: float) -> None:
        nonlocal passed
        passed += seconds
        set_up.simulator.clock.advance(seconds)

    clock = lambda: time.monotonic() + passed  # noqa: E731 -- reads what sleep has added
    slowly = partial(Transport, clock=clock, sleep=sleep, random=lambda: 1.0)
    monkeypatch.setattr(_session, "Transport", slowly)
    set_up.simulator.switches.change({"last_used_delay": delay})
    set_up.simulator.add_fault("/scim/v2/Users", "drop_after", by="client")
    set_up.simulator.add_fault("/scim/v2/Users", "drop_after", by="client", nth=2)
    set_up.simulator.add_fault("connections/default", "not_applied", method="POST")

    came = rotate(set_up)

    assert set_up.app()["token_id"] == old
    assert "last_used hasn't moved; both tokens stay" in came.out
    assert came.code == 3


def test_a_hand_over_that_was_never_answered_is_done_again_by_the_next_run(set_up: Tool) -> None:
    """Whether Okta has the token can't be read: another one is made, and both stay till then."""
    old = set_up.app()["token_id"]
    set_up.simulator.add_fault("connections/default", "drop_before", method="POST", times=2)

    lost = rotate(set_up)
    after = set_up.run("plan", "--detailed-exitcode")
    again = set_up.run("apply", "--yes")

    assert lost.code == 1
    assert set_up.app()["token_id"] not in (None, old)
    assert after.code == 2
    assert "its value is needed again and was shown once" in after.out
    assert again.code == 0, again.out
    assert old in tokens(set_up)
    assert set_up.run("plan", "--detailed-exitcode").code == 0


def test_a_person_who_saw_it_in_okta_may_confirm_a_token(set_up: Tool, patient: None) -> None:
    old = set_up.app()["token_id"]
    set_up.simulator.switches.change({"last_used_delay": 10 * DAY})
    rotate(set_up)
    new = set_up.app()["token_id"]
    set_up.simulator.clock.advance(DAY + 60)

    wrong = rotate(set_up, "--confirm", str(old))
    right = rotate(set_up, "--confirm", str(new))

    assert wrong.code == 4
    assert f"token {old} isn't the current one of ours: {new} is" in wrong.out
    assert right.code == 0, right.out
    assert tokens(set_up) == [new]


def test_evidence_is_looked_at_again_just_before_a_token_is_revoked(
    set_up: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the plan and its execution somebody set Okta back to the old token."""
    old = set_up.simulator._world.tenants[0].app.provisioning.token
    held = set_up.app()["token_id"]
    rotate(set_up)
    set_up.simulator.clock.advance(DAY + 60)
    retire = ScimToken.retire

    def after_somebody_set_it_back(kind: ScimToken, api: Any, superfluous: Any) -> None:
        set_up.simulator._world.tenants[0].app.provisioning.token = old
        push_somebody(set_up)
        retire(kind, api, superfluous)

    monkeypatch.setattr(ScimToken, "retire", after_somebody_set_it_back)
    came = rotate(set_up, "--finish")

    assert came.code == 3
    assert f"{held} stays: it was used later than" in came.out
    assert held in tokens(set_up)


def test_a_no_leaves_a_confirmation_unsaid(
    set_up: Tool, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up.simulator.switches.change({"last_used_delay": 10 * DAY})
    rotate(set_up)
    new = set_up.app()["token_id"]
    set_up.simulator.clock.advance(DAY + 60)
    monkeypatch.setattr("okta_scim_setup.cli._options.terminal", lambda: True)
    monkeypatch.setattr("click.confirm", lambda *_args, **_how: False)

    said_no = set_up.run("rotate", "--confirm", str(new))

    assert "Nothing was written." in said_no.out
    assert rotate(set_up, "--finish").code == 3
    assert len(tokens(set_up)) == 2


def test_a_token_that_people_made_is_revoked_when_named_and_seen_to_be_superseded(
    set_up: Tool,
) -> None:
    theirs = people_make_one(set_up)["id"]
    current = set_up.app()["token_id"]

    refused = rotate(set_up, "--retire", str(current))
    unknown = rotate(set_up, "--retire", "1")
    came = rotate(set_up, "--retire", str(theirs))

    assert refused.code == 4
    assert "it is the one that Okta holds" in refused.out
    assert unknown.code == 4
    assert "okta-manual" in unknown.out
    assert came.code == 0
    assert tokens(set_up) == [current]


def test_a_token_that_okta_may_hold_is_not_revoked_even_when_named(set_up: Tool) -> None:
    """Somebody entered a token of their own in Okta."""
    theirs = people_make_one(set_up)
    account = set_up.simulator.summary()["dbt_cloud"][0]
    base_url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"
    path = f"/api/v1/apps/{set_up.app()['id']}/connections/default?activate=true"
    profile = {"authScheme": "TOKEN", "token": theirs["token_string"]}
    set_up.okta("POST", path, json={"baseUrl": base_url, "profile": profile})

    came = rotate(set_up, "--retire", str(theirs["id"]))

    assert came.code == 4
    assert "it was used later than" in came.out
    assert theirs["id"] in tokens(set_up)


def test_a_token_that_people_made_is_taken_over_and_replaced_by_a_rotation_only(
    simulated: Start,
) -> None:
    tool = simulated()
    theirs = people_make_one(tool)
    tool.dbt("POST", "/scim-config/", json={"enabled": True, "manual_updates_allowed": False})
    account = tool.simulator.summary()["dbt_cloud"][0]
    base_url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"
    path = f"/api/v1/apps/{tool.app()['id']}/connections/default?activate=true"
    profile = {"authScheme": "TOKEN", "token": theirs["token_string"]}
    tool.okta("POST", path, json={"baseUrl": base_url, "profile": profile})
    own_playbook(tool, f"adopt: {theirs['id']}, max_age: 7")
    tool.simulator.clock.advance(8 * DAY)

    assert tool.run("apply", "--yes").code == 0
    assert tool.run("plan", "--detailed-exitcode").code == 0  # theirs never falls due
    assert tokens(tool) == [theirs["id"]]
    came = rotate(tool)

    assert came.code == 0, came.out
    assert f'Okta holds {theirs["id"]} (adopted, "okta-manual"' in came.out
    assert tool.app()["token_id"] not in (None, theirs["id"])
    assert theirs["id"] in tokens(tool)
    assert tool.run("plan", "--detailed-exitcode").code == 0
    tool.simulator.clock.advance(3 * DAY)
    assert rotate(tool, "--finish").code == 0
    assert theirs["id"] in tokens(tool)  # never revoked unless named
    own_playbook(tool, f"adopt: {theirs['id']}, max_age: 7")
    tool.simulator.clock.advance(8 * DAY)
    assert tool.run("apply", "--yes").code == 0  # ours falls due as any other


def own_playbook(tool: Tool, token: str) -> None:
    """A playbook of their own, with *token* said of the token."""
    (tool.config.parent / "own.yaml").write_text(
        f"""
variables: {{app: null, groups: []}}
resources:
  - {{kind: okta.saml_app, name: dbt, label: "{{{{ app }}}}"}}
  - {{kind: dbt_cloud.scim_config}}
  - {{kind: dbt_cloud.scim_token, name: okta, {token}}}
  - kind: okta.scim_provisioning
    app: !ref okta.saml_app/dbt.id
    base_url: !ref dbt_cloud.scim_config.base_url
    token: !ref dbt_cloud.scim_token/okta.token
"""
    )
    text = tool.config.read_text()
    tool.config.write_text(text.replace("playbook: dbt_cloud_scim", "playbook: ./own.yaml"))


def test_max_age_makes_another_token_due_sooner_by_up_to_a_tenth(simulated: Start) -> None:
    tool = simulated(2)
    own_playbook(tool, "max_age: 90")
    assert tool.run("apply", "--yes").code == 0
    tool.simulator.clock.advance(80 * DAY + 60)
    assert tool.run("plan", "--detailed-exitcode").code == 0

    fell_due = []
    for day in range(80, 91):
        report = tool.run("plan", "--output", "json").json
        fell_due.append([t["tenant"] for t in report["tenants"] if t["plan"]["changes"]])
        assert day < 90 or len(fell_due[-1]) == 2
        tool.simulator.clock.advance(DAY)

    assert [] in fell_due
    plan = tool.run("plan", "--tenant", "acme")
    assert "91 days old, due since" in plan.out
    audit = tool.run("audit", "--tenant", "acme")
    assert "AUD114" in audit.out
    assert tool.run("apply", "--yes").code == 0
    assert tool.run("plan", "--detailed-exitcode").code == 0


def test_due_dates_of_many_tenants_are_spread_over_the_last_tenth() -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)

    ages = [(due(made, 90, f"ab{n}.us1.dbt.com/{n}/okta") - made).days for n in range(40)]

    assert min(ages) >= 81
    assert max(ages) < 90
    assert len(set(ages)) > 5
    assert ages == [(due(made, 90, f"ab{n}.us1.dbt.com/{n}/okta") - made).days for n in range(40)]


def test_max_age_on_a_custom_saml_app_says_how_many_visits_it_means(simulated: Start) -> None:
    tool = simulated(3)
    own_playbook(tool, "max_age: 90")

    plan = tool.run("plan", "--tenant", "initech")

    assert "max_age means 4.1 visits a year by a person" in plan.out


def test_by_hand_only_the_token_is_entered_and_what_stands_stays(by_hand: Tool) -> None:
    old, file = by_hand.app(2)["token_id"], by_hand.config.parent / "second"

    asked = rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{file}")

    assert asked.code == 3
    assert "Authorization   the token in" in asked.out
    assert "SCIM connector base URL" not in asked.out
    assert by_hand.app(2)["token_id"] == old
    enter(by_hand, file)
    again = rotate(by_hand, "--tenant", "initech", "--finish")
    assert again.code == 3  # its test isn't yet its use
    new = by_hand.app(2)["token_id"]
    assert sorted(tokens(by_hand, 2)) == [old, new]
    by_hand.simulator.clock.advance(3600)
    push_somebody(by_hand, 2)
    assert rotate(by_hand, "--tenant", "initech", "--finish").code == 3  # its grace
    by_hand.simulator.clock.advance(DAY + 60)
    assert rotate(by_hand, "--tenant", "initech", "--finish").code == 0
    assert tokens(by_hand, 2) == [new]


def test_a_token_that_waits_for_a_person_is_not_made_anew_unless_its_value_is_lost(
    by_hand: Tool,
) -> None:
    folder = by_hand.config.parent
    rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{folder}/second")
    waiting = max(tokens(by_hand, 2))

    again = rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{folder}/third")
    anew = rotate(
        by_hand, "--tenant", "initech", "--new-token", "--token-to", f"file:{folder}/third"
    )

    assert again.code == 3
    assert f"token {waiting}, made" in again.out
    assert "rotate --new-token" in again.out
    assert anew.code == 3
    assert max(tokens(by_hand, 2)) != waiting
    enter(by_hand, folder / "third")
    by_hand.simulator.clock.advance(DAY + 60)
    rotate(by_hand, "--tenant", "initech", "--finish")  # sees for the first time that it is used
    by_hand.simulator.clock.advance(DAY + 60)
    held = str(by_hand.app(2)["token_id"])
    assert rotate(by_hand, "--tenant", "initech", "--confirm", held).code == 0
    assert tokens(by_hand, 2) == [by_hand.app(2)["token_id"]]


def press_test_and_forget_to_save(tool: Tool, token: str) -> None:
    """*Test Connector Configuration* with the new token: Okta goes on with the old one."""
    app, account = tool.app(2), tool.simulator.summary()["dbt_cloud"][2]
    assert app["connection"]["base_url"]
    base_url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/scim+json"}
    query = "startIndex=1&count=2"  # what the console's test sends (reported)
    requests.get(f"{base_url}/Users?{query}", headers=headers, timeout=10).raise_for_status()


@pytest.mark.parametrize("knows", [True, False], ids=["with the journal", "on another machine"])
@pytest.mark.parametrize("late", [60.0, 25 * 3600.0], ids=["at once", "a day later"])
def test_a_test_without_a_save_never_ends_the_old_token(
    by_hand: Tool, late: float, *, knows: bool
) -> None:
    old, file = by_hand.app(2)["token_id"], by_hand.config.parent / "second"
    elsewhere = () if knows else ("--journal", str(by_hand.config.parent / "elsewhere"))
    rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{file}")
    by_hand.simulator.clock.advance(late)
    press_test_and_forget_to_save(by_hand, file.read_text().strip())

    for wait in (0.0, 3600.0, DAY, 3 * DAY):
        by_hand.simulator.clock.advance(wait)
        by_hand.run("apply", "--yes", "--tenant", "initech", *elsewhere)
        assert rotate(by_hand, "--tenant", "initech", "--finish", *elsewhere).code == 3
        no_grace = ("--finish", "--no-grace", *elsewhere)
        assert rotate(by_hand, "--tenant", "initech", *no_grace).code == 3
        assert by_hand.app(2)["token_id"] == old
        assert old in tokens(by_hand, 2)
    push_somebody(by_hand, 2)  # with the old one: now it can be told
    audit = by_hand.run("audit", "--tenant", "initech", *elsewhere)
    assert audit.code == 2
    assert "another token was used since" in audit.out


def test_after_a_leak_a_person_saves_the_new_one_and_says_so(by_hand: Tool) -> None:
    old, file = by_hand.app(2)["token_id"], by_hand.config.parent / "second"
    rotate(by_hand, "--tenant", "initech", "--no-grace", "--token-to", f"file:{file}")
    enter(by_hand, file)
    new = by_hand.app(2)["token_id"]
    assert old in tokens(by_hand, 2)

    said = rotate(by_hand, "--tenant", "initech", "--confirm", str(new), "--no-grace")

    assert said.code == 0, said.out
    assert tokens(by_hand, 2) == [new]


def test_the_grace_counts_from_the_first_proof_not_from_the_making(by_hand: Tool) -> None:
    old, file = by_hand.app(2)["token_id"], by_hand.config.parent / "second"
    rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{file}")
    by_hand.simulator.clock.advance(25 * 3600)
    enter(by_hand, file)

    by_hand.run("apply", "--yes", "--tenant", "initech")
    by_hand.simulator.clock.advance(3600)
    push_somebody(by_hand, 2)
    rotate(by_hand, "--tenant", "initech", "--finish")
    assert old in tokens(by_hand, 2)
    by_hand.simulator.clock.advance(DAY + 60)
    assert rotate(by_hand, "--tenant", "initech", "--finish").code == 0
    assert old not in tokens(by_hand, 2)


def test_without_a_way_for_the_value_nothing_is_made(by_hand: Tool) -> None:
    before = tokens(by_hand, 2)

    came = rotate(by_hand, "--tenant", "initech")

    assert came.code == 3
    assert "run it again with --token-to" in came.out
    assert tokens(by_hand, 2) == before


def test_a_copy_goes_to_the_sink_once_the_token_is_seen_to_work(set_up: Tool) -> None:
    file = set_up.config.parent / "copy"

    came = rotate(set_up, "--token-to", f"file:{file}")

    assert came.code == 0
    assert came.out.index("Okta used") < came.out.index("a copy is where --token-to says")
    account = set_up.simulator.summary()["dbt_cloud"][0]
    base_url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"
    bearer = {"Authorization": f"Bearer {file.read_text().strip()}"}
    assert requests.get(f"{base_url}/Users", headers=bearer, timeout=10).status_code == 200


def test_copies_for_several_tenants_need_a_place_each(simulated: Start) -> None:
    """A place that is shared is for the one token that a person enters."""
    tool = simulated(2)
    folder = tool.config.parent

    assert tool.run("apply", "--yes", "--token-to", f"file:{folder}/one").code == 0
    assert not (folder / "one").exists()
    assert rotate(tool, "--token-to", f"file:{folder}/{{tenant}}.token").code == 0

    assert sorted(file.name for file in folder.glob("*.token")) == ["acme.token", "globex.token"]


def test_no_copy_is_written_of_a_token_that_was_not_seen_to_work(
    set_up: Tool, patient: None
) -> None:
    set_up.simulator.switches.change({"last_used_delay": 10 * DAY})
    file = set_up.config.parent / "copy"

    assert rotate(set_up, "--token-to", f"file:{file}").code == 3
    assert not file.exists()


def test_a_sink_that_fails_never_fails_a_rotation(set_up: Tool, tmp_path: Path) -> None:
    old = set_up.app()["token_id"]

    came = rotate(set_up, "--token-to", "cmd:false")

    assert came.code == 0, came.out
    assert "Okta holds the token all the same" in came.out
    assert set_up.app()["token_id"] != old
    assert set_up.app()["token_id"] in tokens(set_up)


def test_before_there_is_a_token_there_is_nothing_to_rotate(simulated: Start) -> None:
    tool = simulated()

    came = rotate(tool)

    assert came.code == 1
    assert "there is nothing to rotate" in came.out
    assert "okta-scim-setup apply sets it up" in came.out
    assert tokens(tool) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--finish", "--new-token"), "--new-token is about a new token"),
        (("--confirm", "1", "--token-to", "terminal"), "--token-to is about a new token"),
        (("--retire", "1", "--no-grace"), "--retire and --no-grace don't go together"),
        (("--retire", "1", "--finish"), "--retire and --finish don't go together"),
        (("--retire", "0"), "0 is not in the range"),
        (("--token-to", "nowhere"), "--token-to takes"),
    ],
)
def test_options_that_dont_go_together_are_refused(
    set_up: Tool, arguments: tuple[str, ...], said: str
) -> None:
    came = rotate(set_up, *arguments)

    assert came.code == 64
    assert said in came.err


def test_a_tag_says_whose_tokens_are_rotated(set_up_already: Start) -> None:
    tool = set_up_already(2)
    text = tool.config.read_text()
    tool.config.write_text(text.replace("  globex:\n", "  globex:\n    tags: [eu]\n"))
    before = [tool.app(tenant)["token_id"] for tenant in (0, 1)]

    assert rotate(tool, "--tag", "eu").code == 0

    assert tool.app(0)["token_id"] == before[0]
    assert tool.app(1)["token_id"] != before[1]


def test_a_token_is_named_of_one_tenant_only(simulated: Start) -> None:
    came = rotate(simulated(2), "--retire", "1")

    assert came.code == 64
    assert "add --tenant NAME" in came.err


def test_without_a_terminal_and_without_yes_it_is_refused(set_up: Tool) -> None:
    came = set_up.run("rotate")

    assert came.code == 4
    assert "rotate writes, and there is no terminal to ask on" in came.err


def test_the_json_report_lists_the_live_tokens_without_values(set_up: Tool) -> None:
    old = set_up.app()["token_id"]

    report = rotate(set_up, "--output", "json").json

    (tenant,) = report["tenants"]
    new = set_up.app()["token_id"]
    assert report["exit_code"] == 0
    assert [(t["id"], t["current"]) for t in tenant["tokens"]] == [(old, False), (new, True)]
    assert tenant["tokens"][0]["stays"].startswith("its grace ends at")
    assert not any("token_string" in t for t in tenant["tokens"])


def test_one_tenants_failure_changes_nothing_for_another(set_up_already: Start) -> None:
    tool = set_up_already(2)
    old = [tool.app(n)["token_id"] for n in range(2)]
    tool.simulator.add_fault("connections/default", "status:403", method="POST", tenant="acme")

    came = rotate(tool)

    assert came.code == 1
    assert tool.app(0)["token_id"] == old[0]
    assert tokens(tool, 0) == [old[0]]  # the one that Okta refused is gone
    assert tool.app(1)["token_id"] != old[1]


def test_another_run_on_this_machine_is_waited_for(set_up: Tool) -> None:
    (file,) = (set_up.config.parents[1] / "state/okta-scim-setup").glob("*.jsonl")
    other = Journal(file)
    other.claim()
    before = tokens(set_up)

    blocked = [set_up.run(verb, "--yes") for verb in ("apply", "rotate")]
    reading = [set_up.run(verb).code for verb in ("plan", "audit")]
    other.release()

    for came in blocked:
        assert came.code == 1
        assert "another run is at work on this tenant: process " in came.out
    assert reading == [0, 0]
    assert tokens(set_up) == before
    assert rotate(set_up).code == 0


def test_a_young_token_of_a_run_elsewhere_is_waited_for_until_the_lease_is_over(
    set_up: Tool,
) -> None:
    elsewhere = ("--journal", str(set_up.config.parent / "elsewhere"))

    early = rotate(set_up, *elsewhere)
    set_up.simulator.clock.advance(16 * 60)
    later = rotate(set_up, *elsewhere)

    assert early.code == 1
    assert "another run may be at work" in early.out
    assert later.code == 0, later.out


def test_of_two_runs_that_make_a_token_at_once_the_later_takes_its_own_back(
    set_up: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither saw the other before; each looks once more when it has made its own."""
    set_up.simulator.clock.advance(3600)
    old = set_up.app()["token_id"]
    look = _token_making.check_alone

    def and_then_the_other_makes_its(found: Any, api: Any) -> None:
        look(found, api)
        name = "okta-scim-setup/70403101/okta/r1/00000000/0123abcd"
        set_up.dbt("POST", "/scim-config/tokens/", json={"name": name})

    monkeypatch.setattr(_token_making, "check_alone", and_then_the_other_makes_its)

    came = rotate(set_up)

    assert came.code == 1
    assert "another run may be at work" in came.out
    assert set_up.app()["token_id"] == old
    assert len(tokens(set_up)) == 2  # the old one and the other run's


def test_the_journal_holds_ids_and_names_and_survives_a_torn_line(set_up: Tool) -> None:
    (file,) = (set_up.config.parents[1] / "state/okta-scim-setup").glob("*.jsonl")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    with file.open("a") as torn:
        torn.write('{"at": "2026-11-2')

    assert rotate(set_up).code == 0

    lines = file.read_text().splitlines()
    assert sum(1 for line in lines if not line.endswith("}")) == 1
    entries = [json.loads(line) for line in lines if line.endswith("}")]
    about = {key for entry in entries for key in entry}
    kept = {"at", "run", "event", "address", "action", "attributes", "declared", "name", "id"}
    assert about <= kept | {"before", "used"}
    events = [e["event"] for e in entries if "name" in e][-5:]
    assert events == ["minting", "minted", "handing over", "handed over", "proven"]


def test_a_journal_that_cannot_be_written_stops_before_the_first_write(
    set_up: Tool, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")

    came = rotate(set_up, "--journal", str(tmp_path / "file"))

    assert came.code == 1
    assert "name a folder that can be written: --journal DIR" in came.out
    assert len(tokens(set_up)) == 1
