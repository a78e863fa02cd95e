"""Somebody who visits the simulated admin console of a custom SAML app, in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from browser import Browser

if TYPE_CHECKING:
    from tests.simulator.conftest import Client, Lab

CUSTOM, CATALOGUE = 2, 0
"""Tenants: one with a custom SAML app, one with an app of the catalogue."""


def token_of(scim: Client) -> str:
    return scim.authorization.removeprefix("Bearer ")


class Visitor(Browser):
    """A browser that knows its way to an app's settings."""

    def open_app(self, lab: Lab, tenant: int = CUSTOM) -> None:
        self.open(lab.summary["okta"][tenant]["org_url"])
        self.follow(("dbt acme", "dbt globex", "dbt initech")[tenant])

    def enable(self) -> None:
        self.follow("General")
        self.follow("Edit")
        self.tick("Enable SCIM provisioning")
        self.press("Save")

    def open_connection(self, lab: Lab) -> None:
        """Up to the form of Integration."""
        self.open_app(lab)
        self.enable()
        self.follow("Provisioning")
        self.follow("Edit")

    def fill_connection(self, scim: Client, **other: str) -> None:
        fields = {
            "SCIM connector base URL": scim.base,
            "Unique identifier field for users": "userName",
            "Supported provisioning actions": "Push New Users, Push Profile Updates, Push Groups",
            "Authentication Mode": "HTTP Header",
            "Authorization": token_of(scim),
        }
        for label, value in {**fields, **other}.items():
            self.fill(label, value)

    def connect(self, lab: Lab, scim: Client) -> None:
        """Up to a saved connection."""
        self.open_connection(lab)
        self.fill_connection(scim)
        self.press("Save")
        assert self.said("status") == "Saved"
