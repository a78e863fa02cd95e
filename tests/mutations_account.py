"""Every change of a dbt account: switches, permissions, licences, tokens, rules of access."""

from __future__ import annotations

from collections.abc import Iterator

from hands_dbt import (
    change_dbt_group,
    licence_map,
    made_elsewhere,
    more_permissions,
    permissions,
    restrict,
    revoke,
    rotated,
    switch,
)
from mutation import ADMIN, DAY, ON_BOTH, TIME, TOOL, Mutation
from tenants import API, HAND


def of_switches() -> Iterator[Mutation]:
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


def of_tokens() -> Iterator[Mutation]:
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
    orphaned = frozenset({"AUD502", "AUD504", "AUD111"})
    for attribute, found in (("tokens", "AUD502"), ("token", "AUD504")):
        yield Mutation(
            k,
            attribute,
            "a run elsewhere makes another of ours, and Okta isn't given it",
            TOOL,
            dbt,
            made_elsewhere,
            found,
            wait=2 * DAY,
            also=orphaned | connection,
        )
    yield Mutation(
        k,
        "",
        "the grace of one that was rotated is over, and nobody retires it",
        TIME,
        dbt,
        rotated,
        "AUD113",
        wait=2 * DAY,
    )
    late = frozenset({"AUD416", "AUD505", "AUD216", "AUD111", "SCIM010"})
    for tenant, days, found in ((API, 310, "AUD114"), (HAND, 370, "AUD503")):
        yield Mutation(
            k,
            "max_age",
            "it gets too old" + (", and no age is declared" if tenant == HAND else ""),
            TIME,
            dbt,
            lambda _: None,
            found,
            tenant=tenant,
            wait=days * DAY,
            also=late,
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


def of_the_account() -> Iterator[Mutation]:
    yield Mutation(
        "account",
        "ip_restrictions",
        "IP restrictions are switched on",
        ADMIN,
        "dbt",
        restrict,
        "AUD711",
        also=frozenset({"SCIM009"}),
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
        also=frozenset({"AUD114", "AUD505", "AUD416", "AUD111", "AUD216", "SCIM010", "SCIM011"}),
    )
