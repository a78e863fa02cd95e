"""Okta takes somebody for a dbt user who isn't there, or isn't active.

Another tool, or an administrator of dbt, removed or deactivated them. Okta doesn't look, so it
believes that they have access.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    for person in facts.assigned or ():
        if person.external_id is None or not facts.settled(person.changed):
            continue
        member = facts.member_of(person)
        if member is None or not member.active:
            found = "inactive in dbt" if member else f"dbt has no user {person.external_id}"
            targets = frozenset({person.id, person.user_name})
            well = person.pushed
            yield Seen(person.user_name, "active", found, targets=targets, well=well)


CONTROL = Control(
    Drift("AUD412", Severity.HIGH, "somebody who shall have dbt access has lost it"),
    kind="okta.scim_provisioning",
    needs=("assigned", "members"),
    find=_find,
    remedy="in Okta: the app, Assignments: take the app from {attribute} and give it back",
    events=("account.UserRemoved", "account.UserUpdated"),
)
