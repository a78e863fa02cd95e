"""Somebody's licence in dbt isn't the one that Okta says.

SCIM decides on licences, so nobody else should have changed it; the next push of that person puts
it right.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    for person in facts.assigned or ():
        member = facts.member_of(person)
        if member is None or not facts.licences_by_scim or not facts.settled(person.changed):
            continue
        if member.active and person.licence and member.licence != person.licence:
            targets = frozenset({person.id, member.email})
            well = person.pushed
            yield Seen(member.email, person.licence, member.licence, targets=targets, well=well)


CONTROL = Control(
    Drift("AUD418", Severity.MEDIUM, "somebody may do more or less, and takes another seat"),
    kind="dbt_cloud.scim_licences",
    needs=("assigned", "members", "licences_by_scim"),
    find=_find,
    remedy="in Okta: the app, Assignments, {attribute}: save the assignment anew, which pushes it",
    events=("account.UserUpdated",),
)
