"""``audit --webhook``: new findings are told to one host, once, and nothing else changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from results import CONFIG, NASTY, content, drifted, unreadable
from servers import Scripted, closed_port, drop, hang, reply, serving
from test_accept import accept, entry
from test_baseline import drift, night
from tool import Came, Tool

from okta_scim_setup.plan import Difference
from okta_scim_setup.report import notice
from okta_scim_setup.results import Severity
from okta_scim_setup.traffic import notice as sender

Start = Callable[..., Tool]

SECRET = "T000/B000/a-token-nobody-may-see"


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """A chat on this machine, and where its URL is kept."""
    with serving(reply(raw=b"ok", headers={"Content-Type": "text/plain"})) as server:
        monkeypatch.setenv("AUDIT_WEBHOOK", f"{server.url}/services/{SECRET}")
        yield server


@pytest.fixture
def converged(set_up_already: Start) -> Tool:
    return set_up_already(2)


def audit(tool: Tool, *arguments: str) -> Came:
    return tool.run("audit", "--webhook", "env:AUDIT_WEBHOOK", *arguments)


def test_drift_is_told_in_one_message(converged: Tool, chat: Scripted) -> None:
    drift(converged)

    came = audit(converged)

    assert came.code == 2
    (asked,) = chat.asked
    assert (asked.method, asked.target) == ("POST", f"/services/{SECRET}")
    assert asked.headers["content-type"] == "application/json"
    assert "authorization" not in asked.headers
    assert asked.json == {
        "text": "okta-scim-setup audit: 1 new finding, exit code 2\n"
        "medium AUD103 acme dbt_cloud.scim_config manual_updates_allowed: "
        "expected no, found yes (people can edit by hand what SCIM manages)"
    }


def test_the_audits_own_traffic_stays_read_only(converged: Tool, chat: Scripted) -> None:
    drift(converged)

    sent = converged.sent("audit", "--webhook", "env:AUDIT_WEBHOOK")

    assert {request["method"] for request in sent} == {"GET"}
    assert chat.methods == ["POST"]


def test_where_all_is_in_sync_nothing_is_sent(converged: Tool, chat: Scripted) -> None:
    assert audit(converged).code == 0
    assert chat.asked == []


def test_what_a_baseline_has_isnt_told_again(converged: Tool, chat: Scripted) -> None:
    drift(converged)
    night(converged)
    drift(converged, 1)
    baseline = ("--baseline", str(converged.config.parent / "last.json"))

    assert audit(converged, *baseline).code == 2
    (asked,) = chat.asked
    assert "1 new finding" in asked.json["text"]
    assert "globex" in asked.json["text"]
    assert "acme" not in asked.json["text"]
    night(converged)
    assert audit(converged, *baseline).code == 2
    assert len(chat.asked) == 1


def test_what_the_audit_doesnt_fail_on_isnt_told(converged: Tool, chat: Scripted) -> None:
    drift(converged)
    assert audit(converged, "--fail-on", "high").code == 0
    accept(converged, entry())
    assert audit(converged).code == 0

    assert chat.asked == []


def test_an_unreadable_tenant_is_told_whatever_fail_on_says() -> None:
    made = content([unreadable("acme")], fail_on=Severity.CRITICAL)

    assert [each.id for each in notice.news(made)] == ["AUD910"]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (reply(status=404), "answered 404"),
        (reply(status=302, headers={"Location": "http://127.0.0.1:1/"}), "answered 302"),
        (drop, "gave no answer (ConnectionError)"),
        (hang, "gave no answer (ReadTimeout)"),
    ],
)
def test_a_failure_is_said_and_leaves_reports_and_exit_code_alone(
    converged: Tool, chat: Scripted, act: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "READ", 0.5)
    chat.script[:] = [act]
    drift(converged)
    file = converged.config.parent / "audit.json"

    came = audit(converged, "--output", "text", "--output", f"json={file}")

    assert came.code == 2
    assert f"warning: the webhook at {chat.host} {said}: 1 new findings not told" in came.err
    assert "The exit code stays 2." in came.err
    assert "AUD103" in came.out
    assert json.loads(file.read_text())["exit_code"] == 2
    assert len(chat.asked) == 1, "no second try, no redirect"
    assert SECRET not in came.out + came.err + file.read_text()


def test_nobody_listening_is_a_failure_like_any_other(
    converged: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_WEBHOOK", f"{closed_port()}/services/{SECRET}")
    drift(converged)

    came = audit(converged)

    assert came.code == 2
    assert "gave no answer (ConnectionError)" in came.err
    assert SECRET not in came.err


def refused(tool: Tool, *arguments: str) -> Came:
    """An audit that doesn't start."""
    before = len(tool.simulator.requests())
    came = tool.run("audit", *arguments)
    assert len(tool.simulator.requests()) == before
    assert SECRET not in came.err
    return came


@pytest.mark.parametrize(
    ("url", "more", "said"),
    [
        (f"https://chat.example/{SECRET}", (), "leads to chat.example, which isn't allowed"),
        (
            f"https://chat.example/{SECRET}",
            ("--webhook-host", "example"),
            "run with --webhook-host chat.example",
        ),
        (
            f"https://chat.example/{SECRET}",
            ("--allow-host", "chat.example"),
            "which isn't allowed",
        ),
        (
            f"http://chat.example/{SECRET}",
            ("--webhook-host", "chat.example"),
            "must be https; http goes to this machine only",
        ),
        (f"ftp://chat.example/{SECRET}", (), "must be an https address"),
        ("https://user:hush@chat.example/", (), "must not hold a user name"),
        ("nonsense", (), "must begin with https://"),
    ],
)
def test_a_url_that_isnt_fit_is_said_before_anything_is_sent(
    simulated: Start, monkeypatch: pytest.MonkeyPatch, url: str, more: tuple[str, ...], said: str
) -> None:
    monkeypatch.setenv("AUDIT_WEBHOOK", url)

    came = refused(simulated(), "--webhook", "env:AUDIT_WEBHOOK", *more)

    assert came.code == 1
    assert said in came.err


def test_the_url_itself_on_the_command_line_is_wrong_usage_and_isnt_repeated(
    simulated: Start,
) -> None:
    came = refused(simulated(), "--webhook", f"https://chat.example/{SECRET}")

    assert came.code == 64
    assert "--webhook takes a reference to where the URL is kept, not the URL" in came.err


def test_a_url_that_isnt_there_is_said_before_anything_is_sent(simulated: Start) -> None:
    came = refused(simulated(), "--webhook", "env:NOBODY_SET_THIS")

    assert came.code == 1
    assert "NOBODY_SET_THIS" in came.err


def test_a_command_is_followed_only_if_allowed(simulated: Start) -> None:
    came = refused(simulated(), "--webhook", "cmd:echo https://127.0.0.1/")

    assert came.code == 1
    assert "--allow-cmd" in came.err


def test_options_of_a_webhook_without_one_are_wrong_usage(simulated: Start) -> None:
    assert refused(simulated(), "--webhook-host", "chat.example").code == 64


def test_a_template_of_ones_own_has_findings_and_counts(
    converged: Tool, chat: Scripted, tmp_path: Path
) -> None:
    drift(converged)
    template = tmp_path / "message.json"
    template.write_text(
        '{"rows": [{% for f in findings %}\n'
        '  {"who": {{ f.tenant | tojson }}, "what": {{ f.attribute | tojson }},\n'
        '   "found": {{ f.found_said | tojson }}}{{ "" if loop.last else "," }}{% endfor %}],\n'
        ' "drifted": {{ counts.drifted }}}\n'
    )

    audit(converged, "--webhook-template", str(template))

    (asked,) = chat.asked
    row = {"who": "acme", "what": "manual_updates_allowed", "found": "yes"}
    assert asked.json == {"rows": [row], "drifted": 1}


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ('{"a": {{ txt | tojson }}}', 'nothing is called "txt" in the template of the webhook'),
        ('{"a": {{ text }}}', "the template doesn't come to JSON"),
        ("\n{% for %}", "the template can't be read"),
        ('{"a": {{ findings[7].id | tojson }}}', "template"),
        ("{{ ''.__class__.__mro__ }}", "the template can't be filled in"),
    ],
)
def test_a_wrong_template_is_said_before_anything_is_sent(
    simulated: Start, chat: Scripted, tmp_path: Path, template: str, said: str
) -> None:
    file = tmp_path / "message.json"
    file.write_text(template)
    arguments = ("--webhook", "env:AUDIT_WEBHOOK", "--webhook-template", str(file))

    came = refused(simulated(), *arguments)

    assert came.code == 1
    assert said in came.err
    assert f"from     {file}" in came.err
    assert chat.asked == []


def test_a_template_that_isnt_there_is_wrong_usage(simulated: Start, chat: Scripted) -> None:
    arguments = ("--webhook", "env:AUDIT_WEBHOOK", "--webhook-template", "nowhere")

    assert refused(simulated(), *arguments).code == 64
    assert chat.asked == []


@pytest.mark.parametrize("name", NASTY)
def test_no_name_acts_in_a_chat(name: str) -> None:
    difference = Difference("manual_updates_allowed", before=name, after=name)
    made = content([drifted(name, difference)])

    said = notice.text(made, notice.news(made))

    assert len(said.splitlines()) == 2
    assert not {"<", ">"} & set(said)
    assert "://" not in said.replace("://\u200b", "")
    assert "@everyone" not in said


def test_many_findings_are_counted_rather_than_listed() -> None:
    one = Difference("manual_updates_allowed", before=True, after=False)
    made = content([drifted(f"tenant-{n}", one) for n in range(25)])

    lines = notice.text(made, notice.news(made)).splitlines()

    assert lines[0].startswith("okta-scim-setup audit: 25 new findings")
    assert lines[-1] == "5 more"
    assert sum(str(CONFIG) in line for line in lines) == 20
