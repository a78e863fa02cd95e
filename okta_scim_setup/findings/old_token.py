"""The token that Okta holds is older than a year.

Declare ``max_age`` to have it replaced in time.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity

MOST_DAYS = 365


def _find(facts: Facts) -> Iterator[Seen]:
    aged = any(values.get("max_age") for values in facts.of_kind("dbt_cloud.scim_token").values())
    for token in facts.tokens or ():
        if token.current and not aged and token.days >= MOST_DAYS:
            yield Seen("max_age", f"at most {MOST_DAYS} days", f"{token.days} days")


CONTROL = Control(
    Drift("AUD503", Severity.LOW, "whoever got hold of it once may have it still"),
    kind="dbt_cloud.scim_token",
    needs=("tokens",),
    find=_find,
    remedy="okta-scim-setup rotate --tenant {tenant}",
)
