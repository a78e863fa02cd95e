"""Nobody can sign in to dbt once the certificate of SSO has expired.

dbt checks what Okta signs with the certificate that it was given. When that expires, everybody is
locked out at once, administrators too unless the password back door is open.

Remedy: make a new certificate for the app in Okta, Sign On, SAML Signing Certificates, and give it
to dbt in SSO & SCIM before it becomes the active one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from okta_scim_setup.lint.rule import Hit, Rule, Seen
from okta_scim_setup.results import Severity
from okta_scim_setup.times import utc

SOON = 30
"""Days."""


class CertificateExpiring(Rule):
    """``SCIM011``; an expired one is an error."""

    def found(self, seen: Seen) -> Iterator[Hit]:
        """What dbt says of its certificate; one GET, which SCIM003 shares."""
        if seen.api("dbt_cloud") is None:
            return
        for provider in seen.api("dbt_cloud").sso_providers():
            hit = told(provider.get("cert_expiry_date"), seen.now())
            if hit is not None:
                yield hit


def told(expires: str | None, now: datetime) -> Hit | None:
    """What is to be said of a certificate that *expires* then; None: nothing."""
    if not expires:
        return None
    moment = utc(expires)
    days = (moment - now).days
    if days >= SOON:
        return None
    when = f"{moment:%Y-%m-%d}"
    if moment <= now:
        return Hit("a valid certificate", f"it expired on {when}", severity=Severity.HIGH)
    return Hit(f"a certificate valid for {SOON} days more", f"it expires on {when}")
