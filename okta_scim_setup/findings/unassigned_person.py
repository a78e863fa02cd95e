"""Somebody is in Okta, hasn't the app, and is still active in dbt.

The app was taken away from them, or they got into dbt by another way: an invitation, or from before
SCIM. Whoever may enter without Okta is named in the tenant's ``dbt_cloud.break_glass``.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts, Whereabouts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.findings.deactivated_person import GONE
from okta_scim_setup.results import Drift, Severity

UNASKED = Whereabouts("", "")
"""Of whom Okta wasn't asked."""


def _find(facts: Facts) -> Iterator[Seen]:
    for member in facts.strays:
        known = facts.whereabouts.get(member.email, UNASKED)
        if known is UNASKED:
            yield Seen(member.email, "assigned", "active in dbt, not assigned in Okta")
        elif known is not None and known.status not in GONE:
            found = f"active in dbt, {known.status.lower()} in Okta and not assigned"
            targets = frozenset({known.id, member.email})
            yield Seen(member.email, "assigned", found, targets=targets)


CONTROL = Control(
    Drift("AUD402", Severity.CRITICAL, "somebody has dbt access that Okta doesn't know of"),
    kind="dbt_cloud.scim_config",
    needs=("assigned", "members", "break_glass"),
    find=_find,
    remedy="assign them in Okta, or end their access in dbt: Account settings, Users, {attribute}",
    events=(
        "application.user_membership.remove",
        "group.user_membership.remove",
        "group.application_assignment.remove",
        "user.lifecycle.delete.initiated",
        "account.UserAdded",
    ),
    settles=True,
)
