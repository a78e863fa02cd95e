"""People are provisioned who can't sign in: dbt has no SSO with the same Okta app.

dbt's guide wants SSO with Okta connected before SCIM. Without it whoever is provisioned can't sign
in, and SSO with one identity provider beside SCIM from another isn't supported.

Remedy: set up SSO with Okta in SSO & SCIM of dbt's account settings, with the same app, then apply.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from okta_scim_setup.lint.rule import Hit, Rule, Seen, present
from okta_scim_setup.results import Severity

FROM_OKTA = frozenset({"okta", "saml"})
"""Types of SSO provider behind which Okta may be (facts: dbt 2.3)."""


class ScimWithoutSso(Rule):
    """``SCIM003``."""

    SEVERITY: ClassVar[Severity] = Severity.HIGH

    def found(self, seen: Seen) -> Iterator[Hit]:
        """The account's SSO provider: one GET, which SCIM011 shares."""
        declared = any(present(seen.declared, "dbt_cloud.auth_provider"))
        if seen.api("dbt_cloud") is None or declared or not seen.scim_wanted():
            return
        types = [str(p.get("type")) for p in seen.api("dbt_cloud").sso_providers()]
        if not FROM_OKTA & set(types):
            about = next((r.address for r, _ in seen.wanted("dbt_cloud.scim_config")), None)
            yield Hit("SSO with Okta", ", ".join(types) or "no SSO provider", about)
