"""Every change of the app, its provisioning and the attributes of its users."""

from __future__ import annotations

from collections.abc import Iterator

from hands_okta import (
    another_token,
    another_token_and_on,
    connect_elsewhere,
    console,
    delete_app,
    mapping,
    put_app,
    schema,
    status,
    toggle,
)
from hands_people import comes_in_vain
from mutation import ADMIN, ON_BOTH, PERSON, TOOL, WIPED, Mutation
from tenants import HAND


def of_the_app() -> Iterator[Mutation]:
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
                also=frozenset({"SCIM001"}),
            )
    renamed = console(Application_label="other")
    yield Mutation(k, "label", "the app is renamed", ADMIN, okta, renamed, "AUD910")
    yield Mutation(
        k,
        "label",
        "the app that would be made anew is renamed",
        ADMIN,
        okta,
        renamed,
        "AUD002",
        " ",
        tenant=HAND,
        also=frozenset({"AUD111", *(f"AUD14{n}" for n in (3, 4, 5, 6))}),
    )
    yield Mutation(k, "", "the app is deactivated", ADMIN, okta, status("deactivate"), "AUD910")
    yield Mutation(k, "", "the app is deleted", TOOL, okta, delete_app, "AUD910")


def of_provisioning() -> Iterator[Mutation]:
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
        "Okta is given another token, and uses it",
        ADMIN,
        okta,
        another_token_and_on,
        "AUD216",
        also=frozenset({"AUD501", "AUD506", "AUD111"}),
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


def of_toggles() -> Iterator[Mutation]:
    k = "okta.provisioning_features"
    yield Mutation(
        k,
        "",
        "all of them are unticked in the console",
        ADMIN,
        "Okta",
        console(Create_Users=False, Update_User_Attributes=False, Deactivate_Users=False),
        "AUD201",
        "deactivate_users",
        tenant=HAND,
        also=frozenset({"AUD202", "AUD203"}),
    )
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


def of_attributes() -> Iterator[Mutation]:
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
