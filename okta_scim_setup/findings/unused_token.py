"""The token that Okta shall hold was never used.

Okta tries a token when it is entered, so either it wasn't entered, or it can't reach the account.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.findings.tokens import called
from okta_scim_setup.results import Drift, Severity

PATIENCE = timedelta(days=1)


def _find(facts: Facts) -> Iterator[Seen]:
    for token in facts.tokens or ():
        if token.current and token.used is None and facts.now - token.made > PATIENCE:
            found = f"{token.id} was made {token.made:%Y-%m-%d} and never used"
            yield Seen("token", "used", found, targets=called(token))


CONTROL = Control(
    Drift("AUD504", Severity.HIGH, "Okta may not hold a token that works"),
    kind="dbt_cloud.scim_token",
    needs=("tokens",),
    find=_find,
    remedy="Okta, Provisioning, Integration: Test; else okta-scim-setup rotate --tenant {tenant}",
    events=("service_token.created",),
)
