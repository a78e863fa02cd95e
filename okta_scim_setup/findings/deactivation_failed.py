"""Okta couldn't deactivate somebody in dbt, and doesn't try again.

For a failed deactivation Okta's console has no Retry: until somebody ends it by hand, the access
goes on.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    ids = {known.id: m.email for m in facts.strays if (known := facts.whereabouts.get(m.email))}
    for event in facts.failures.events if facts.failures else ():
        if event.type.endswith(".user.deactivate"):
            for user_id in event.targets & ids.keys():
                email = ids.pop(user_id)
                targets = frozenset({user_id})
                yield Seen(email, "deactivated", event.failure, targets=targets)


CONTROL = Control(
    Drift("AUD415", Severity.HIGH, "somebody who shall have no dbt access keeps it"),
    kind="okta.scim_provisioning",
    needs=("assigned", "members", "failures"),
    find=_find,
    remedy="dbt, Account settings, Users, {attribute}: end their access; then the task in Okta",
    events=(
        "user.lifecycle.deactivate",
        "application.user_membership.remove",
        "group.user_membership.remove",
        "group.application_assignment.remove",
    ),
)
