"""Somebody who has the app in Okta isn't managed by SCIM in dbt.

Where dbt lists licences by person it says of each whether SCIM manages it. Somebody who was there
before SCIM becomes managed once Okta has pushed them.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    for person in facts.assigned or ():
        member = facts.member_of(person)
        if member is None or not member.active or not facts.settled(person.changed):
            continue
        if (facts.managed or {}).get(member.id) is False:
            yield Seen(
                member.email, "managed by SCIM", "not managed", targets=frozenset({person.id})
            )


CONTROL = Control(
    Drift("AUD419", Severity.MEDIUM, "Okta's changes of somebody don't reach dbt"),
    kind="okta.scim_provisioning",
    needs=("assigned", "members", "managed"),
    find=_find,
    remedy="in Okta: the app, Assignments: take the app from {attribute} and give it back",
    events=("account.UserAdded", "account.UserUpdated"),
)
