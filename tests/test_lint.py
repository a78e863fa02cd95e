"""Lint: what each rule says and when, that it keeps quiet otherwise, and what it costs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tool import Tool

from okta_scim_setup import lint
from okta_scim_setup.lint.rule import Rule
from okta_scim_setup.lint.rules import scim009_ip_restrictions_without_okta as ip_rules
from okta_scim_setup.lint.rules import scim011_certificate_expiring as certificates
from okta_scim_setup.results import Severity

Start = Callable[..., Tool]

PAGE = Path(__file__).parents[1] / "docs" / "lint.md"

PLAYBOOK = """variables: {app: , groups: []}
resources:
  - {kind: okta.saml_app, name: dbt, label: "{{ app }}"}
  - {kind: dbt_cloud.scim_config, manual_updates_allowed: MANUAL}
  - {kind: dbt_cloud.scim_token, name: okta}
  - kind: okta.scim_provisioning
    app: !ref okta.saml_app/dbt.id
    base_url: BASE
    token: !ref dbt_cloud.scim_token/okta.token
"""
BASE = "!ref dbt_cloud.scim_config.base_url"


def own(tool: Tool, text: str = "", *, manual: str = "false", base: str = BASE) -> None:
    """Give all tenants a playbook of their own."""
    said = PLAYBOOK.replace("MANUAL", manual).replace("BASE", base)
    (tool.config.parent / "own.yaml").write_text(said + text)
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "own.yaml"))


def found(tool: Tool, verb: str = "plan", tenant: str = "acme") -> dict[str, dict[str, Any]]:
    """What lint says of a tenant, by id."""
    came = tool.run(verb, "--tenant", tenant, "--output", "json")
    (result,) = came.json["tenants"]
    return {f["id"]: f for f in result["findings"] if f["id"].startswith("SCIM")}


@pytest.fixture
def applied(set_up_already: Start) -> Tool:
    """acme, with all that the default playbook says."""
    return set_up_already()


# -- the rules as a whole


@pytest.mark.parametrize("rule", lint.rules(), ids=lambda rule: rule.about().id)
def test_a_rule_says_what_it_means_why_and_what_to_do(rule: Rule) -> None:
    about = rule.about()

    assert re.fullmatch(r"SCIM\d{3}", about.id)
    assert re.fullmatch(r"[a-z0-9-]+", about.name)
    assert len(about.title) > 20
    assert len(about.reason) > 60
    assert len(about.remedy) > 20


def test_ids_are_told_once_and_without_gaps() -> None:
    ids = [rule.about().id for rule in lint.rules()]

    assert ids == [f"SCIM{number:03}" for number in range(1, len(ids) + 1)]


def test_the_page_says_of_every_rule_what_the_code_says_and_of_no_other() -> None:
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    said = [" ".join(section.split()) for section in sections]

    assert said == [
        " ".join(
            f"{a.id} {a.name} ({a.severity.value}) {a.title}. {a.reason} Remedy: {a.remedy}".split()
        )
        for a in (rule.about() for rule in lint.rules())
    ]


def test_no_rule_fires_on_the_default_playbook_applied_by_api_and_by_hand(
    simulated: Start,
) -> None:
    tool = simulated(3)
    sink = tool.config.parent / "token"
    tool.run("apply", "--yes", "--tenant", "initech", "--token-to", f"file:{sink}")
    tool.do_the_clicks("initech", 2, sink.read_text().strip())
    assert tool.run("apply", "--yes").code == 0

    came = tool.run("audit", "--output", "json")

    assert came.code == 0
    assert [t["findings"] for t in came.json["tenants"]] == [[], [], []]
    assert [t["checks"] for t in came.json["tenants"]] == [[], [], []]


def test_no_rule_fires_on_the_full_playbook_applied(simulated: Start) -> None:
    tool = simulated()
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "dbt_cloud_full"))
    names = ("dbt-acme-admins", "dbt-acme-devs")
    tool.change(groups=[{"name": n, "permissions": ["developer"]} for n in names])
    assert tool.run("apply", "--yes").code == 0

    assert tool.run("audit").code == 0
    assert found(tool, "audit") == found(tool) == {}


def test_lint_takes_three_gets_of_dbt_and_none_of_okta_and_apply_does_without(
    applied: Tool,
) -> None:
    plan = [r["path"] for r in applied.sent("plan")]
    apply = [r["path"] for r in applied.sent("apply", "--yes")]

    more = sorted(re.sub(r"^.*accounts/\d+|\?.*", "", p) for p in plan if p not in apply)
    assert more == ["/auth-provider/", "/groups/", "/ip-restrictions/"]


def test_a_rule_that_could_not_look_says_so_and_the_others_do(applied: Tool) -> None:
    applied.dbt("POST", "/groups/", json={"name": "trainees", "assign_by_default": True})
    applied.simulator.add_fault("/ip-restrictions/", "status:403", times=9)

    came = applied.run("audit")

    assert came.code == 1  # a part that couldn't be read never counts as clean
    assert "AUD912" in came.out
    assert "SCIM009 ip-restrictions-without-okta: couldn't look: " in came.out
    assert "SCIM007" in came.out


def test_a_warning_does_not_fail_an_audit_and_an_error_does(applied: Tool) -> None:
    applied.dbt("POST", "/groups/", json={"name": "trainees", "assign_by_default": True})
    warned = applied.run("audit")
    applied.dbt("DELETE", f"/auth-provider/{provider(applied)['id']}/")
    failed = applied.run("audit")

    assert (warned.code, failed.code) == (0, 2)
    assert "1 tenant: 1 in sync, 0 drifted" in failed.out
    assert "HIGH  SCIM003  acme" in failed.out
    assert applied.run("plan", "--detailed-exitcode").code == 0
    assert applied.run("audit", "--fail-on", "critical").code == 0


def test_sarif_describes_each_rule_and_names_the_line(applied: Tool) -> None:
    applied.dbt("DELETE", f"/auth-provider/{provider(applied)['id']}/")

    for verb in ("plan", "audit"):
        (run,) = json.loads(applied.run(verb, "--output", "sarif").out)["runs"]
        (rule,) = run["tool"]["driver"]["rules"]
        (result,) = run["results"]
        assert (rule["id"], rule["name"]) == ("SCIM003", "scim-without-sso")
        assert "dbt's guide wants SSO" in rule["fullDescription"]["text"]
        assert "Remedy: set up SSO" in rule["help"]["text"]
        assert (result["ruleId"], result["level"]) == ("SCIM003", "error")
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.endswith("config.yaml")


@pytest.mark.parametrize("form", ["text", "markdown", "junit", "html"])
def test_every_format_tells_what_a_plans_lint_found(applied: Tool, form: str) -> None:
    applied.dbt("DELETE", f"/auth-provider/{provider(applied)['id']}/")

    came = applied.run("plan", "--output", form)

    assert came.code == 0
    assert "SCIM003" in came.out
    assert "no SSO provider" in came.out


def provider(tool: Tool) -> Any:
    (only,) = tool.dbt("GET", "/auth-provider/")["data"]
    return only


# -- validate


def test_validate_tells_a_warning_with_its_line_and_answers_0(simulated: Start) -> None:
    tool = simulated()
    own(tool, manual="true")

    came = tool.run("validate")

    assert came.code == 0
    assert re.search(r"own\.yaml:4: warning SCIM004 medium: acme: dbt_cloud\.scim_config", came.out)
    assert tool.simulator.requests() == []


def test_validate_says_a_warning_of_many_tenants_once(simulated: Start) -> None:
    tool = simulated(3)
    own(tool, manual="true")

    came = tool.run("validate")

    assert came.out.count("SCIM004") == 1
    assert "acme and 2 more" in came.out


def test_an_error_fails_validate_and_whatever_would_start_from_it(simulated: Start) -> None:
    tool = simulated()
    own(tool, base="https://under_score.example/scim/v2")

    came = [tool.run(verb) for verb in ("validate", "plan")]

    assert [c.code for c in came] == [1, 1]
    assert all("SCIM002 okta.scim_provisioning base_url" in c.err for c in came)
    assert "own.yaml:8" in came[0].err
    assert tool.simulator.requests() == []


# -- each rule


def test_scim001_a_user_name_that_is_no_email(applied: Tool) -> None:
    applied.console({"Application username format": "Okta username"})

    for verb in ("plan", "audit"):
        said = found(applied, verb)["SCIM001"]
        assert said["address"] == "okta.saml_app/dbt"
        assert said["found"] == "okta_username"
        assert said["severity"] == "high"


def test_scim002_a_slash_at_the_end_or_too_many(simulated: Start) -> None:
    tool = simulated()
    for base in ("http://127.0.0.1:1/scim/v2/", "http://127.0.0.1:1//scim/v2"):
        own(tool, base=base)
        came = tool.run("validate")
        assert came.code == 0
        assert "SCIM002 medium" in came.out


def test_scim002_an_underscore_fails_with_the_line(simulated: Start) -> None:
    tool = simulated()
    own(tool, base="https://ab_123.us1.dbt.com/api/v3/accounts/1/scim/v2")

    came = tool.run("validate")

    assert came.code == 1
    assert "SCIM002 okta.scim_provisioning base_url: expected no underscore" in came.err
    assert "own.yaml:8" in came.err


def test_scim002_the_tenants_own_url_is_looked_at_too(simulated: Start) -> None:
    tool = simulated()
    url = "    dbt_cloud:\n      scim_base_url: http://127.0.0.1:1/api//v3/scim/v2\n"
    tool.config.write_text(tool.config.read_text().replace("    dbt_cloud:\n", url))

    came = tool.run("validate")

    assert "SCIM002 medium" in came.out
    assert re.search(r"config\.yaml:\d+: warning SCIM002", came.out)


def test_scim003_another_identity_provider_is_not_okta(applied: Tool) -> None:
    applied.dbt("POST", f"/auth-provider/{provider(applied)['id']}/", json={"type": "gsuite"})

    assert found(applied)["SCIM003"]["found"] == "gsuite"


def test_scim004_manual_updates_that_nobody_declared(set_up_already: Start) -> None:
    tool = set_up_already()
    own(tool, base=f"{base_url(tool)}")
    text = tool.config.parent / "own.yaml"
    text.write_text(re.sub(r".*scim_config, manual.*\n", "", text.read_text()))
    switches = {"enabled": True, "manual_updates_allowed": True}
    tool.dbt("POST", "/scim-config/", json=switches)

    assert "nothing is declared" in found(tool)["SCIM004"]["found"]


def base_url(tool: Tool) -> str:
    account = tool.simulator.summary()["dbt_cloud"][0]
    return f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"


@pytest.mark.parametrize(
    ("more", "fires"),
    [
        ("", True),
        ("  - {kind: okta.group_assignment, name: dbt-acme-devs, app: A}\n", True),
        (
            "  - {kind: okta.group_assignment, name: g, app: A, profile: {licenseType: it}}\n",
            False,
        ),
        ("  - {kind: okta.profile_mapping, name: licenseType, app: A, expression: x}\n", False),
    ],
)
def test_scim005_licences_by_scim_that_nothing_fills(
    simulated: Start, more: str, *, fires: bool
) -> None:
    tool = simulated()
    text = more.replace("A,", "!ref okta.saml_app/dbt.id,").replace("A}", '"0oa1"}')
    own(tool, f"  - {{kind: dbt_cloud.scim_licences}}\n{text}")

    came = tool.run("validate")

    assert came.code == 0, came.err
    assert ("SCIM005 medium" in came.out) is fires


def test_scim006_a_pushed_group_whose_members_lack_the_app(simulated: Start) -> None:
    tool = simulated()
    tool.change(groups=[{"name": "dbt-acme-admins"}, {"name": "dbt-acme-devs", "assign": True}])
    tool.run("apply", "--yes")

    said = found(tool)

    assert said["SCIM006"]["address"] == "okta.group_push/dbt-acme-admins"
    assert re.fullmatch(r"(\d) of its \1 members don't have it", said["SCIM006"]["found"])


def test_scim006_keeps_quiet_where_the_group_was_assigned_by_somebody_else(
    applied: Tool,
) -> None:
    applied.change(groups=[{"name": "dbt-acme-admins"}])

    assert "SCIM006" not in found(applied)


def test_scim007_a_default_group_of_ones_own(applied: Tool) -> None:
    applied.dbt("POST", "/groups/", json={"name": "trainees", "assign_by_default": True})

    assert found(applied)["SCIM007"]["found"] == '"trainees" is one'


def test_scim008_a_licence_map_beside_scims(simulated: Start) -> None:
    tool = simulated()
    body = {"license_type": "it", "sso_license_mapping_groups": ["it"]}
    account = tool.simulator.summary()["dbt_cloud"][0]["account_id"]
    tool.dbt("POST", "/license-maps/", json={**body, "account_id": account})
    assert "SCIM008" not in found(tool)
    own(tool, "  - {kind: dbt_cloud.scim_licences}\n")

    assert found(tool)["SCIM008"]["found"] == "one for it"


def test_scim008_both_declared_is_told_offline(simulated: Start) -> None:
    tool = simulated()
    own(
        tool,
        "  - {kind: dbt_cloud.scim_licences}\n"
        "  - {kind: dbt_cloud.license_map, name: it, groups: [it]}\n",
    )

    assert "SCIM008 low" in tool.run("validate").out


def restrict(tool: Tool, *cidrs: str) -> None:
    tool.dbt(
        "POST",
        "/ip-restrictions/",
        json={
            "name": "office",
            "type": 1,
            "rule_set_enabled": True,
            "cidrs": [{"cidr": cidr} for cidr in cidrs],
        },
    )


def ranges(tool: Tool, *cidrs: str) -> None:
    text = tool.config.read_text()
    okta = f"    okta:\n      ip_ranges: [{', '.join(cidrs)}]\n"
    tool.config.write_text(text.replace("    okta:\n", okta))


def test_scim009_a_range_of_oktas_that_is_left_out(applied: Tool) -> None:
    restrict(applied, "127.0.0.0/8", "203.0.113.0/24")
    ranges(applied, "203.0.113.0/25", "198.51.100.0/24")

    said = found(applied)["SCIM009"]

    assert (said["severity"], said["found"]) == ("high", "198.51.100.0/24 isn't")


def test_scim009_ranges_that_are_let_in_are_not_told(applied: Tool) -> None:
    restrict(applied, "127.0.0.0/8", "203.0.113.0/24")
    ranges(applied, "203.0.113.0/25")

    assert "SCIM009" not in found(applied)


def test_scim009_without_ranges_oktas_use_of_the_token_since_tells(applied: Tool) -> None:
    applied.simulator.clock.advance(60)
    restrict(applied, "127.0.0.0/8")
    before = found(applied)["SCIM009"]
    applied.simulator.clock.advance(60)
    app = applied.app()["id"]
    applied.okta("POST", f"/api/v1/apps/{app}/connections/default/lifecycle/activate")

    assert before["severity"] == "low"
    assert "can't be told" in before["found"]
    assert "SCIM009" not in found(applied)


def test_a_range_that_is_none_is_refused_with_its_line(applied: Tool) -> None:
    ranges(applied, "203.0.113.0/33")

    came = applied.run("validate")

    assert came.code == 1
    assert "203.0.113.0/33 is no range of addresses" in came.err


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        ([], []),
        ([(1, "10.0.0.0/8")], ["192.0.2.0/24"]),
        ([(1, "192.0.0.0/8")], []),
        ([(1, "192.0.2.0/25")], ["192.0.2.0/24"]),
        ([(2, "192.0.2.7/32")], ["192.0.2.0/24"]),
        ([(1, "192.0.2.0/24"), (2, "192.0.2.0/30")], ["192.0.2.0/24"]),
        ([(2, "2001:db8::/32")], []),
    ],
)
def test_a_range_is_let_in_only_as_a_whole(rules: list[tuple[int, str]], left: list[str]) -> None:
    given = [{"type": sort, "cidrs": [{"cidr": cidr}]} for sort, cidr in rules]

    out = ip_rules.left_out([ip_rules.ip_network("192.0.2.0/24")], given)

    assert [str(each) for each in out] == left


def test_scim010_a_token_that_is_more_than_a_year_old(applied: Tool) -> None:
    applied.simulator.clock.advance(timedelta(days=366, minutes=1).total_seconds())

    said = found(applied)["SCIM010"]

    assert said["address"] == "dbt_cloud.scim_token/okta"
    assert "366 days old" in said["found"]


def test_scim010_a_token_that_is_older_than_its_max_age(simulated: Start) -> None:
    tool = simulated()
    own(tool)
    text = tool.config.parent / "own.yaml"
    text.write_text(text.read_text().replace("name: okta}", "name: okta, max_age: 30}"))
    assert tool.run("apply", "--yes").code == 0
    fresh = found(tool)
    tool.simulator.clock.advance(timedelta(days=31, minutes=1).total_seconds())

    said = found(tool)["SCIM010"]

    assert "SCIM010" not in fresh
    assert (said["expected"], said["found"].partition('"')[2][-11:]) == (
        "30 days at most",
        "31 days old",
    )


def test_scim010_a_token_that_people_made_is_told_of_and_a_superseded_one_of_ours_is_not(
    applied: Tool,
) -> None:
    theirs = applied.dbt("POST", "/scim-config/tokens/", json={"name": "okta-manual"})["data"]
    assert applied.run("rotate", "--yes").code == 0
    applied.simulator.clock.advance(timedelta(days=366, minutes=1).total_seconds())

    came = applied.run("plan", "--output", "json").json["tenants"][0]["findings"]

    ids = {f["found"].split()[0] for f in came if f["id"] == "SCIM010"}
    assert ids == {str(theirs["id"]), str(applied.app()["token_id"])}


@pytest.mark.parametrize(
    ("days", "severity"), [(31, None), (29, None), (1, None), (-1, Severity.HIGH)]
)
def test_scim011_a_certificate_is_told_of_a_month_ahead(
    days: int, severity: Severity | None
) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)

    hit = certificates.told((now + timedelta(days=days)).isoformat(), now)

    assert (hit is None) is (days > 30)
    assert hit is None or hit.severity is severity


def test_scim011_what_dbt_says_of_its_certificate_is_told(applied: Tool) -> None:
    now = datetime.fromtimestamp(applied.simulator.clock.now(), UTC)
    soon = now + timedelta(days=12, hours=1)
    (account,) = applied.simulator._world.accounts.values()
    (there,) = account.auth_providers.values()
    there["cert_expiry_date"] = soon.isoformat()

    said = found(applied)["SCIM011"]

    assert said["severity"] == "medium"
    assert said["found"] == f"it expires on {soon:%Y-%m-%d}"


def test_scim012_two_groups_in_dbt_that_differ_by_case(applied: Tool) -> None:
    applied.dbt("POST", "/groups/", json={"name": "DBT-acme-devs"})

    said = found(applied)["SCIM012"]

    assert said["address"] == "okta.group_push/dbt-acme-devs"
    assert said["found"] == 'dbt has "DBT-acme-devs", "dbt-acme-devs"'


def test_scim012_two_pushes_to_one_name_are_told_offline(simulated: Start) -> None:
    tool = simulated()
    push = "  - {kind: okta.group_push, name: N, app: !ref okta.saml_app/dbt.id, target: T}\n"
    own(tool, push.replace("N", "a").replace("T", "Devs") + push.replace("N", "b"))
    text = tool.config.parent / "own.yaml"
    text.write_text(text.read_text().replace("target: T", "target: devs"))

    assert 'SCIM012 medium: acme: okta.group_push/b: "Devs" and "devs"' in tool.run("validate").out


def test_scim013_an_attribute_that_two_kinds_decide_on_fails_with_both_places(
    simulated: Start,
) -> None:
    tool = simulated()
    app = "app: !ref okta.saml_app/dbt.id"
    own(
        tool,
        f"  - {{kind: okta.group_assignment, name: g, {app}, profile: {{licenseType: it}}}}\n"
        f"  - {{kind: okta.profile_mapping, name: licenseType, {app}, expression: x}}\n",
    )

    came = tool.run("validate")

    assert came.code == 1
    assert "SCIM013" in came.err
    assert "own.yaml:10" in came.err
    assert "own.yaml:11" in came.err


@pytest.mark.parametrize(
    ("licence", "values", "fires"),
    [
        ("readonly", "", True),
        ("Developer", "", True),
        ("read_only", "", False),
        ("null", "", False),
        ("it", ", values: [developer, explorer]", True),
        ("explorer", ", values: [developer, explorer]", False),
    ],
)
def test_scim014_a_licence_that_dbt_does_not_know_fails_with_the_line_and_what_was_meant(
    simulated: Start, licence: str, values: str, *, fires: bool
) -> None:
    tool = simulated()
    app = "app: !ref okta.saml_app/dbt.id"
    own(
        tool,
        f"  - {{kind: okta.app_user_schema, name: licenseType, {app}{values}}}\n"
        f"  - {{kind: okta.group_assignment, name: g, {app}, "
        f"profile: {{licenseType: {licence}}}}}\n",
    )

    came = tool.run("validate")

    assert (came.code == 1) is fires
    assert ("SCIM014" in came.err) is fires
    assert ("own.yaml:11" in came.err) is fires
    assert ('near: "read_only"' in came.err) is (licence == "readonly")


def test_scim014_a_groups_licence_is_told_with_the_line_of_the_config_and_nothing_is_written(
    simulated: Start,
) -> None:
    tool = simulated()
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "dbt_cloud_full"))
    tool.change(groups=[{"name": "dbt-acme-devs", "license": "readonly"}])

    sent = tool.sent("apply", "--yes")
    came = tool.run("apply", "--yes")

    assert came.code == 1
    assert sent == []
    assert re.search(r"from +\S*config.yaml:\d+", came.err)
