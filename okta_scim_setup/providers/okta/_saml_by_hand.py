"""What a person does to an app that people sign in with, and why: its pages in the console."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from okta_scim_setup.live import Live, Pending
from okta_scim_setup.results import Click

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta.saml_app import SamlApp

SIGN_ON: Mapping[str, str] = {
    "single_sign_on_url": "Single sign-on URL",
    "audience": "Audience URI (SP Entity ID)",
    "relay_state": "Default RelayState",
    "attribute_statements": "Attribute Statements",
    "group_filter": "Group Attribute Statements",
}
"""What the console calls each of ours on the page of SAML settings."""


def why(wanted: SamlApp, live: Live) -> str:
    """Why it is a person's; it isn't a matter of what the API can do."""
    renewal = live.values.get("renew_certificate")
    if isinstance(renewal, Pending):
        return f"{renewal.why}; between Okta's new one and dbt's nobody can sign in"
    if live.values["username_format"] != wanted.username_format:
        return "it changes how dbt knows everybody who is assigned"
    return "Okta's API takes an app only whole, and that resets its provisioning"


def clicks(wanted: SamlApp, live: Live, attributes: frozenset[str]) -> Iterator[Click]:
    """The Sign On page, and the SAML settings."""
    assigned, link = live.outputs["assigned"], live.outputs["link"]
    if "username_format" in attributes:
        yield Click(
            order=0,
            page="Sign On, Settings, Edit",
            note=f"the user names of {assigned} assigned people are made anew",
            fields=(("Application username format", "Email"),),
            then="Save",
            attributes=frozenset({"username_format"}),
            link=link,
            seen="the app's user name template, as Okta shows it",
        )
    if differing := attributes & SIGN_ON.keys():
        yield Click(
            order=1,
            page="General, SAML Settings, Edit",
            fields=tuple(
                (label, _written(getattr(wanted, x)))
                for x, label in SIGN_ON.items()
                if x in differing
            ),
            then="Next, Finish",
            attributes=differing,
            link=link,
            seen="the app's SAML settings, as Okta shows them",
        )
    if "renew_certificate" in attributes:
        yield Click(
            order=2,
            page="Sign On, SAML Signing Certificates",
            note="at once: until dbt has the new one nobody can sign in by Okta",
            press="Generate new certificate",
            then="Actions, Activate",
            attributes=frozenset({"renew_certificate"}),
            link=link,
            seen="the certificate in the app's metadata",
        )


def farewell(live: Live) -> Click:
    """A person deactivates it: the way in of everybody who is assigned."""
    return Click(
        order=90,
        page="the app's page, above its tabs",
        note="from then on nobody can sign in by it",
        fields=(("App status", "Inactive"),),
        attributes=frozenset({"state"}),
        link=live.outputs["link"],
        seen="the app's status, as Okta shows it",
    )


def _written(value: Any) -> str:
    """A value as a person enters it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {expression}" for name, expression in value.items())
    return str(value)
