"""The five ways to hurt people, by a wrong file, a wrong click, a crash or another tool.

Each of the twenty is tried, and refused, stopped or mended.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from mortal import DIES_AFTER, DIES_BEFORE, KILLED, OK, Mortal
from sso import Start, apply, changes, data, forget, from_nothing, provider, set_up, use
from tool import Came, Tool

from okta_scim_setup.traffic.exchange import Request

LOCK_OUT = "lock-out"
MASS_DEACTIVATION = "mass deactivation"
LICENCE_COST = "licence cost"
DELETED_GROUPS = "deleted groups"
LEAKED_TOKEN = "leaked token"
WAYS = (LOCK_OUT, MASS_DEACTIVATION, LICENCE_COST, DELETED_GROUPS, LEAKED_TOKEN)

FILE, CLICK, CRASH, TOOL = "a wrong file", "a wrong click", "a crash", "a second tool"
CAUSES = (FILE, CLICK, CRASH, TOOL)

Cell = Callable[[Start, pytest.MonkeyPatch], None]

TABLE: dict[tuple[str, str], Cell] = {}
"""Each way and cause, and the test of it."""

APP = "!ref okta.saml_app/dbt.id"


def cell(way: str, cause: str) -> Callable[[Cell], Cell]:
    """Enter a test into the table."""

    def enter(tried: Cell) -> Cell:
        assert (way, cause) not in TABLE
        TABLE[way, cause] = tried
        return tried

    return enter


def test_every_way_and_every_cause_is_tried() -> None:
    assert set(TABLE) == {(way, cause) for way in WAYS for cause in CAUSES}


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_hurt(
    simulated: Start, monkeypatch: pytest.MonkeyPatch, way: str, cause: str
) -> None:
    TABLE[way, cause](simulated, monkeypatch)


# -- lock-out: nobody, or no administrator, can get in


@cell(LOCK_OUT, FILE)
def passwords_off_before_anybody_signed_in(start: Start, patch: pytest.MonkeyPatch) -> None:
    tool = from_nothing(start)
    assert set_up(tool).code == 0
    enforce(tool)

    came = apply(tool)

    refused(came, "dbt_cloud.auth_provider: nobody was seen to sign in with Okta")
    assert provider(tool)["allow_password_backdoor"] is True


@cell(LOCK_OUT, CLICK)
def the_app_deactivated_in_the_console(start: Start, patch: pytest.MonkeyPatch) -> None:
    tool = from_nothing(start)
    assert set_up(tool).code == 0
    enforce(tool)
    tool.simulator.sign_in(tool.app()["id"], "ada.lovelace@acme.example")
    tool.console({"App status": "Inactive"})

    came = apply(tool)

    assert came.code == 1
    assert "is inactive" in came.out
    assert provider(tool)["allow_password_backdoor"] is True


@cell(LOCK_OUT, CRASH)
def death_while_sso_is_set_up(start: Start, patch: pytest.MonkeyPatch) -> None:
    tool = from_nothing(start)
    mortal = Mortal(tool, patch)
    sink = ("--token-to", f"file:{tool.config.parent / 'token'}")

    died, _ = mortal.run("apply", "--yes", *sink, fate=at("POST", "/auth-provider/", DIES_AFTER))
    came = tool.run("apply", "--yes", *sink)

    assert died.code == KILLED
    assert came.code == 3, came.out
    assert provider(tool)["allow_password_backdoor"] is True
    assert len(labels(tool)) == 1


@cell(LOCK_OUT, TOOL)
def another_tool_shut_the_back_door_and_turned_sso_elsewhere(
    start: Start, patch: pytest.MonkeyPatch
) -> None:
    tool = from_nothing(start)
    assert set_up(tool).code == 0
    enforce(tool)
    theirs = {"allow_password_backdoor": False, "sso_url": "https://x.example"}
    tool.dbt("POST", f"/auth-provider/{provider(tool)['id']}/", json=theirs)

    came = apply(tool)

    refused(came, "whom dbt trusts isn't changed while passwords are off")


# -- mass deactivation


@cell(MASS_DEACTIVATION, FILE)
def groups_declared_absent(start: Start, patch: pytest.MonkeyPatch) -> None:
    tool = provisioned(start)
    own(tool, absent("okta.group_assignment", "dbt-acme-admins", "dbt-acme-devs"))

    came = apply(tool, "delete=2")

    refused(came, "7 people would be deactivated", "okta.group_assignment/dbt-acme-devs")
    assert "--allow deactivate=7" in came.out
    assert len(managed(tool)) == 7


@cell(MASS_DEACTIVATION, CLICK)
def user_names_of_another_format(start: Start, patch: pytest.MonkeyPatch) -> None:
    tool = provisioned(start)
    tool.console({"Application username format": "Okta username"})

    sent = tool.sent("apply", "--yes")
    came = apply(tool)

    assert came.code == 3
    assert writes(sent) == []
    assert "the user names of 7 assigned people are made anew" in came.out
    assert len(managed(tool)) == 7


@cell(MASS_DEACTIVATION, CRASH)
def death_between_a_new_group_and_the_end_of_the_old_ones(
    start: Start, patch: pytest.MonkeyPatch
) -> None:
    tool = provisioned(start)
    everybody = a_group(tool, "dbt-acme-all", people(tool, "dbt-acme-admins", "dbt-acme-devs"))
    assert everybody
    moved = (
        "  - {kind: okta.group_assignment, name: dbt-acme-all, app: !ref okta.saml_app/dbt.id}\n"
    )
    own(tool, moved + absent("okta.group_assignment", "dbt-acme-admins", "dbt-acme-devs"))

    tool.simulator.add_fault("/groups/", "status:403", method="PUT", times=9)
    failed = apply(tool, "delete=2")
    assert len(managed(tool)) == 7
    tool.simulator.clear_faults()
    for fate in (DIES_BEFORE, DIES_AFTER):
        died, _ = Mortal(tool, patch).run(
            "apply", "--yes", "--allow", "delete=2", fate=at("PUT", "/groups/", fate)
        )
        assert died.code == KILLED
        assert len(managed(tool)) == 7
    came = apply(tool, "delete=2")

    assert failed.code == 1, failed.out
    assert came.code == 0, came.out
    assert len(managed(tool)) == 7


@cell(MASS_DEACTIVATION, TOOL)
def another_tool_fills_the_group_that_was_agreed_to_go(
    start: Start, patch: pytest.MonkeyPatch
) -> None:
    tool = provisioned(start)
    own(tool, absent("okta.group_assignment", "dbt-acme-admins"))
    agreed = re.search(r"--allow (deactivate=\d+)", apply(tool, "delete=1").out)
    assert agreed
    theirs = [u["id"] for u in tool.okta("GET", "/api/v1/users?limit=200")]
    into(tool, "dbt-acme-admins", theirs[-2:])
    app = tool.app()["id"]
    for user in theirs[-2:]:
        tool.okta("POST", f"/api/v1/apps/{app}/users", json={"id": user})
        tool.okta("DELETE", f"/api/v1/apps/{app}/users/{user}")
    into(tool, "dbt-acme-admins", [person_of(tool, "dbt-acme-devs")])
    tool.okta("DELETE", f"/api/v1/apps/{app}/groups/{group_id(tool, 'dbt-acme-devs')}")

    came = apply(tool, "delete=1", agreed[1])

    refused(came, "people would be deactivated in dbt Cloud", "names another figure")


# -- licence cost


@cell(LICENCE_COST, FILE)
def a_licence_that_was_never_bought(start: Start, patch: pytest.MonkeyPatch) -> None:
    tool = from_nothing(start, groups=[{"name": "dbt-acme-devs", "license": "analyst"}])

    came = apply(tool)

    refused(came, "5 analyst seats would be needed, 0 were bought", "no option overrides this")
    assert len(tool.account()["users"]) == 1


@cell(LICENCE_COST, CLICK)
def an_admin_puts_everybody_into_a_group(start: Start, patch: pytest.MonkeyPatch) -> None:
    tool = from_nothing(start)
    into(tool, "dbt-acme-devs", [newcomer(tool, n) for n in range(11)])

    came = apply(tool)

    refused(
        came,
        "18 new seats would be taken in dbt Cloud, the limit is 10",
        "+ okta.group_assignment/dbt-acme-devs",
    )
    assert "--allow seats=18" in came.out
    assert len(tool.account()["users"]) == 1


@cell(LICENCE_COST, CRASH)
def death_while_people_arrive(start: Start, patch: pytest.MonkeyPatch) -> None:
    tool = start()
    use(tool, "dbt_cloud_scim", "dbt_cloud_full")
    tool.change(groups=[{"name": "dbt-acme-admins"}, {"name": "dbt-acme-devs"}])
    seats = re.search(r"developer 3 -> (\d+) of 50", tool.run("plan").out)
    assert seats

    for method, path in (
        ("POST", "/scim-config/"),  # SCIM itself
        ("POST", "/scim-config/"),  # licences by SCIM
        ("PUT", "/groups/"),
        ("POST", "/group-push/"),
    ):
        died, _ = Mortal(tool, patch).run("apply", "--yes", fate=at(method, path, DIES_AFTER))
        assert died.code == KILLED, path
    came = apply(tool)

    assert came.code == 0, came.out
    assert in_use(tool, "developer") == int(seats[1])


@cell(LICENCE_COST, TOOL)
def another_tool_takes_the_seats_meanwhile(start: Start, patch: pytest.MonkeyPatch) -> None:
    tool = from_nothing(start)
    tool.dbt("POST", "/scim-config/", json={"enabled": True, "manual_updates_allowed": True})
    made = tool.dbt("POST", "/scim-config/tokens/", json={"name": "terraform"})["data"]
    for n in range(45):
        scim_user(tool, made["token_string"], f"robot{n}@acme.example")

    came = apply(tool)

    refused(came, "developer seats would be needed, 50 were bought", "no option overrides this")


# -- deleted groups


@cell(DELETED_GROUPS, FILE)
def a_pushed_group_deleted_by_the_wrong_name(start: Start, patch: pytest.MonkeyPatch) -> None:
    tool = provisioned(start)
    push = absent("okta.group_push", "dbt-acme-devs")
    own(tool, push.replace("state: absent", "state: absent, delete_target_group: dbt-acme-admins"))
    wrong = tool.run("validate")
    own(tool, push.replace("state: absent", "state: absent, delete_target_group: dbt-acme-devs"))

    came = apply(tool)

    assert wrong.code == 1
    assert 'must say the name again: "dbt-acme-devs"' in wrong.out + wrong.err
    refused(came, "1 resource would be deleted", "okta.group_push/dbt-acme-devs")
    assert "dbt-acme-devs" in groups(tool)


@cell(DELETED_GROUPS, CLICK)
def an_admin_deletes_a_pushed_group_in_dbt(start: Start, patch: pytest.MonkeyPatch) -> None:
    """Okta's next push of it fails, and so does a new one: Okta takes it for there."""
    tool = provisioned(start)
    config, others = tool.config.read_text(), groups(tool) - {"dbt-acme-devs"}
    (devs,) = [g for g in data(tool, "/groups/") if g["name"] == "dbt-acme-devs"]
    tool.dbt("POST", f"/groups/{devs['id']}/", json={**devs, "state": 2})
    into(tool, "dbt-acme-devs", [newcomer(tool, 1)])
    assert groups(tool) == others

    sent = tool.sent("apply", "--yes")
    told = tool.run("plan")
    push = absent("okta.group_push", "dbt-acme-devs")
    own(tool, push.replace("state: absent", "state: absent, delete_target_group: dbt-acme-devs"))
    gone = apply(tool, "delete=1")
    tool.config.write_text(config)
    came = apply(tool)

    deletes = [r for r in sent if r["method"] == "DELETE"]
    assert ["deleteTargetGroup=false" in r["path"] for r in deletes] == [True]
    assert 'dbt has lost "dbt-acme-devs", and Okta still takes it for there' in told.out
    assert gone.code == came.code == 0, gone.out + came.out
    assert groups(tool) == others | {"dbt-acme-devs"}
    (devs,) = [g for g in tool.account()["groups"] if g["displayName"] == "dbt-acme-devs"]
    assert len(devs["members"]) == 6
    assert changes(tool) == []


@cell(DELETED_GROUPS, CRASH)
def death_while_a_push_is_removed(start: Start, patch: pytest.MonkeyPatch) -> None:
    tool = provisioned(start)
    own(tool, absent("okta.group_push", "dbt-acme-devs"))

    died, _ = Mortal(tool, patch).run(
        "apply", "--yes", "--allow", "delete=1", fate=at("PATCH", "/mappings/", DIES_AFTER)
    )
    came = apply(tool, "delete=1")

    assert died.code == KILLED
    assert came.code == 0, came.out
    (devs,) = [g for g in tool.account()["groups"] if g["displayName"] == "dbt-acme-devs"]
    assert len(devs["members"]) == 5


@cell(DELETED_GROUPS, TOOL)
def another_tool_deletes_the_group_that_we_push(start: Start, patch: pytest.MonkeyPatch) -> None:
    tool = from_nothing(start)
    assert set_up(tool).code == 0
    app = tool.app()["id"]
    mappings = f"/api/v1/apps/{app}/group-push/mappings"
    devs = group_id(tool, "dbt-acme-devs")
    (mapping,) = [m for m in tool.okta("GET", mappings) if m["sourceGroupId"] == devs]
    tool.okta("PATCH", f"{mappings}/{mapping['id']}", json={"status": "INACTIVE"})
    tool.okta("DELETE", f"{mappings}/{mapping['id']}?deleteTargetGroup=true")
    assert "dbt-acme-devs" not in groups(tool)

    audit = tool.run("audit")
    came = apply(tool)

    assert "AUD311" in audit.out
    assert came.code == 0, came.out
    (found,) = [g for g in data(tool, "/groups/") if g["name"] == "dbt-acme-devs"]
    assert [p["permission_set"] for p in found["group_permissions"]] == ["developer"]


# -- leaked token


@cell(LEAKED_TOKEN, FILE)
def a_playbook_that_sends_the_token_elsewhere(start: Start, patch: pytest.MonkeyPatch) -> None:
    tool = start()
    text = """
  - {kind: dbt_cloud.scim_token, name: okta}
  - kind: okta.scim_provisioning
    app: !ref okta.saml_app/dbt.id
    base_url: https://evil.example/scim/v2
    token: !ref dbt_cloud.scim_token/okta.token
"""
    own(tool, text, before="dbt_cloud_scim")

    came = apply(tool)

    assert came.code == 1
    assert "the token isn't for evil.example" in came.out
    assert tool.account()["tokens"] == []


@cell(LEAKED_TOKEN, CLICK)
def an_admin_turns_the_connection_to_another_account(
    start: Start, patch: pytest.MonkeyPatch
) -> None:
    tool = start(2, orgs=1)
    assert apply(tool).code == 0
    app, other = tool.app()["id"], tool.simulator.summary()["dbt_cloud"][1]
    their = f"{other['access_url']}/api/v3/accounts/{other['account_id']}/scim/v2"
    token = tool.dbt("POST", "/scim-config/tokens/", 1, json={"name": "x"})["data"]["token_string"]
    tool.simulator.console(app, {"Base URL": their, "API Token": token})

    sent = tool.sent("apply", "--yes", "--tenant", "acme")
    came = tool.run("apply", "--yes", "--tenant", "acme")

    refused(came, "1 app that provisions another account would be moved", "--allow move=1")
    assert writes(sent) == []


@cell(LEAKED_TOKEN, CRASH)
def death_between_making_a_token_and_handing_it_over(
    start: Start, patch: pytest.MonkeyPatch
) -> None:
    tool = start()

    died, _ = Mortal(tool, patch).run(
        "apply", "--yes", fate=at("POST", "/connections/default", DIES_BEFORE)
    )
    left = [token["id"] for token in tool.account()["tokens"]]
    came = apply(tool)
    tool.simulator.clock.advance(25 * 3600)
    tool.okta("POST", f"/api/v1/apps/{tool.app()['id']}/connections/default/lifecycle/activate")
    again = apply(tool)

    assert died.code == KILLED
    assert came.code == again.code == 0, came.out + again.out
    (token,) = tool.account()["tokens"]
    assert len(left) == 1
    assert token["id"] not in left
    assert tool.app()["token_id"] == token["id"]


@cell(LEAKED_TOKEN, TOOL)
def another_tool_hands_okta_a_token_that_is_in_its_state(
    start: Start, patch: pytest.MonkeyPatch
) -> None:
    """And revokes ours: whoever reads its state can deactivate everybody."""
    tool = start()
    assert apply(tool).code == 0
    (before,) = tool.account()["tokens"]
    theirs = tool.dbt("POST", "/scim-config/tokens/", json={"name": "terraform"})["data"]
    tool.simulator.console(tool.app()["id"], {"API Token": theirs["token_string"]})
    tool.dbt("DELETE", f"/scim-config/tokens/{before['id']}/")

    lost = tool.run("audit")
    came = apply(tool)
    audit = tool.run("audit")
    kept = [token["id"] for token in tool.account()["tokens"]]
    last = tool.run("rotate", "--yes", "--retire", str(theirs["id"]))

    assert "AUD111" in lost.out
    assert f'{theirs["id"]} "terraform"' in audit.out
    assert f"rotate --tenant acme --retire {theirs['id']}" in audit.out
    assert came.code == last.code == 0, came.out + last.out
    assert theirs["id"] in kept  # what we didn't make goes only once it is named
    (ours,) = tool.account()["tokens"]
    assert tool.app()["token_id"] == ours["id"] not in {before["id"], theirs["id"]}
    told = f"{lost.out}{came.out}{came.err}{audit.out}{last.out}{last.err}"
    assert theirs["token_string"] not in told


# -- what the cells have in common


def refused(came: Came, *said: str) -> None:
    """A guard said no, and says which resource and what to do."""
    assert came.code == 4, came.out
    assert "refused: " in came.out
    for text in said:
        assert text in came.out


def at(method: str, path: str, fate: str) -> Callable[[Request], str]:
    """A run whose first request that fits meets *fate*."""
    return lambda r: fate if r.method == method and path in r.path else OK


def provisioned(start: Start) -> Tool:
    """The simulator's first tenant, with both groups assigned and pushed."""
    tool = start()
    assert apply(tool).code == 0
    return tool


def enforce(tool: Tool) -> None:
    use(tool, "dbt_cloud_full", "dbt_cloud_enforce")
    tool.change(groups=[])
    forget(tool, "create_app", "login_slug", "auth0_uri", "auth0_entity_id", "groups")


def own(tool: Tool, resources: str, before: str = "") -> None:
    """Let the tenant use a playbook of its own that declares app, account and *resources*."""
    top = """
variables: {app: null, groups: []}
resources:
  - {kind: okta.saml_app, name: dbt, label: "{{ app }}"}
  - {kind: dbt_cloud.scim_config}
"""
    (tool.config.parent / "own.yaml").write_text(top + resources)
    text = tool.config.read_text()
    tool.config.write_text(re.sub(r"playbook: \S+", "playbook: ./own.yaml", text))


def absent(kind: str, *names: str) -> str:
    lines = (f"  - {{kind: {kind}, name: {name}, app: {APP}, state: absent}}\n" for name in names)
    return "".join(lines)


def writes(sent: list[dict[str, Any]]) -> list[str]:
    return [f"{r['method']} {r['path']}" for r in sent if r["method"] != "GET"]


def labels(tool: Tool) -> list[str]:
    return [app["label"] for app in tool.simulator.state()["okta"][0]["apps"]]


def managed(tool: Tool) -> set[str]:
    return {u["userName"] for u in tool.account()["users"] if u["active"] and u["scim_managed"]}


def groups(tool: Tool) -> set[str]:
    return {g["name"] for g in data(tool, "/groups/")}


def in_use(tool: Tool, licence: str) -> int:
    return sum(u["active"] and u["license_type"] == licence for u in tool.account()["users"])


def group_id(tool: Tool, name: str) -> str:
    found = tool.okta("GET", "/api/v1/groups?limit=200")
    return next(
        g["id"] for g in found if g["profile"]["name"] == name and g["type"] == "OKTA_GROUP"
    )


def people(tool: Tool, *names: str) -> list[str]:
    found = [tool.okta("GET", f"/api/v1/groups/{group_id(tool, name)}/users") for name in names]
    return [user["id"] for each in found for user in each]


def person_of(tool: Tool, name: str) -> str:
    return people(tool, name)[0]


def into(tool: Tool, name: str, users: list[str]) -> None:
    """Somebody puts people into a group in Okta."""
    for user in users:
        tool.okta("PUT", f"/api/v1/groups/{group_id(tool, name)}/users/{user}")


def a_group(tool: Tool, name: str, users: list[str]) -> str:
    tool.okta("POST", "/api/v1/groups", json={"profile": {"name": name}})
    into(tool, name, users)
    return group_id(tool, name)


def newcomer(tool: Tool, number: int) -> str:
    email = f"new{number}@acme.example"
    profile = {"login": email, "email": email, "firstName": "New", "lastName": str(number)}
    made = tool.okta("POST", "/api/v1/users?activate=true", json={"profile": profile})
    return str(made["id"])


def scim_user(tool: Tool, token: str, email: str) -> None:
    """Somebody else's tool makes a person in dbt, over SCIM."""
    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": email,
        "active": True,
        "name": {"givenName": "R", "familyName": "D"},
        "emails": [{"value": email, "primary": True, "type": "work"}],
    }
    account = tool.simulator.summary()["dbt_cloud"][0]
    url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2/Users"
    answer = requests.post(url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    answer.raise_for_status()
