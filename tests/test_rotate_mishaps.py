"""Mishaps of people, machines and services that must not end the token that Okta holds."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests
from mortal import LOST, OK, Moment, Mortal
from test_rotate import (
    DAY,
    Start,
    enter,
    own_playbook,
    people_make_one,
    press_test_and_forget_to_save,
    push_somebody,
    rotate,
    tokens,
)
from tool import Tool

from okta_scim_setup import scim, transport
from okta_scim_setup.cli import _session
from okta_scim_setup.errors import SetupError
from okta_scim_setup.providers.dbt_cloud._holdings import LONGEST_WAIT
from okta_scim_setup.providers.dbt_cloud.scim_token import ScimToken
from okta_scim_setup.secret import SINK, Secret
from okta_scim_setup.simulator.okta import connections
from okta_scim_setup.simulator.okta.errors import OktaError
from okta_scim_setup.sink import TerminalSink
from okta_scim_setup.traffic.exchange import Request


def use(tool: Tool, value: str, tenant: int = 0) -> None:
    """Somebody calls the endpoint with this token, as Okta's test does."""
    account = tool.simulator.summary()["dbt_cloud"][tenant]
    base_url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"
    headers = {"Authorization": f"Bearer {value}"}
    query = "startIndex=1&count=2"
    requests.get(f"{base_url}/Users?{query}", headers=headers, timeout=10).raise_for_status()


# -- a person tests, and doesn't save


def test_a_second_test_without_a_save_is_no_proof_either(by_hand: Tool) -> None:
    """Two presses of the test button, a lease apart, in a tenant where nobody comes or goes."""
    old, file = by_hand.app(2)["token_id"], by_hand.config.parent / "second"
    rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{file}")
    press_test_and_forget_to_save(by_hand, file.read_text().strip())
    by_hand.run("apply", "--yes", "--tenant", "initech")
    by_hand.simulator.clock.advance(3 * DAY)
    press_test_and_forget_to_save(by_hand, file.read_text().strip())

    by_hand.run("apply", "--yes", "--tenant", "initech")

    assert old in tokens(by_hand, 2)  # Okta holds it


def test_two_tests_minutes_apart_are_no_proof_where_last_used_is_coarse(by_hand: Tool) -> None:
    by_hand.simulator.switches.change({"last_used_resolution": "hour"})
    now = by_hand.simulator.clock.now()
    by_hand.simulator.clock.advance(3600 - now % 3600 + 59 * 60)
    old, file = by_hand.app(2)["token_id"], by_hand.config.parent / "second"
    rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{file}")
    press_test_and_forget_to_save(by_hand, file.read_text().strip())
    by_hand.run("apply", "--yes", "--tenant", "initech")
    by_hand.simulator.clock.advance(120)
    press_test_and_forget_to_save(by_hand, file.read_text().strip())

    rotate(by_hand, "--tenant", "initech", "--finish", "--no-grace")

    assert old in tokens(by_hand, 2)


def test_a_test_without_a_save_is_not_told_as_proven(by_hand: Tool) -> None:
    file = by_hand.config.parent / "second"
    rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{file}")
    press_test_and_forget_to_save(by_hand, file.read_text().strip())

    apply = by_hand.run("apply", "--yes", "--tenant", "initech")
    finish = rotate(by_hand, "--tenant", "initech", "--finish")

    said = f"nothing shows yet that Okta uses {max(tokens(by_hand, 2))}"
    assert said in apply.out
    assert said in finish.out
    assert finish.code == 3


# -- Okta's own log


def rotated_by_hand(tool: Tool) -> tuple[int, int]:
    """The old token, and the new one that a person entered and saved."""
    old, file = tool.app(2)["token_id"], tool.config.parent / "second"
    rotate(tool, "--tenant", "initech", "--token-to", f"file:{file}")
    enter(tool, file)
    return old, tool.app(2)["token_id"]


def logs_read(tool: Tool, *arguments: str) -> int:
    sent = tool.sent(*arguments)
    return sum(request["path"].startswith("/api/v1/logs") for request in sent)


@pytest.mark.parametrize("knows", [True, False], ids=["with the journal", "on another machine"])
def test_a_push_in_oktas_log_proves_what_a_person_entered(by_hand: Tool, *, knows: bool) -> None:
    old, new = rotated_by_hand(by_hand)
    elsewhere = () if knows else ("--journal", str(by_hand.config.parent / "elsewhere"))
    by_hand.simulator.clock.advance(3600)
    push_somebody(by_hand, 2)

    graceful = rotate(by_hand, "--tenant", "initech", "--finish", *elsewhere)
    by_hand.simulator.clock.advance(DAY + 60)
    push_somebody(by_hand, 2)  # a later push begins no other grace
    finish = rotate(by_hand, "--tenant", "initech", "--finish", *elsewhere)

    assert f"{old} stays: its grace ends at" in graceful.out
    assert finish.code == 0, finish.out
    assert tokens(by_hand, 2) == [new]


def test_the_log_is_read_only_where_nothing_else_can_tell(by_hand: Tool) -> None:
    """Nothing is asked of it in a tenant at rest, nor of one that is set up by API."""
    assert logs_read(by_hand, "plan") == 0
    rotate(by_hand, "--tenant", "acme")
    assert logs_read(by_hand, "plan") == 0

    rotated_by_hand(by_hand)

    assert logs_read(by_hand, "plan") == 1


def test_a_log_that_is_not_shown_to_us_tells_nothing(by_hand: Tool) -> None:
    old, new = rotated_by_hand(by_hand)
    by_hand.simulator.clock.advance(3600)
    push_somebody(by_hand, 2)
    by_hand.simulator.clock.advance(DAY + 60)
    for nth in range(1, 9):
        by_hand.simulator.add_fault("/api/v1/logs", "status:403", nth=nth)

    finish = rotate(by_hand, "--tenant", "initech", "--finish")

    assert finish.code == 3
    assert f"rotate --confirm {new}" in finish.out
    assert old in tokens(by_hand, 2)


# -- a person's word against what is seen


def test_what_was_used_later_stays_whatever_was_said_by_api(set_up: Tool, patient: None) -> None:
    old = set_up.app()["token_id"]
    set_up.simulator.add_fault("connections/default", "not_applied", method="POST")
    rotate(set_up)
    new = max(tokens(set_up))
    set_up.simulator.clock.advance(3600)
    push_somebody(set_up)  # with the old one

    rotate(set_up, "--confirm", str(new), "--no-grace")

    assert old in tokens(set_up)  # Okta holds it


def test_what_was_used_later_stays_whatever_was_said_by_hand(by_hand: Tool) -> None:
    old, file = by_hand.app(2)["token_id"], by_hand.config.parent / "second"
    rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{file}")
    press_test_and_forget_to_save(by_hand, file.read_text().strip())
    by_hand.simulator.clock.advance(60)
    push_somebody(by_hand, 2)  # with the old one
    new = max(tokens(by_hand, 2))

    rotate(by_hand, "--tenant", "initech", "--confirm", str(new), "--no-grace")

    assert old in tokens(by_hand, 2)


def test_a_token_that_was_never_used_cannot_be_confirmed_while_an_older_one_is_used(
    by_hand: Tool,
) -> None:
    """A person entered the older of two shown ones, and reads the newer's id off the screen."""
    folder = by_hand.config.parent
    rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{folder}/second")
    rotate(by_hand, "--tenant", "initech", "--new-token", "--token-to", f"file:{folder}/third")
    enter(by_hand, folder / "second")
    by_hand.simulator.clock.advance(60)

    newest = max(tokens(by_hand, 2))
    rotate(by_hand, "--tenant", "initech", "--confirm", str(newest), "--no-grace")

    assert by_hand.app(2)["token_id"] in tokens(by_hand, 2)


def test_a_word_is_over_once_an_older_token_was_saved_after_it(by_hand: Tool) -> None:
    folder, clock = by_hand.config.parent, by_hand.simulator.clock
    rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{folder}/second")
    enter(by_hand, folder / "second")
    rotate(by_hand, "--tenant", "initech", "--confirm", str(by_hand.app(2)["token_id"]))
    clock.advance(3600)
    enter(by_hand, folder / "first")
    clock.advance(3600)
    press_test_and_forget_to_save(by_hand, (folder / "second").read_text().strip())
    clock.advance(3600)

    came = rotate(by_hand, "--tenant", "initech", "--finish", "--no-grace")

    assert by_hand.app(2)["token_id"] in tokens(by_hand, 2), came.out


def an_older_one_pushes_while_it_is_tested(tool: Tool) -> int:
    """The test shows, an hour late, and the push some minutes after it doesn't yet; the older."""
    folder, clock, old = tool.config.parent, tool.simulator.clock, tool.app(2)["token_id"]
    tool.simulator.switches.change({"last_used_delay": 3600.0})
    clock.advance(2 * 3600)
    rotate(tool, "--tenant", "initech", "--token-to", f"file:{folder}/second")
    clock.advance(3600)
    press_test_and_forget_to_save(tool, (folder / "second").read_text().strip())
    clock.advance(600)
    push_somebody(tool, 2)
    clock.advance(3600 - 540)
    return int(old)


def test_a_call_in_oktas_log_ends_no_token_at_once_as_its_use_may_show_late(by_hand: Tool) -> None:
    old = an_older_one_pushes_while_it_is_tested(by_hand)

    came = rotate(by_hand, "--tenant", "initech", "--finish", "--no-grace")

    assert came.code == 3
    assert old in tokens(by_hand, 2), came.out


def test_a_token_that_is_named_isnt_revoked_on_a_call_whose_use_may_show_late(
    by_hand: Tool,
) -> None:
    old = an_older_one_pushes_while_it_is_tested(by_hand)

    rotate(by_hand, "--tenant", "initech", "--retire", str(old))

    assert old in tokens(by_hand, 2)


# -- our own trial, taken for Okta's use


def test_a_token_that_is_older_than_the_lease_isnt_tried_any_more(
    set_up: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine slept between making and trying, and the token couldn't be taken back."""
    old = set_up.app()["token_id"]
    set_up.simulator.clock.advance(3600)
    answers, slept = scim.answers, [0.0]

    def hasty(**how: Any) -> transport.Transport:
        clock = lambda: time.monotonic() + slept[0]  # noqa: E731 -- shorter
        return transport.Transport(clock=clock, sleep=str, **how)

    def after_a_sleep(*given: Any, **named: Any) -> str:
        set_up.simulator.clock.advance(20 * 60)
        slept[0] += 20 * 60
        return answers(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(scim, "answers", after_a_sleep)
        patch.setattr(_session, "Transport", hasty)
        set_up.simulator.add_fault(r"tokens/\d+/", "drop_before", method="DELETE", times=8)
        assert rotate(set_up).code == 1
    set_up.simulator.clear_faults()
    assert len(tokens(set_up)) == 2
    set_up.simulator.clock.advance(DAY + 3600)

    knows_nothing = str(set_up.config.parent / "elsewhere")
    set_up.run("apply", "--yes", "--journal", knows_nothing)

    assert old in tokens(set_up)  # Okta held it
    assert set_up.app()["token_id"] in tokens(set_up)


def test_the_second_of_two_trials_that_shows_late_is_our_own(
    set_up: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first trial's answer was lost, the second came 10 s later; dbt shows a use 15 s late."""
    tried: list[Request] = []
    old = set_up.app()["token_id"]
    set_up.simulator.clock.advance(3600)
    set_up.simulator.switches.change({"last_used_delay": 15.0})
    set_up.simulator.add_fault("connections/default", "not_applied", method="POST")

    def fate(request: Request) -> str:
        if "/scim/v2/Users" not in request.path:
            return OK
        tried.append(request)
        if len(tried) == 2:
            set_up.simulator.clock.advance(10)
        return LOST if len(tried) == 1 else OK

    moment = Moment(fate, lambda: iter(()), set_up.simulator)
    monkeypatch.setattr(_session, "Transport", moment.transport)
    came = rotate(set_up, "--no-grace")

    assert old in tokens(set_up), came.out


# -- a run that is slower than the lease


def test_a_token_revoked_meanwhile_elsewhere_is_not_handed_over(
    set_up: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A laptop sleeps between trial and hand-over; Okta takes a token without trying it."""
    set_up.simulator.clock.advance(3600)
    probe = ScimToken.probe

    def then_sleep(kind: ScimToken, api: Any, live: Any) -> Any:
        found = probe(kind, api, live)
        monkeypatch.setattr(ScimToken, "probe", probe)
        set_up.simulator.clock.advance(16 * 60)
        elsewhere = str(set_up.config.parent / "elsewhere")
        came = set_up.run("rotate", "--yes", "--no-grace", "--journal", elsewhere)
        assert came.code == 0, came.out
        monkeypatch.setattr(connections, "_verify", lambda *_given: None)
        return found

    monkeypatch.setattr(ScimToken, "probe", then_sleep)
    monkeypatch.setattr("okta_scim_setup.providers.dbt_cloud._token_hand_over.PATIENCE", 1.0)

    rotate(set_up)

    assert set_up.app()["token_id"] in tokens(set_up)


# -- the older of two shown tokens


def test_an_older_token_that_was_shown_is_not_taken_for_never_handed_over(by_hand: Tool) -> None:
    """dbt shows a use an hour late; the person enters the older one last."""
    folder, clock = by_hand.config.parent, by_hand.simulator.clock
    by_hand.simulator.switches.change({"last_used_delay": 3600.0})
    clock.advance(2 * 3600)
    rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{folder}/second")
    rotate(by_hand, "--tenant", "initech", "--new-token", "--token-to", f"file:{folder}/third")
    clock.advance(20 * 60)
    press_test_and_forget_to_save(by_hand, (folder / "third").read_text().strip())
    clock.advance(50 * 60)
    enter(by_hand, folder / "second")
    clock.advance(15 * 60)

    came = by_hand.run("apply", "--yes", "--tenant", "initech")

    assert by_hand.app(2)["token_id"] in tokens(by_hand, 2), came.out


# -- what Okta does with a token, where that is assumed


def saml(name: str) -> dict[str, Any]:
    names = {"userNameTemplate": {"template": "${source.email}", "type": "BUILT_IN"}}
    return {"name": "zscalerbyz", "label": name, "credentials": names}


def test_a_refused_activation_says_nothing_of_what_okta_stored(
    set_up: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Okta stores, tries, and answers 400: that a failure changes nothing is assumed."""

    def store_and_refuse(_call: Any, app: Any, _base_url: str, token: str) -> None:
        app.provisioning.token = token
        raise OktaError(400, "E0000001", "Api validation failed: connection", ())

    monkeypatch.setattr(connections, "_verify", store_and_refuse)

    rotate(set_up)

    assert set_up.app()["token_id"] in tokens(set_up)


def test_two_tokens_for_two_apps_of_an_account_have_nothing_to_do(simulated: Start) -> None:
    tool = simulated()
    for label in ("first", "second"):
        tool.okta("POST", "/api/v1/apps", json=saml(label))
    (tool.config.parent / "own.yaml").write_text(
        """
variables: {app: null, groups: []}
resources:
  - {kind: dbt_cloud.scim_config}
"""
        + "".join(
            f"""
  - {{kind: okta.saml_app, name: {name}, label: {name}}}
  - {{kind: dbt_cloud.scim_token, name: {name}}}
  - kind: okta.scim_provisioning
    name: {name}
    app: !ref okta.saml_app/{name}.id
    base_url: !ref dbt_cloud.scim_config.base_url
    token: !ref dbt_cloud.scim_token/{name}.token
"""
            for name in ("first", "second")
        )
    )
    text = tool.config.read_text()
    tool.config.write_text(text.replace("playbook: dbt_cloud_scim", "playbook: ./own.yaml"))
    first = tool.run("apply", "--yes")
    assert first.code == 0, first.out

    plan = tool.run("plan", "--detailed-exitcode")

    assert plan.code == 0, plan.out


def test_what_stays_after_all_is_no_failure_while_a_person_is_waited_for(
    by_hand: Tool,
) -> None:
    folder = by_hand.config.parent
    rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{folder}/second")
    enter(by_hand, folder / "second")
    held_now = str(by_hand.app(2)["token_id"])
    rotate(by_hand, "--tenant", "initech", "--confirm", held_now)
    by_hand.simulator.clock.advance(2 * DAY)

    came = rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{folder}/third")

    assert came.code == 3, came.out


def test_what_stays_after_all_is_no_failure_while_a_use_is_waited_for(
    set_up: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A monthly `rotate`, where dbt shows a use three seconds late."""
    rotate(set_up)
    set_up.simulator.clock.advance(30 * DAY)
    push_somebody(set_up)
    set_up.simulator.clock.advance(60)
    set_up.simulator.switches.change({"last_used_delay": 3.0})

    came, _ = Mortal(set_up, monkeypatch).run("rotate", "--yes")

    assert came.code == 3, came.out


def test_a_confirmation_is_of_one_token_not_of_its_name(simulated: Start, patient: None) -> None:
    tool = simulated()
    first = people_make_one(tool)
    tool.dbt("POST", "/scim-config/", json={"enabled": True, "manual_updates_allowed": False})
    enter_by_api(tool, first["token_string"])
    own_playbook(tool, f"adopt: {first['id']}")
    assert tool.run("apply", "--yes").code == 0
    tool.simulator.clock.advance(3600)
    rotate(tool, "--confirm", str(first["id"]))
    tool.simulator.clock.advance(3600)
    second = people_make_one(tool)
    text = (tool.config.parent / "own.yaml").read_text()
    (tool.config.parent / "own.yaml").write_text(
        text.replace(f"adopt: {first['id']}", f"adopt: {second['id']}")
    )

    came = rotate(tool, "--retire", str(first["id"]))

    assert tool.app()["token_id"] in tokens(tool), came.out


def enter_by_api(tool: Tool, value: str) -> None:
    account = tool.simulator.summary()["dbt_cloud"][0]
    base_url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"
    path = f"/api/v1/apps/{tool.app()['id']}/connections/default?activate=true"
    profile = {"authScheme": "TOKEN", "token": value}
    tool.okta("POST", path, json={"baseUrl": base_url, "profile": profile})


def test_no_token_is_made_for_what_terraform_hands_over(set_up: Tool) -> None:
    own_playbook(set_up, "rotate: 1")
    path = set_up.config.parent / "own.yaml"
    path.write_text(
        path.read_text().replace(
            "  - kind: okta.scim_provisioning\n",
            "  - kind: okta.scim_provisioning\n    owner: terraform\n",
        )
    )
    before = tokens(set_up)

    came = rotate(set_up)

    assert tokens(set_up) == before, came.out


def test_a_hand_over_that_is_never_answered_piles_up_ten_tokens_at_most(set_up: Tool) -> None:
    for _ in range(12):
        for nth in (1, 2):
            set_up.simulator.add_fault("connections/default", "drop_before", method="POST", nth=nth)
        came = rotate(set_up)
        set_up.simulator.clear_faults()

    assert came.code == 1
    assert "10 tokens were sent to Okta, and nothing shows that it uses any" in came.out
    assert set_up.app()["token_id"] in tokens(set_up)
    assert len(tokens(set_up)) == 11


@pytest.mark.parametrize("name", ["okta-manual", "okta-scim-setup/70403101/trial/r0/00000000/0a"])
def test_what_others_use_for_themselves_is_no_rival(set_up: Tool, name: str) -> None:
    """Somebody's script, or a `test --mint` that was killed."""
    made = set_up.dbt("POST", "/scim-config/tokens/", json={"name": name})["data"]
    set_up.simulator.clock.advance(60)
    use(set_up, made["token_string"])

    assert set_up.run("plan", "--detailed-exitcode").code == 0


def test_by_hand_the_grace_counts_from_the_proof_not_from_the_test(by_hand: Tool) -> None:
    old, file = by_hand.app(2)["token_id"], by_hand.config.parent / "second"
    rotate(by_hand, "--tenant", "initech", "--token-to", f"file:{file}")
    press_test_and_forget_to_save(by_hand, file.read_text().strip())
    by_hand.run("apply", "--yes", "--tenant", "initech")
    by_hand.simulator.clock.advance(3 * DAY)
    enter(by_hand, file)

    came = rotate(by_hand, "--tenant", "initech", "--finish")

    assert came.code == 3
    assert old in tokens(by_hand, 2)


def test_a_confirmation_is_asked_for_on_a_terminal(
    set_up: Tool, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where nothing is to be revoked yet: what is noted speaks for a revocation later."""
    set_up.simulator.switches.change({"last_used_delay": 10 * DAY})
    rotate(set_up)
    new = max(tokens(set_up))
    monkeypatch.setattr("okta_scim_setup.cli._options.terminal", lambda: True)
    monkeypatch.setattr("click.confirm", lambda *_args, **_how: False)

    set_up.run("rotate", "--confirm", str(new))

    (file,) = (set_up.config.parents[1] / "state/okta-scim-setup").glob("*.jsonl")
    assert '"confirmed"' not in file.read_text()


def test_a_run_that_limits_make_slower_than_the_lease_hands_nothing_over(
    set_up: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dbt says 429 for eight minutes after the trial, then Okta does, and both relent in time."""
    began: dict[str, float] = {}
    clock = set_up.simulator.clock
    set_up.simulator.add_fault(r"scim-config/tokens/\d+/", "status:429", method="GET", times=900)
    set_up.simulator.add_fault("connections/default", "status:429", method="POST", times=900)

    def fate(request: Request) -> str:
        trial = "/scim/v2/Users" in request.path
        hand_over = request.method == "POST" and "connections/default" in request.path
        asked = "trial" if trial else "hand-over" if hand_over else request.path
        began.setdefault(asked, clock.now())
        if clock.now() - began[asked] > 480:
            set_up.simulator.clear_faults()
            if not hand_over:
                set_up.simulator.add_fault(
                    "connections/default", "status:429", method="POST", times=900
                )
        began[f"last {asked}"] = clock.now()
        return OK

    moment = Moment(fate, lambda: iter(()), set_up.simulator)
    monkeypatch.setattr(_session, "Transport", moment.transport)
    came = rotate(set_up)

    assert came.code == 1
    assert "this run was interrupted for too long" in came.out
    assert "last hand-over" not in began
    assert tokens(set_up) == [set_up.app()["token_id"]]


def test_the_longest_wait_for_a_limit_is_the_transports() -> None:
    assert LONGEST_WAIT.total_seconds() == transport.PATIENCE


def test_a_terminal_shows_one_token_at_a_time() -> None:
    sink = TerminalSink()
    sink.put("acme", Secret("first-value", origin="made", hosts=frozenset({SINK})))

    with pytest.raises(SetupError, match="one token at a time"):
        sink.put("acme", Secret("second-value", origin="made", hosts=frozenset({SINK})))

    assert sink.take("acme") == "first-value"
