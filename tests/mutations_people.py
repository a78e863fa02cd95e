"""Every change of people, on either side."""

from __future__ import annotations

from collections.abc import Iterator

from hands_okta import own_user_name
from hands_people import (
    by_scim,
    comes_in_vain,
    invite,
    invited_and_came,
    leaves,
    leaves_the_team,
    licence_by_scim,
    name_by_scim,
)
from mutation import ADMIN, DAY, EMAIL, GONE, ON_BOTH, PERSON, RADIA, TIME, TOOL, Mutation


def of_people() -> Iterator[Mutation]:
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
