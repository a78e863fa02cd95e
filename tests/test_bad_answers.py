"""What Okta, dbt Cloud and the network between may answer: one clear message, nothing written."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from certificates import make_certificate
from messages import Said, read
from servers import closed_port, reply, serving
from tool import Tool

from okta_scim_setup.cli import _session
from okta_scim_setup.transport import ATTEMPTS, Transport

Start = Callable[..., Tool]

READS = {"Okta": r"^/api/v1/apps\?", "dbt Cloud": "/scim-config/$"}
"""What is asked of each service first."""

VERBS = [("plan",), ("audit",), ("doctor",), ("test",), ("apply", "--yes")]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same transport with less patience."""
    impatient = partial(Transport, connect=2.0, read=0.5, total=0.8, random=lambda: 0.0)
    monkeypatch.setattr("okta_scim_setup.transport.ATTEMPTS", 2)
    monkeypatch.setattr(_session, "Transport", impatient)


def failing(tool: Tool, *arguments: str) -> Said:
    """The only thing that is said; nothing was written."""
    before = len(tool.simulator.requests())
    came = tool.run(*arguments)
    assert came.code == 1, came.out + came.err
    assert {r["method"] for r in tool.simulator.requests()[before:]} <= {"GET"}
    said = read(came.out + came.err)
    assert len(said) == 1, came.out
    assert said[0].title.startswith("acme: ")
    assert "config.yaml:" in said[0].note("from") or "dbt_cloud_scim:" in said[0].note("from")
    assert said[0].note("do")
    return said[0]


def spoil(tool: Tool, path: str, do: str) -> None:
    """Let as many requests in a row fail as are tried."""
    for number in range(ATTEMPTS):
        tool.simulator.add_fault(path, do, nth=number + 1)


def rewrite(tool: Tool, old: str, new: str) -> None:
    text = tool.config.read_text()
    assert old in text
    tool.config.write_text(text.replace(old, new))


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("service", READS)
@pytest.mark.parametrize(
    ("do", "title", "answered"),
    [
        ("status:401", "doesn't accept the ", "401 "),
        ("status:403", "doesn't let the ", "403 "),
        ("status:500", "has a problem of its own", "500 "),
        ("status:503", "has a problem of its own", "503 "),
        ("html200", "doesn't answer as SERVICE does", "200 with a page (text/html), not JSON"),
        ("redirect", "sends us to another path, and redirects aren't followed", "302 Found"),
        ("drop_before", "can't be reached: the connection was closed", "without an answer"),
        ("truncate", "can't be reached: the answer was cut off", "cut off"),
        ("truncate_unsized", "doesn't answer as SERVICE does", "JSON that ends too early"),
        ("hang", "can't be reached: no answer in time", "no answer in time"),
        ("drip", "can't be reached: no whole answer within 0.8 s", "no whole answer"),
    ],
)
def test_a_service_that_fails_is_told_with_what_was_asked_and_answered(
    simulated: Start, service: str, do: str, title: str, answered: str
) -> None:
    tool = simulated()
    spoil(tool, READS[service], do)

    said = failing(tool, "plan")

    assert title.replace("SERVICE", service) in said.title
    assert said.note("asked").startswith("GET /api/v")
    assert answered in said.note("answered")


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
@pytest.mark.parametrize(
    ("token", "who"),
    [
        ("okta-acme.token", "the API token file:secrets/okta-acme.token"),
        ("dbt-acme.token", "the token file:secrets/dbt-acme.token"),
    ],
)
def test_a_token_that_is_not_accepted_is_told_by_where_it_is_kept(
    simulated: Start, verb: tuple[str, ...], token: str, who: str
) -> None:
    tool = simulated()
    (tool.config.parent / "secrets" / token).write_text("wrong-wrong-wrong-wrong\n")

    said = failing(tool, *verb)

    assert said.title.endswith(f"doesn't accept {who}")
    assert "401" in said.note("answered")


def test_an_account_that_the_token_does_not_see_is_told_with_those_it_sees(
    simulated: Start,
) -> None:
    tool = simulated()
    number = tool.account()["account_id"]
    rewrite(tool, f"account_id: {number}", "account_id: 5")

    said = failing(tool, "plan")

    assert "404 for account 5: no such account, or not for this token" in said.title
    assert said.note("but") == f'the token sees account {number} "acme"'
    assert f"account_id: {number}?" in said.note("do")


def test_an_app_that_is_not_there_is_told_with_those_that_look_alike(simulated: Start) -> None:
    tool = simulated()
    tool.change(app="dbt acmee")

    said = failing(tool, "apply", "--yes")

    assert said.title.endswith('has no app labelled "dbt acmee"')
    assert "variables.app, used in dbt_cloud_scim:" in said.note("from")
    assert said.note("near") == f'"dbt acme"  {tool.app()["id"]}  active'
    assert "Nothing was written" in said.note("do")


def test_two_apps_with_one_label_are_told_with_their_ids(simulated: Start) -> None:
    tool = simulated()
    body = {"name": "zscalerbyz", "label": "dbt acme", "signOnMode": "SAML_2_0"}
    second = tool.okta("POST", "/api/v1/apps", json=body)

    before = len(tool.simulator.requests())
    said = read(tool.run("plan").out)[0]

    assert said.title.endswith('has 2 apps labelled "dbt acme"')
    assert tool.app()["id"] in said.note("near")
    assert second["id"] in said.note("near")
    assert {r["method"] for r in tool.simulator.requests()[before:]} == {"GET"}


def test_an_inactive_app_is_told(simulated: Start) -> None:
    tool = simulated()
    tool.okta("POST", f"/api/v1/apps/{tool.app()['id']}/lifecycle/deactivate")

    came = tool.run("apply", "--yes")

    assert came.code == 1
    said = read(came.out)[0]
    assert f'app "dbt acme" {tool.app()["id"]} in ' in said.title
    assert said.title.endswith(" is inactive")
    assert came.out.endswith("Nothing was written.\n")


def test_a_group_that_is_not_there_is_told_with_where_it_was_written(simulated: Start) -> None:
    tool = simulated()
    tool.change(groups=[{"name": "dbt-acme-devs"}, {"name": "dbt-acme-nobody"}])

    said = failing(tool, "plan")

    assert said.title.endswith('has no group called "dbt-acme-nobody"')
    assert "variables.groups[1]" in said.note("from")


def test_two_tenants_that_name_one_app_differently_are_told_before_anything_is_written(
    simulated: Start,
) -> None:
    tool = simulated(2, orgs=1)
    playbook = (Path(_session.__file__).parents[1] / "playbooks/dbt_cloud_scim.yaml").read_text()
    by_id = playbook.replace('label: "{{ app }}"', 'id: "{{ app }}"')
    (tool.config.parent / "by_id.yaml").write_text(by_id)
    rewrite(tool, "  globex:\n", "  globex:\n    playbook: ./by_id.yaml\n")
    rewrite(tool, "app: dbt globex", f"app: {tool.app()['id']}")
    assert tool.run("validate").code == 0

    came = tool.run("apply", "--yes")

    assert came.code == 1
    titles = [one.title for one in read(came.out) if "one okta.saml_app" in one.title]
    assert [title.partition(":")[0] for title in titles] == ["acme", "globex"]
    assert {r["method"] for r in tool.simulator.requests()} == {"GET"}


@pytest.mark.usefixtures("hasty")
def test_a_refused_connection_is_told_once(simulated: Start) -> None:
    tool, nobody = simulated(), closed_port()
    rewrite(tool, tool.simulator.url, nobody)

    said = failing(tool, "plan")

    host = nobody.removeprefix("http://")
    assert said.title == f"acme: {host} can't be reached: the connection was refused"


def test_a_certificate_that_is_not_trusted_is_told_and_nothing_is_sent(
    simulated: Start, tmp_path: Path
) -> None:
    tool = simulated()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_certificate(tmp_path))
    with serving(reply({}), tls=context) as impostor:
        rewrite(tool, f"access_url: {tool.simulator.url}", f"access_url: {impostor.url}")

        said = failing(tool, "plan")

        assert impostor.asked == []
    assert "its TLS certificate isn't trusted here" in said.title
    assert "REQUESTS_CA_BUNDLE" in said.note("do")


def test_an_account_that_refuses_is_asked_no_more_than_side_by_side(set_up_already: Start) -> None:
    """The switches, the tokens, and by each thread that reads ahead the first of its lists."""
    tool = set_up_already()
    tool.simulator.add_fault(r"/accounts/\d+/", "status:403", times=99)

    asked = tool.sent("audit")

    assert 1 <= len([r for r in asked if "/accounts/" in r["path"]]) <= 4
