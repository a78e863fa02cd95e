"""Fewest requests: exactly how many each verb and each kind sends, by rate-limit bucket."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from tool import Tool

from okta_scim_setup.config import Tenant, load_config
from okta_scim_setup.connections import Connections
from okta_scim_setup.pipeline import planning
from okta_scim_setup.secret import Keeper
from okta_scim_setup.traffic.pacing import okta_bucket
from okta_scim_setup.transport import Transport

Start = Callable[..., Tool]

APPS, APP, GROUPS, GROUP = (
    "/api/v1/apps",
    "/api/v1/apps/{id}",
    "/api/v1/groups",
    "/api/v1/groups/{id}",
)
META, MAPPINGS, DBT = "/api/v1/meta", "/api/v1/mappings", "dbt"
LOGS, USERS = "/api/v1/logs", "/api/v1/users"


def bucket(path: str) -> str:
    bare = path.partition("?")[0]
    return DBT if bare.startswith(("/api/v2/", "/api/v3/")) else okta_bucket(bare)


def counted(requests: list[dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(bucket(request["path"]) for request in requests))


def custom(tool: Tool) -> None:
    """Let the first tenant's app be a custom SAML app, as every real one for dbt is."""
    text = tool.config.read_text().replace("app: dbt acme", "app: Unused custom app")
    tool.config.write_text(text)


LINT = ("auth-provider", "groups", "ip-restrictions")
"""What the rules read of dbt, besides what a plan with nothing to do reads."""


def test_a_plan_with_nothing_to_do_sends_eight_requests_and_three_for_lint(
    set_up_already: Start,
) -> None:
    tool = set_up_already()
    sent = tool.sent("plan")
    assert counted(sent) == {APPS: 6, DBT: 2 + len(LINT)}
    assert set(LINT) < {last(request) for request in sent if bucket(request["path"]) == DBT}


def test_an_audit_sends_what_a_plan_sends_and_nine_for_its_controls(set_up_already: Start) -> None:
    tool = set_up_already()
    planned, audited = tool.sent("plan"), tool.sent("audit")
    more = Counter(last(r) for r in audited) - Counter(last(r) for r in planned)
    of_dbt = {"users": 1, "licenses": 1, "invites": 1, "license-maps": 1}
    of_okta = {"keys": 1, "logs": 1, "groups": 1, "users": 2}
    assert more == Counter(of_dbt) + Counter(of_okta)
    assert counted(audited) == {APPS: 7, GROUPS: 1, GROUP: 2, LOGS: 1, DBT: 9}


def last(request: dict[str, Any]) -> str:
    """The last word of a path, which says what is asked for."""
    return str(request["path"].partition("?")[0].rstrip("/").rpartition("/")[2])


@pytest.mark.parametrize("verb", ["plan", "audit"])
@pytest.mark.parametrize("playbook", ["dbt_cloud_scim", "dbt_cloud_full"])
def test_what_only_reads_asks_for_nothing_twice(simulated: Start, verb: str, playbook: str) -> None:
    tool = simulated()
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", playbook))
    for _ in ("with all to do", "with nothing, or little, to do"):
        asked = Counter(request["path"] for request in tool.sent(verb))
        assert [path for path, times in asked.items() if times > 1] == []
        tool.run("apply", "--yes")


def test_of_a_custom_saml_app_neither_connection_nor_features_are_read(simulated: Start) -> None:
    tool = simulated()
    custom(tool)
    asked = [request["path"] for request in tool.sent("audit")]
    assert [path for path in asked if "connections" in path or "features" in path] == []
    assert counted(tool.sent("plan")) == {APPS: 4, GROUPS: 1} | people(2)
    # Where there is drift: who did it, by both logs, and whom Okta knows of those without the app.
    logs = {LOGS: 1 + 2, USERS: 1}
    assert counted(tool.sent("audit")) == {APPS: 5, GROUPS: 1, GROUP: 2, DBT: 10} | logs


def people(groups: int) -> dict[str, int]:
    """What a plan that changes who may enter asks for: members; users, seats, administrators.

    Of dbt these are four more: with the login URL's slug, which both ends should have in common.
    Two of them are lint's as well, which leaves it one.
    """
    return {GROUP: groups, DBT: 2 + 4 + 1}


def test_a_first_plan_looks_up_groups_and_people_as_well(simulated: Start) -> None:
    assert counted(simulated().sent("plan")) == {APPS: 6, GROUPS: 1} | people(2)


def test_a_first_apply_writes_reads_back_and_reads_nothing_else_again(simulated: Start) -> None:
    sent = simulated().sent("apply", "--yes")
    assert counted(sent) == {APPS: 6 + 13, GROUPS: 1, GROUP: 2, DBT: 6 + 10}
    written = [r["method"] for r in sent if r["method"] != "GET" and bucket(r["path"]) == APPS]
    # Connection, toggles, two assignments, two pushes; each read back, and in the end the people.
    assert written == ["POST", "PUT", "PUT", "PUT", "POST", "POST"]


def test_a_second_apply_sends_what_a_plan_sends_without_lint(set_up_already: Start) -> None:
    tool = set_up_already()
    assert counted(tool.sent("apply", "--yes")) == {APPS: 6, DBT: 2}


def test_the_full_playbook_adds_a_request_to_the_schema_and_two_to_dbt(simulated: Start) -> None:
    tool = simulated()
    text = tool.config.read_text().replace("dbt_cloud_scim", "dbt_cloud_full")
    tool.config.write_text(text.replace("assign: true", "permissions: [developer]"))
    assert tool.run("apply", "--yes", "--allow", "downgrade=1").code == 0
    # Groups and projects; lint needs the SSO provider and IP restrictions, and licence maps where
    # licences are SCIM's.
    assert counted(tool.sent("plan")) == {APPS: 6, META: 1, DBT: 4 + 3}


def test_tenants_of_one_org_are_found_by_one_listing(simulated: Start) -> None:
    tool = simulated(tenants=12, orgs=1)
    with_an_api = ("--exclude", "initech")
    tool.run("apply", "--yes", *with_an_api)
    of_each = {APPS: 6, GROUPS: 1, GROUP: 2, DBT: 9}
    of_all = Counter({APPS: 1, LOGS: 1})  # what failed is asked of the log once for the org
    for workers in ("1", "4"):
        sent = tool.sent("audit", "--workers", workers, *with_an_api)
        assert counted(sent) == of_all + Counter({key: 11 * n for key, n in of_each.items()})
        assert [r["path"] for r in sent if r["path"].startswith("/api/v1/apps?")] == [
            "/api/v1/apps?q=dbt&limit=200"
        ]


def test_nothing_is_asked_of_an_org_before_it_is_known_what_all_its_tenants_ask_for() -> None:
    org, told = connections(), list[str]()
    begun, go_on = threading.Event(), threading.Event()

    class Told:
        def expect(self, _api: object) -> None:
            told.append("expected")

    def slow() -> None:
        begun.set()
        assert go_on.wait(60)

    org._announced["okta", "url"] = [Told(), Told()]  # type: ignore[list-item] -- what it uses
    with ThreadPoolExecutor(2) as pool:
        pool.submit(org._expect, ("okta", "url"), slow)
        assert begun.wait(60)
        other = pool.submit(org._expect, ("okta", "url"), lambda: None)
        other.add_done_callback(lambda _: told.append("asked"))
        wait([other], 0.1)  # long enough for one that doesn't wait
        go_on.set()
    assert told == ["expected", "expected", "asked"]


def test_groups_of_several_tenants_are_looked_up_in_as_few_requests_as_fit(
    simulated: Start,
) -> None:
    tool = simulated(tenants=24, orgs=1)
    sent = tool.sent("plan")
    searches = [r["path"] for r in sent if r["path"].startswith("/api/v1/groups?")]
    assert len(searches) == 2  # for 48 names
    assert all(len(path) < 1_500 for path in searches)


def test_a_listing_that_would_be_dear_is_given_up_for_one_search_each(simulated: Start) -> None:
    tool = simulated(tenants=2, orgs=1)
    for number in range(200):
        app = {"label": f"dbt other {number}", "signOnMode": "SAML_2_0", "settings": SIGN_ON}
        tool.okta("POST", "/api/v1/apps", json=app)
    asked = [r["path"] for r in tool.sent("plan") if r["path"].startswith("/api/v1/apps?")]
    assert sorted(asked) == [
        "/api/v1/apps?q=dbt%20acme&limit=200",
        "/api/v1/apps?q=dbt%20globex&limit=200",
        "/api/v1/apps?q=dbt&limit=200",
    ]


SIGN_ON = {
    "signOn": {
        "ssoAcsUrl": "https://auth.example/login/callback",
        "audience": "a",
        "recipient": "https://auth.example/login/callback",
        "destination": "https://auth.example/login/callback",
        "subjectNameIdTemplate": "${user.userName}",
        "subjectNameIdFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        "attributeStatements": [],
    }
}


READS: Mapping[str, dict[str, int]] = {
    "okta.saml_app": {APPS: 1},
    "okta.scim_provisioning": {APP: 1, APPS: 2},
    "okta.provisioning_features": {APP: 1, APPS: 1},
    "okta.app_user_schema": {APP: 1, META: 1},
    "okta.group_assignment": {APPS: 1, GROUPS: 1},
    "okta.group_push": {APPS: 1, GROUPS: 1},
    "dbt_cloud.scim_config": {DBT: 1},
    "dbt_cloud.scim_token": {DBT: 1},
    "dbt_cloud.scim_licences": {DBT: 1},
    "dbt_cloud.group_permissions": {DBT: 2},
}
"""What reading a kind costs alone; what several read is read once a run."""


@pytest.fixture
def full(simulated: Start) -> Tool:
    tool = simulated()
    text = tool.config.read_text().replace("dbt_cloud_scim", "dbt_cloud_full")
    tool.config.write_text(text.replace("assign: true", "permissions: [developer]"))
    assert tool.run("apply", "--yes", "--allow", "downgrade=1").code == 0
    return tool


def connections() -> Connections:
    transport = Transport(read_only=True)
    return Connections(transport, Keeper(), read_only=True)


def test_each_kind_reads_what_it_needs_and_nothing_twice(full: Tool, tmp_path: Path) -> None:
    (tenant,) = load_config(full.config).tenants
    taken = planning.snapshot(tenant, connections())
    found: dict[str, dict[str, int]] = {}
    for wanted in taken.all_desired():
        found[wanted.address.kind] = alone(full, tenant, wanted.resource)
    assert {kind: found[kind] for kind in READS} == READS


def alone(tool: Tool, tenant: Tenant, resource: Any) -> dict[str, int]:
    """What it costs to read *resource* twice, with nothing read before."""
    provider = resource.address.provider
    api = connections().of(tenant, [provider])[provider]
    before = len(tool.simulator.requests())
    assert resource.read(api) is not None
    resource.read(api)
    return counted([r for r in tool.simulator.requests()[before:] if r["by"] == "client"])
