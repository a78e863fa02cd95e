"""Every change that somebody can make to a converged tenant, and what an audit has to find of it.

Each is made alone, through the services' APIs or the console. Kinds and their attributes come from
the models: one without a mutation, and without a reason why there is none, fails the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tenants import API, HAND, TENANTS, Tenants

ADMIN, PERSON, TOOL, TIME = "an admin", "a person who leaves", "another tool", "time"

DAY = 86_400


NEVER_TOLD = frozenset(
    {
        # dbt's log has no event for SCIM switches, SCIM tokens that are revoked, and permissions.
        *("AUD101", "AUD103", "AUD152", "AUD111", "AUD161", "AUD163", "AUD164", "AUD165"),
        # What never happened has none either; nor has, on the simulator, what has one elsewhere.
        *("AUD217", "AUD411", "AUD414", "AUD306", "AUD417"),
    }
)
"""Findings of which no log tells."""

UNTOLD = frozenset(
    {
        ("AUD611", "the group is renamed in dbt"),  # the event bears the new name
        ("AUD613", "somebody is moved to other groups by hand"),  # it names the person only
        ("AUD413", "somebody is given another user name"),
    }
)
"""Changes whose events can't be told from those of something else."""


@dataclass(frozen=True)
class Mutation:
    """One change, and what is found of it: the id and the attribute of a finding."""

    kind: str
    """The kind that it is about, or *people* and the like for what no kind declares."""
    attribute: str
    what: str
    by: str
    side: str
    make: Callable[[Tenants], object]
    found: str
    """The id of the finding; AUD910: the tenant can't be read any more, which is a finding too."""
    named: str = ""
    """The attribute that the finding names; *attribute* where it is empty."""
    tenant: str = API
    also: frozenset[str] = frozenset()
    """Ids of findings that come with it, since one change has several effects."""
    wait: float = 3600.0
    """Seconds until the audit."""

    @property
    def traced(self) -> bool:
        """Whether a log tells who did it: not of what time does, nor of what has no event."""
        untold = (self.found, self.what) in UNTOLD or self.found in NEVER_TOLD
        return self.by != TIME and not untold

    @property
    def name(self) -> str:
        way = "custom SAML app" if self.tenant == HAND else "app with an API"
        return f"{self.kind} {self.attribute}: {self.what} ({way})"


def schema(**changed: Any) -> Callable[[Tenants], object]:
    """A change of the attribute licenseType of the app's users."""

    def make(t: Tenants) -> None:
        below = f"/api/v1/meta/schemas/apps/{t.app['id']}/default"
        now = t.okta("GET", below)["definitions"]["custom"]["properties"]["licenseType"]
        properties = {"licenseType": now | changed if changed else None}
        body = {"definitions": {"custom": {"properties": properties}}}
        t.okta("POST", below, json=body)

    return make


def mapping(rule: dict[str, str] | None) -> Callable[[Tenants], object]:
    def make(t: Tenants) -> None:
        found = t.okta("GET", f"/api/v1/mappings?targetId={t.app['id']}")
        body = {"properties": {"displayName": rule}}
        t.okta("POST", f"/api/v1/mappings/{found[0]['id']}", json=body)

    return make


def switch(**changed: bool) -> Callable[[Tenants], object]:
    def make(t: Tenants) -> None:
        now = t.dbt("GET", "/scim-config/")["data"]
        t.dbt("POST", "/scim-config/", json=now | changed)

    return make


def toggle(part: str, capability: str) -> Callable[[Tenants], object]:
    body = {part: {capability: {"status": "DISABLED"}}}
    return lambda t: t.of_app("PUT", "/features/USER_PROVISIONING", json=body)


def console(**fields: Any) -> Callable[[Tenants], object]:
    return lambda t: t.console(**fields)


def connect_elsewhere(t: Tenants) -> None:
    """Okta is pointed at somebody else's account."""
    number = TENANTS["globex"]
    t.dbt("POST", "/scim-config/", number, json={"enabled": True, "manual_updates_allowed": False})
    made = t.dbt("POST", "/scim-config/tokens/", number, json={"name": "x"})["data"]
    account = t.simulator.summary()["dbt_cloud"][number]
    url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"
    _connect(t, url, made["token_string"])


def another_token(t: Tenants) -> None:
    """Okta is given a token that an admin made."""
    made = t.dbt("POST", "/scim-config/tokens/", json={"name": "okta-manual"})["data"]
    account = t.simulator.summary()["dbt_cloud"][t.number]
    url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"
    _connect(t, url, made["token_string"])


def _connect(t: Tenants, url: str, token: str) -> None:
    if t.tenant == API:
        body = {"baseUrl": url, "profile": {"authScheme": "TOKEN", "token": token}}
        t.of_app("POST", "/connections/default?activate=true", json=body)
    else:
        t.console(SCIM_connector_base_URL=url, Authorization=token)


def put_app(t: Tenants) -> None:
    """Terraform, say, changes a note."""
    app = t.of_app("GET")
    t.of_app("PUT", json=app | {"notes": {"admin": "by another tool"}})


def assign(which: str, **changed: Any) -> Callable[[Tenants], object]:
    def make(t: Tenants) -> None:
        below = f"/groups/{t.group(which)['id']}"
        now = t.of_app("GET", below)
        body = {"priority": now["priority"], "profile": now["profile"]} | changed
        t.of_app("PUT", below, json=body)

    return make


def a_group(t: Tenants) -> str:
    """Another group, with one who isn't in the others."""
    made = t.okta("POST", "/api/v1/groups", json={"profile": {"name": "somebody-elses"}})
    t.okta("PUT", f"/api/v1/groups/{made['id']}/users/{t.user('radia')['id']}")
    return str(made["id"])


def push_of(t: Tenants, which: str) -> dict[str, Any]:
    source = t.group(which)["id"]
    found = t.of_app("GET", "/group-push/mappings")
    return next(m for m in found if m["sourceGroupId"] == source)


def unpush(t: Tenants, which: str) -> None:
    below = f"/group-push/mappings/{push_of(t, which)['id']}"
    t.of_app("PATCH", below, json={"status": "INACTIVE"})
    t.of_app("DELETE", f"{below}?deleteTargetGroup=false")


def push_elsewhere(t: Tenants) -> None:
    unpush(t, "devs")
    body = {"sourceGroupId": t.group("devs")["id"], "targetGroupName": "elsewhere"}
    t.of_app("POST", "/group-push/mappings", json=body)


def failing_push(t: Tenants) -> None:
    """dbt refuses a push of the group, as long as somebody hasn't accepted an invitation, say."""
    t.simulator.add_fault("/scim/v2/Groups/", "status:400", by="okta", times=9)
    t.okta("DELETE", f"/api/v1/groups/{t.group('devs')['id']}/users/{t.user('alan')['id']}")
    t.simulator.clear_faults()


def permissions(which: str, *sets: str) -> Callable[[Tenants], object]:
    """The permissions of a group become *sets*, in all projects."""

    def make(t: Tenants) -> None:
        group = t.dbt_group(which)
        account = t.account["account_id"]
        body = [
            {"account_id": account, "group_id": group["id"], "permission_set": s}
            | {"all_projects": True}
            for s in sets
        ]
        t.dbt("POST", f"/group-permissions/{group['id']}/", json=body)

    return make


def more_permissions(which: str) -> Callable[[Tenants], object]:
    def make(t: Tenants) -> None:
        group = t.dbt_group(which)
        now = [
            {k: p[k] for k in ("permission_set", "all_projects", "project_id") if k in p}
            for p in group["group_permissions"]
        ]
        more = {"permission_set": "account_admin", "all_projects": True}
        t.dbt("POST", f"/group-permissions/{group['id']}/", json=[*now, more])

    return make


def change_dbt_group(which: str, **changed: Any) -> Callable[[Tenants], object]:
    return lambda t: t.dbt("POST", f"/groups/{t.dbt_group(which)['id']}/", json=changed)


def licence_map(groups: list[str] | None, licence: str = "read_only") -> Callable[..., object]:
    def make(t: Tenants) -> None:
        rows = t.dbt("GET", "/license-maps/")["data"]
        known = [row["id"] for row in rows if row["license_type"] == licence]
        below = f"/license-maps/{known[0]}/" if known else "/license-maps/"
        body = {
            "account_id": t.account["account_id"],
            "license_type": licence,
            "sso_license_mapping_groups": groups,
        }
        if groups is None:
            t.dbt("DELETE", below)
        else:
            t.dbt("POST", below, json=body)

    return make


def revoke(t: Tenants) -> None:
    for token in t.account["tokens"]:
        t.dbt("DELETE", f"/scim-config/tokens/{token['id']}/")


def leaves(first: str, *, deleted: bool = False) -> Callable[[Tenants], object]:
    """Somebody leaves while dbt doesn't answer: Okta doesn't try that again."""

    def make(t: Tenants) -> None:
        user = t.user(first)
        t.simulator.add_fault("/scim/v2/Users/", "status:500", by="okta", times=9)
        t.okta("POST", f"/api/v1/users/{user['id']}/lifecycle/deactivate")
        t.simulator.clear_faults()
        if deleted:
            t.okta("DELETE", f"/api/v1/users/{user['id']}")

    return make


def leaves_the_team(t: Tenants) -> None:
    t.simulator.add_fault("/scim/v2/Users/", "status:500", by="okta", times=9)
    t.okta("DELETE", f"/api/v1/groups/{t.group('devs')['id']}/users/{t.user('alan')['id']}")
    t.simulator.clear_faults()


def comes_in_vain(t: Tenants) -> None:
    t.simulator.add_fault("/scim/v2/Users", "status:500", by="okta", times=9)
    t.okta("PUT", f"/api/v1/groups/{t.group('devs')['id']}/users/{t.user('radia')['id']}")
    t.simulator.clear_faults()


def by_scim(first: str, **changed: Any) -> Callable[[Tenants], object]:
    """Another tool changes somebody in dbt."""

    def make(t: Tenants) -> None:
        below = f"/Users/{t.member(first)['id']}"
        t.scim("PUT", below, json=t.scim("GET", below) | changed)

    return make


def licence_by_scim(t: Tenants) -> None:
    extension = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User"
    by_scim("alan", **{extension: {"licenseType": "it"}})(t)


def name_by_scim(t: Tenants) -> None:
    name = "alan@elsewhere.example"
    by_scim("alan", userName=name, emails=[{"value": name, "primary": True}])(t)


def by_hand(make: Callable[[Tenants], object]) -> Callable[[Tenants], object]:
    """Something that dbt takes only while manual updates are allowed, as they are for a while."""

    def made(t: Tenants) -> None:
        switch(manual_updates_allowed=True)(t)
        make(t)
        switch(manual_updates_allowed=False)(t)

    return made


def invite(email: str) -> Callable[[Tenants], object]:
    body = {"email_addresses": [email], "license_type": "developer"}
    return by_hand(lambda t: t.dbt("POST", "/invites/", json=body))


def invited_and_came(email: Callable[[Tenants], str]) -> Callable[[Tenants], object]:
    def make(t: Tenants) -> None:
        invite(email(t))(t)
        body = {"account_id": t.account["account_id"], "email": email(t)}
        _control(t, "accept-invite", body)

    return make


def _control(t: Tenants, what: str, body: dict[str, Any]) -> None:
    import requests  # noqa: PLC0415 -- the one use

    answer = requests.post(f"{t.simulator.url}/_simulator/{what}", json=body, timeout=10)
    answer.raise_for_status()


def other_groups(t: Tenants) -> None:
    groups = {g["id"] for g in t.dbt("GET", "/groups/")["data"] if g["name"] == "Everyone"}
    wanted = {"user_id": t.member("alan")["id"], "desired_group_ids": [*groups]}
    by_hand(lambda x: x.dbt("POST", "/assign-groups/", json=wanted))(t)


def group_by_scim(t: Tenants) -> None:
    group = t.dbt_group("devs")
    person = t.member("ada")
    now = t.scim("GET", f"/Groups/{group['id']}")
    members = [*now["members"], {"value": str(person["id"]), "display": person["email"]}]
    t.scim("PUT", f"/Groups/{group['id']}", json=now | {"members": members})


def own_user_name(t: Tenants) -> None:
    body = {"credentials": {"userName": "alan@elsewhere.example"}}
    t.of_app("POST", f"/users/{t.user('alan')['id']}", json=body)


def own_licence(t: Tenants) -> None:
    body = {"scope": "USER", "profile": {"licenseType": "it"}}
    t.of_app("POST", f"/users/{t.user('alan')['id']}", json=body)


def restrict(t: Tenants) -> None:
    cidrs = [{"cidr": "203.0.113.0/24"}]
    body = {"name": "office", "type": 1, "cidrs": cidrs, "rule_set_enabled": True}
    t.dbt("POST", "/ip-restrictions/", json=body)


def elsewhere_and_on(t: Tenants) -> None:
    """Okta is pointed elsewhere where no API shows it; then life goes on, and Okta pushes."""
    connect_elsewhere(t)
    t.simulator.clock.advance(2 * DAY)
    t.okta("PUT", f"/api/v1/groups/{t.group('devs')['id']}/users/{t.user('radia')['id']}")


def group_in_okta(method: str, **sent: Any) -> Callable[[Tenants], object]:
    return lambda t: t.okta(method, f"/api/v1/groups/{t.group('devs')['id']}", **sent)


def status(what: str) -> Callable[[Tenants], object]:
    return lambda t: t.of_app("POST", f"/lifecycle/{what}")


def delete_app(t: Tenants) -> None:
    status("deactivate")(t)
    t.of_app("DELETE")


EMAIL = "alan.turing@acme.example"
RADIA = "radia.perlman@acme.example"
GONE = frozenset({"AUD401", "AUD402", "AUD403", "AUD415", "AUD613"})
WIPED = frozenset(
    {"AUD111", *(f"AUD20{n}" for n in (1, 2, 3)), *(f"AUD21{n}" for n in range(1, 7))}
)
ON_BOTH = (API, HAND)


def _app() -> Iterator[Mutation]:
    k = "okta.saml_app"
    okta = "Okta"
    for tenant in ON_BOTH:
        for named in ("Okta username", 'user.getInternalProperty("id")'):
            yield Mutation(
                k,
                "username_format",
                f"it becomes {named}",
                ADMIN,
                okta,
                console(Application_username_format=named),
                "AUD001",
                tenant=tenant,
            )
    yield Mutation(
        k,
        "label",
        "the app is renamed",
        ADMIN,
        okta,
        console(Application_label="other"),
        "AUD910",
        tenant=HAND,
    )
    yield Mutation(k, "", "the app is deactivated", ADMIN, okta, status("deactivate"), "AUD910")
    yield Mutation(k, "", "the app is deleted", TOOL, okta, delete_app, "AUD910")


def _provisioning() -> Iterator[Mutation]:
    k, okta = "okta.scim_provisioning", "Okta"
    off = "/connections/default/lifecycle/deactivate"
    yield Mutation(
        k,
        "enabled",
        "the connection is deactivated",
        TOOL,
        okta,
        lambda t: t.of_app("POST", off),
        "AUD211",
        also=WIPED,
    )
    yield Mutation(
        k,
        "enabled",
        "API integration is switched off",
        ADMIN,
        okta,
        console(Enable_API_integration=False),
        "AUD211",
        also=WIPED,
    )
    yield Mutation(
        k,
        "enabled",
        "SCIM provisioning is switched off",
        ADMIN,
        okta,
        console(Enable_SCIM_provisioning=False),
        "AUD211",
        tenant=HAND,
        also=WIPED,
    )
    yield Mutation(
        k,
        "enabled",
        "a PUT of the app wipes its provisioning",
        TOOL,
        okta,
        put_app,
        "AUD211",
        tenant=HAND,
        also=WIPED,
    )
    yield Mutation(
        k,
        "base_url",
        "Okta is pointed at another account",
        ADMIN,
        okta,
        connect_elsewhere,
        "AUD212",
        also=frozenset({"AUD111", "AUD216"}),
    )
    yield Mutation(
        k,
        "token",
        "Okta is given another token",
        ADMIN,
        okta,
        another_token,
        "AUD216",
        also=frozenset({"AUD501", "AUD111"}),
    )
    yield Mutation(
        k,
        "token",
        "Okta is given another token",
        ADMIN,
        okta,
        another_token,
        "AUD216",
        tenant=HAND,
        also=WIPED | {"AUD501"},
    )
    yield Mutation(
        k,
        "actions",
        "Push Groups is taken away",
        ADMIN,
        okta,
        console(Supported_provisioning_actions="Push New Users, Push Profile Updates"),
        "AUD214",
        tenant=HAND,
    )
    yield Mutation(
        k,
        "provision_assigned_users",
        "somebody new can't be pushed",
        PERSON,
        okta,
        comes_in_vain,
        "AUD217",
        also=frozenset({"AUD411", "AUD414"}),
    )


def _toggles() -> Iterator[Mutation]:
    k = "okta.provisioning_features"
    for attribute, label, part, capability, found in (
        ("create_users", "Create Users", "create", "lifecycleCreate", "AUD202"),
        ("update_user_attributes", "Update User Attributes", "update", "profile", "AUD203"),
        ("deactivate_users", "Deactivate Users", "update", "lifecycleDeactivate", "AUD201"),
    ):
        yield Mutation(
            k, attribute, "switched off by API", TOOL, "Okta", toggle(part, capability), found
        )
        yield Mutation(
            k,
            attribute,
            "unticked in the console",
            ADMIN,
            "Okta",
            console(**{label: False}),
            found,
            tenant=HAND,
        )


def _assignments() -> Iterator[Mutation]:
    k, okta = "okta.group_assignment", "Okta"
    reach = frozenset({"AUD306", "AUD418"})
    for tenant in ON_BOTH:
        yield Mutation(
            k,
            "priority",
            "another group counts first",
            ADMIN,
            okta,
            assign("devs", priority=7),
            "AUD302",
            tenant=tenant,
            also=reach,
        )
        yield Mutation(
            k,
            "profile",
            "its people get another licence",
            TOOL,
            okta,
            assign("devs", profile={"licenseType": "it"}),
            "AUD303",
            tenant=tenant,
            also=reach,
        )
        yield Mutation(
            k,
            "",
            "the app is taken from the group",
            ADMIN,
            okta,
            lambda t: t.of_app("DELETE", f"/groups/{t.group('devs')['id']}"),
            "AUD301",
            tenant=tenant,
            also=GONE | {"AUD304"},
        )
    yield Mutation(
        k,
        "",
        "another group is given the app",
        ADMIN,
        okta,
        lambda t: t.of_app("PUT", f"/groups/{a_group(t)}", json={}),
        "AUD305",
        "groups",
        also=reach,
    )
    yield Mutation(
        k,
        "",
        "somebody is given the app personally",
        ADMIN,
        okta,
        lambda t: t.of_app("POST", "/users", json={"id": t.user("radia")["id"]}),
        "AUD304",
        RADIA,
    )
    yield Mutation(
        k,
        "profile",
        "somebody is given a licence personally",
        ADMIN,
        okta,
        own_licence,
        "AUD306",
        EMAIL,
        also=reach,
    )
    yield Mutation(
        k, "", "the group is deleted in Okta", ADMIN, okta, group_in_okta("DELETE"), "AUD910"
    )
    renamed = {"profile": {"name": "renamed"}}
    yield Mutation(
        k,
        "",
        "the group is renamed in Okta",
        TOOL,
        okta,
        group_in_okta("PUT", json=renamed),
        "AUD910",
    )


def _pushes() -> Iterator[Mutation]:
    k, okta = "okta.group_push", "Okta"
    inactive = {"status": "INACTIVE"}
    for tenant in ON_BOTH:
        yield Mutation(
            k,
            "status",
            "the push is made inactive",
            ADMIN,
            okta,
            lambda t: t.of_app(
                "PATCH", f"/group-push/mappings/{push_of(t, 'devs')['id']}", json=inactive
            ),
            "AUD312",
            tenant=tenant,
        )
        yield Mutation(
            k,
            "",
            "the push is removed",
            TOOL,
            okta,
            lambda t: unpush(t, "devs"),
            "AUD311",
            tenant=tenant,
        )
    yield Mutation(
        k,
        "status",
        "a push fails: Okta's words are in the finding",
        PERSON,
        okta,
        failing_push,
        "AUD602",
        also=frozenset({"AUD312", "AUD613", *GONE}),
    )
    yield Mutation(
        k,
        "target",
        "the group is pushed to another group of dbt",
        ADMIN,
        okta,
        push_elsewhere,
        "AUD603",
        also=frozenset({"AUD611", "AUD613"}),
    )
    yield Mutation(
        k,
        "",
        "another group is pushed",
        ADMIN,
        okta,
        lambda t: t.of_app(
            "POST",
            "/group-push/mappings",
            json={"sourceGroupId": a_group(t), "targetGroupName": "somebody-elses"},
        ),
        "AUD601",
        "pushes",
    )
    yield Mutation(
        k,
        "target",
        "the group is removed in dbt",
        ADMIN,
        "dbt",
        change_dbt_group("devs", state=2),
        "AUD611",
        also=frozenset({"AUD161", "AUD613"}),
    )
    yield Mutation(
        k,
        "target",
        "the group is renamed in dbt",
        TOOL,
        "dbt",
        change_dbt_group("devs", name="renamed"),
        "AUD611",
        also=frozenset({"AUD161", "AUD613"}),
    )
    yield Mutation(
        k,
        "members",
        "somebody is moved to other groups by hand",
        ADMIN,
        "dbt",
        other_groups,
        "AUD613",
    )
    yield Mutation(
        k,
        "members",
        "somebody is added to the group over SCIM",
        TOOL,
        "dbt",
        group_by_scim,
        "AUD613",
    )


def _licence_attribute() -> Iterator[Mutation]:
    k = "okta.app_user_schema"
    for attribute, changed, found in (
        ("title", {"title": "Licence"}, "AUD322"),
        ("type", {"type": "integer"}, "AUD323"),
        ("external_name", {"externalName": "licence"}, "AUD324"),
        ("external_namespace", {"externalNamespace": "urn:other"}, "AUD325"),
        ("values", {"enum": ["developer"]}, "AUD326"),
        ("scope", {"scope": "SELF"}, "AUD327"),
    ):
        yield Mutation(
            k,
            attribute,
            f"changed in the schema: {next(iter(changed))}",
            ADMIN,
            "Okta",
            schema(**changed),
            found,
        )
    yield Mutation(k, "", "the attribute is removed", TOOL, "Okta", schema(), "AUD321")
    k = "okta.profile_mapping"
    other = {"expression": "user.login", "pushStatus": "PUSH"}
    once = {"expression": "user.displayName", "pushStatus": "DONT_PUSH"}
    yield Mutation(k, "expression", "another expression", ADMIN, "Okta", mapping(other), "AUD332")
    yield Mutation(
        k, "push_status", "applied on create only", ADMIN, "Okta", mapping(once), "AUD333"
    )
    yield Mutation(k, "", "the mapping is removed", TOOL, "Okta", mapping(None), "AUD331")


def _switches() -> Iterator[Mutation]:
    k, dbt = "dbt_cloud.scim_config", "dbt"
    yield Mutation(
        k, "enabled", "SCIM is switched off", ADMIN, dbt, switch(enabled=False), "AUD101"
    )
    yield Mutation(
        k,
        "manual_updates_allowed",
        "edits by hand are allowed",
        ADMIN,
        dbt,
        switch(manual_updates_allowed=True),
        "AUD103",
    )
    k = "dbt_cloud.scim_licences"
    yield Mutation(
        k,
        "scim_controlled_license_type",
        "SCIM doesn't decide on licences",
        TOOL,
        dbt,
        switch(scim_controlled_license_type=False),
        "AUD152",
    )
    k = "dbt_cloud.license_map"
    yield Mutation(k, "groups", "another group", ADMIN, dbt, licence_map(["others"]), "AUD172")
    yield Mutation(k, "", "the map is removed", TOOL, dbt, licence_map(None), "AUD171")
    yield Mutation(
        k,
        "",
        "another map is made",
        ADMIN,
        dbt,
        licence_map(["x"], "developer"),
        "AUD173",
        "groups",
    )
    k = "dbt_cloud.group_permissions"
    yield Mutation(
        k,
        "permissions",
        "one is taken away",
        ADMIN,
        dbt,
        permissions("devs", "developer"),
        "AUD163",
    )
    yield Mutation(k, "permissions", "one is added", ADMIN, dbt, more_permissions("devs"), "AUD165")
    yield Mutation(
        k,
        "others",
        "one is added where there shall be none besides",
        TOOL,
        dbt,
        more_permissions("admins"),
        "AUD164",
    )
    yield Mutation(k, "", "all are taken away", TOOL, dbt, permissions("devs"), "AUD161")
    yield Mutation(
        k,
        "group",
        "the group is removed in dbt",
        ADMIN,
        dbt,
        change_dbt_group("admins", state=2),
        "AUD161",
        " ",
        also=frozenset({"AUD611", "AUD613"}),
    )


def _tokens() -> Iterator[Mutation]:
    k, dbt = "dbt_cloud.scim_token", "dbt"
    connection = frozenset({"AUD216", "AUD212", "AUD213", "AUD214", "AUD215"})
    for tenant in ON_BOTH:
        yield Mutation(
            k,
            "",
            "the token is revoked",
            ADMIN,
            dbt,
            revoke,
            "AUD111",
            tenant=tenant,
            also=connection,
        )
    yield Mutation(
        k,
        "tokens",
        "somebody makes another token",
        ADMIN,
        dbt,
        lambda t: t.dbt("POST", "/scim-config/tokens/", json={"name": "mine"}),
        "AUD501",
    )
    yield Mutation(
        k,
        "max_age",
        "it gets too old",
        TIME,
        dbt,
        lambda _: None,
        "AUD114",
        wait=310 * DAY,
        also=frozenset({"AUD416", "AUD505", "AUD216", "AUD111"}),
    )
    yield Mutation(
        k,
        "token",
        "Okta doesn't use it for a long time",
        TIME,
        dbt,
        lambda _: None,
        "AUD505",
        wait=100 * DAY,
        also=frozenset({"AUD416"}),
    )


def _people() -> Iterator[Mutation]:
    k, okta, dbt = "people", "Okta", "dbt"
    for tenant in ON_BOTH:
        email = f"alan.turing@{tenant}.example"
        yield Mutation(
            k,
            "email",
            "somebody leaves while dbt doesn't answer",
            PERSON,
            okta,
            leaves("alan"),
            "AUD401",
            email,
            tenant=tenant,
            also=GONE,
        )
        yield Mutation(
            k,
            "email",
            "somebody changes the team while dbt doesn't answer",
            PERSON,
            okta,
            leaves_the_team,
            "AUD402",
            email,
            tenant=tenant,
            also=GONE,
        )
    yield Mutation(
        k,
        "email",
        "Okta couldn't deactivate them, in its words",
        PERSON,
        okta,
        leaves("alan"),
        "AUD415",
        EMAIL,
        also=GONE,
    )
    yield Mutation(
        k,
        "email",
        "somebody leaves and is deleted in Okta",
        PERSON,
        okta,
        leaves("alan", deleted=True),
        "AUD403",
        EMAIL,
        also=GONE,
    )
    yield Mutation(
        k,
        "email",
        "somebody new can't be pushed",
        PERSON,
        okta,
        comes_in_vain,
        "AUD411",
        RADIA,
        also=frozenset({"AUD217", "AUD414"}),
    )
    yield Mutation(
        k,
        "email",
        "a push fails, in Okta's words",
        PERSON,
        okta,
        comes_in_vain,
        "AUD414",
        RADIA,
        also=frozenset({"AUD217", "AUD411"}),
    )
    yield Mutation(
        k,
        "email",
        "somebody is invited by hand",
        ADMIN,
        dbt,
        invite("eve@elsewhere.example"),
        "AUD417",
        "eve@elsewhere.example",
    )
    yield Mutation(
        k,
        "email",
        "somebody was invited by hand, and came",
        ADMIN,
        dbt,
        invited_and_came(lambda _: "eve@elsewhere.example"),
        "AUD403",
        "eve@elsewhere.example",
    )
    yield Mutation(
        k,
        "email",
        "an employee without the app was invited by hand, and came",
        ADMIN,
        dbt,
        invited_and_came(lambda t: t.login("radia")),
        "AUD402",
        RADIA,
    )
    yield Mutation(
        k,
        "active",
        "somebody is deactivated over SCIM",
        TOOL,
        dbt,
        by_scim("alan", active=False),
        "AUD412",
        EMAIL,
        also=frozenset({"AUD613"}),
    )
    yield Mutation(
        k,
        "active",
        "somebody is removed over SCIM",
        TOOL,
        dbt,
        lambda t: t.scim("DELETE", f"/Users/{t.member('alan')['id']}"),
        "AUD412",
        EMAIL,
        also=frozenset({"AUD613"}),
    )
    yield Mutation(
        k,
        "license_type",
        "a licence is changed over SCIM",
        TOOL,
        dbt,
        licence_by_scim,
        "AUD418",
        EMAIL,
    )
    yield Mutation(
        k, "email", "an e-mail is changed over SCIM", TOOL, dbt, name_by_scim, "AUD413", EMAIL
    )
    yield Mutation(
        k,
        "user name",
        "somebody is given another user name",
        ADMIN,
        okta,
        own_user_name,
        "AUD413",
        "alan@elsewhere.example",
        also=frozenset({"AUD414"}),
    )
    yield Mutation(
        k,
        "invitation",
        "nobody accepts it",
        TIME,
        dbt,
        lambda _: None,
        "AUD416",
        "grace.hopper@acme.example",
        wait=40 * DAY,
    )


def _account() -> Iterator[Mutation]:
    yield Mutation(
        "account",
        "ip_restrictions",
        "IP restrictions are switched on",
        ADMIN,
        "dbt",
        restrict,
        "AUD711",
    )
    yield Mutation(
        "app",
        "certificate",
        "the certificate comes to its end",
        TIME,
        "Okta",
        lambda _: None,
        "AUD701",
        wait=(3650 - 20) * DAY,
        also=frozenset({"AUD114", "AUD505", "AUD416", "AUD111", "AUD216"}),
    )


MUTATIONS = (
    *_app(),
    *_provisioning(),
    *_toggles(),
    *_assignments(),
    *_pushes(),
    *_licence_attribute(),
    *_switches(),
    *_tokens(),
    *_people(),
    *_account(),
)


NO_CHANGE: dict[tuple[str, str], str] = {
    ("okta.saml_app", "id"): "Okta never changes an id; the app's removal is a mutation",
    ("okta.scim_provisioning", "app"): "says which app is meant",
    ("okta.provisioning_features", "app"): "says which app is meant",
    ("okta.group_assignment", "app"): "says which app is meant",
    ("okta.group_push", "app"): "says which app is meant",
    ("okta.app_user_schema", "app"): "says which app is meant",
    ("okta.profile_mapping", "app"): "says which app is meant",
    ("okta.group_push", "delete_target_group"): "says what apply may do",
    ("dbt_cloud.scim_token", "adopt"): "says which token is meant",
    ("dbt_cloud.scim_token", "rotate"): "is in the token's name, which nobody can change",
}
"""Attributes that nobody can change from outside, and why."""


@dataclass(frozen=True)
class Unread:
    """What no API shows, who can change it nevertheless, and what stands in for it."""

    kind: str
    attribute: str
    what: str
    make: Callable[[Tenants], object]
    stands_in: str
    found: str = ""
    """The finding of what stands in, once it shows; empty where a change may stay unseen."""


UNREAD = (
    Unread(
        "okta.scim_provisioning",
        "base_url",
        "another base URL on a custom SAML app",
        elsewhere_and_on,
        "Okta's pushes that our token has no part in, once a day has passed",
        "AUD506",
    ),
    Unread(
        "okta.scim_provisioning",
        "unique_identifier",
        "another unique identifier",
        console(Unique_identifier_field_for_users="email"),
        "people who aren't found, or arrive under another name (AUD411, AUD413, AUD414)",
    ),
    Unread(
        "okta.scim_provisioning",
        "actions",
        "Push New Users taken from the actions",
        console(Supported_provisioning_actions="Push Profile Updates, Push Groups"),
        "the To App toggles, and people who never arrive (AUD202, AUD411); Push Groups is read",
    ),
    Unread(
        "okta.scim_provisioning",
        "auth_mode",
        "another way to sign in",
        lambda _: None,
        "the token's use: another mode sends no token (AUD505, AUD506)",
    ),
    Unread(
        "okta.scim_provisioning",
        "token",
        "the token's value",
        lambda _: None,
        "its use, compared with that of other tokens and with pushes (AUD216, AUD506)",
    ),
)
"""The named list of what can't be read on a custom SAML app."""


@dataclass(frozen=True)
class Life:
    """A change that isn't drift: it is what provisioning is for, and nothing is to be found."""

    what: str
    make: Callable[[Tenants], object]


def _joins(t: Tenants) -> None:
    t.okta("PUT", f"/api/v1/groups/{t.group('devs')['id']}/users/{t.user('radia')['id']}")


def _leaves_for_good(t: Tenants) -> None:
    t.okta("POST", f"/api/v1/users/{t.user('alan')['id']}/lifecycle/deactivate")


def _renamed(t: Tenants) -> None:
    body = {"profile": {"lastName": "Mathison"}}
    t.okta("POST", f"/api/v1/users/{t.user('alan')['id']}", json=body)


def _moves(t: Tenants) -> None:
    user = t.user("alan")["id"]
    t.okta("PUT", f"/api/v1/groups/{t.group('admins')['id']}/users/{user}")
    t.okta("DELETE", f"/api/v1/groups/{t.group('devs')['id']}/users/{user}")


LIFE = (
    Life("nothing happens", lambda _: None),
    Life("somebody joins a group", _joins),
    Life("somebody leaves, and Okta deactivates them", _leaves_for_good),
    Life("somebody changes their name", _renamed),
    Life("somebody moves from one group to another", _moves),
    Life(
        "a group is made in dbt that nobody pushes",
        lambda t: t.dbt("POST", "/groups/", json={"name": "own"}),
    ),
    Life("a group is made in Okta that isn't given the app", a_group),
    Life(
        "an app of somebody else's changes",
        lambda t: t.okta("POST", "/api/v1/groups", json={"profile": {"name": "other"}}),
    ),
)
