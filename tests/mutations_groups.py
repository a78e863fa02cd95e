"""Every change of groups: who is given the app, and what is pushed."""

from __future__ import annotations

from collections.abc import Iterator

from hands_dbt import by_hand_instead, change_dbt_group
from hands_okta import (
    a_group,
    assign,
    failing_push,
    group_in_okta,
    own_licence,
    push_elsewhere,
    push_of,
    unpush,
)
from hands_people import group_by_scim, other_groups
from mutation import ADMIN, EMAIL, GONE, ON_BOTH, PERSON, RADIA, TOOL, Mutation


def of_assignments() -> Iterator[Mutation]:
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


def of_pushes() -> Iterator[Mutation]:
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
        "target",
        "the group is removed in dbt, and one of its name is made by hand",
        ADMIN,
        "dbt",
        by_hand_instead("devs"),
        "AUD612",
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
