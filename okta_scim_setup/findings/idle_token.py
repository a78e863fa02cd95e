"""Okta hasn't used its token for a long time.

Okta calls only when something is to be pushed, so a quiet account proves nothing; but nobody knows
whether the next push would work.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity

PATIENCE = timedelta(days=90)


def _find(facts: Facts) -> Iterator[Seen]:
    for token in facts.tokens or ():
        if token.current and token.used and facts.now - token.used > PATIENCE:
            found = f"last used {token.used:%Y-%m-%d}"
            yield Seen("token", f"used within {PATIENCE.days} days", found)


CONTROL = Control(
    Drift("AUD505", Severity.LOW, "nobody knows whether the connection still works"),
    kind="dbt_cloud.scim_token",
    needs=("tokens",),
    find=_find,
    remedy="in Okta: the app, Provisioning, Integration: Test Connector Configuration",
)
