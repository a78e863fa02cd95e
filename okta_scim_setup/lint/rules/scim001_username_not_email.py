"""dbt refuses people whose user name isn't their e-mail.

dbt takes the e-mail as the user name and compares it exactly. dbt's own page on SSO has people set
the format to an internal id, which is right for SSO alone; with SCIM on the same app every person
is refused, or doubled.

Remedy: in Okta, Sign On, Settings, set Application username format to Email. It makes the user
names of everybody who is assigned anew, so a person does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from okta_scim_setup.address import Address
from okta_scim_setup.lint.rule import Hit, Rule, Seen
from okta_scim_setup.results import Severity


class UsernameNotEmail(Rule):
    """``SCIM001``."""

    SEVERITY: ClassVar[Severity] = Severity.HIGH

    def found(self, seen: Seen) -> Iterator[Hit]:
        """Each app that SCIM is set up on and that takes something else; no GET of its own."""
        for app_id in seen.app_ids():
            found = seen.api("okta").username_format(app_id)
            if found != "email":
                yield Hit("email", found or "none", _declared_as(seen, app_id), "username_format")


def _declared_as(seen: Seen, app_id: str) -> Address | None:
    """The resource that stands for an app, or else the one that uses it."""
    for resource, live in seen.wanted("okta.saml_app"):
        if live and live.outputs.get("id") == app_id:
            return resource.address
    return next((r.address for r, _ in seen.wanted("okta.scim_provisioning")), None)
