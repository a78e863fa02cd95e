"""The certificate that the app signs in with ends soon, or has ended.

From then on nobody can sign in to dbt through Okta, until dbt was given another.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity

NOTICE = timedelta(days=30)


def _find(facts: Facts) -> Iterator[Seen]:
    for ends in facts.certificate_ends or ():
        if ends - facts.now < NOTICE:
            word = "ended" if ends < facts.now else "ends"
            yield Seen("certificate", f"valid for {NOTICE.days} days", f"{word} {ends:%Y-%m-%d}")


CONTROL = Control(
    Drift("AUD701", Severity.HIGH, "nobody will be able to sign in to dbt"),
    kind="okta.saml_app",
    needs=("certificate_ends",),
    find=_find,
    remedy="in Okta: the app, Sign On, SAML Signing Certificates: another; give it to dbt first",
)
