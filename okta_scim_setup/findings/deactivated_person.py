"""Somebody was deactivated in Okta and is still active in dbt.

They can't sign in through Okta any more, but API tokens of their own, and the password back door
where it is open, still work, and their seat is taken. Okta deactivates people in dbt only where
*Deactivate Users* is on, and doesn't try again where that fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity

GONE = frozenset({"DEPROVISIONED"})
"""The status of somebody who was deactivated (specified)."""


def _find(facts: Facts) -> Iterator[Seen]:
    for member in facts.strays:
        known = facts.whereabouts.get(member.email)
        if known and known.status in GONE:
            found = f"active in dbt, {known.status.lower()} in Okta"
            yield Seen(member.email, "inactive", found, targets=frozenset({known.id, member.email}))


CONTROL = Control(
    Drift("AUD401", Severity.CRITICAL, "somebody who left keeps their dbt access"),
    kind="dbt_cloud.scim_config",
    needs=("assigned", "members", "break_glass"),
    find=_find,
    remedy=(
        "dbt, Account settings, Users, {attribute}: end their access; then see under Tasks in Okta "
        "why the deactivation failed"
    ),
    events=(
        "user.lifecycle.deactivate",
        "application.user_membership.remove",
        "group.user_membership.remove",
        "group.application_assignment.remove",
        "user.lifecycle.delete.initiated",
    ),
    settles=True,
)
