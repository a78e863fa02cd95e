"""Every change of how people sign in: the SAML side of the app, and whom dbt trusts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from hands_dbt import another_certificate, provider, remove_provider
from hands_okta import attribute_statements, console
from mutation import ADMIN, DAY, TIME, TOOL, WIPED, Mutation
from tenants import HAND

RENEWED = ("AUD145", "AUD146", "AUD701", "SCIM011")
"""What else is said of a certificate that is made anew."""

AGED = (*WIPED, "AUD216", "AUD416", "AUD503", "AUD505", "SCIM010")
"""What is said of all else after ten years."""

by_hand = partial(Mutation, tenant=HAND)


def of_sign_on() -> Iterator[Mutation]:
    k, okta = "okta.saml_app", "Okta"
    url = "https://elsewhere.example/login/callback?connection=other"
    for attribute, label, value, found in (
        ("single_sign_on_url", "Single_sign_on_URL", url, "AUD004"),
        ("audience", "Audience_URI_(SP_Entity_ID)", "urn:auth0:other:other", "AUD005"),
        ("relay_state", "Default_RelayState", "other", "AUD006"),
    ):
        hand = console(**{label.replace("Single_sign_on", "Single_sign-on"): value})
        yield by_hand(k, attribute, "changed in the SAML settings", ADMIN, okta, hand, found)
    email = {"name": "email", "values": ["user.login"]}
    groups = {"name": "groups", "filterValue": "dbt-.*"}
    for attribute, changed, found in (
        ("attribute_statements", email, "AUD007"),
        ("group_filter", groups, "AUD008"),
    ):
        hand = attribute_statements(**changed)
        yield by_hand(
            k, attribute, "changed by a PUT of the app", TOOL, okta, hand, found, also=WIPED
        )
    yield by_hand(
        k,
        "renew_certificate",
        "the certificate comes to its end",
        TIME,
        okta,
        lambda _: None,
        "AUD009",
        wait=(3650 - 20) * DAY,
        also=frozenset({*RENEWED, *AGED}),
    )


def of_trust() -> Iterator[Mutation]:
    k, dbt = "dbt_cloud.auth_provider", "dbt"
    elsewhere = "https://elsewhere.example/sso/saml"
    yield by_hand(k, "", "the provider is removed", ADMIN, dbt, remove_provider, "AUD141")
    for attribute, value, found in (
        ("type", "azure_single_tenant", "AUD142"),
        ("entity_id", "http://www.okta.com/exkother", "AUD143"),
        ("sso_url", elsewhere, "AUD144"),
        ("slug", "other", "AUD147"),
        ("allow_password_backdoor", False, "AUD148"),
    ):
        hand = provider(**{attribute: value})
        yield by_hand(k, attribute, "changed in dbt", ADMIN, dbt, hand, found)
    yield by_hand(
        k,
        "certificate",
        "dbt is given another one: its end tells",
        ADMIN,
        dbt,
        another_certificate,
        "AUD146",
        "certificate_expires",
    )
    yield by_hand(
        k,
        "certificate_expires",
        "another certificate is made in Okta",
        ADMIN,
        "Okta",
        console(Generate_new_certificate=True),
        "AUD146",
    )
