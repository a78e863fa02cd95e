"""Somebody's user name isn't their e-mail, or isn't the e-mail that dbt knows them by.

dbt looks people up by user name, and tells upper and lower case apart. An assignment can be given a
user name of its own, whatever the app's format says.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    for person in facts.assigned or ():
        if not facts.settled(person.changed):
            continue
        member = facts.member_of(person)
        targets = frozenset({person.id, member.email if member else person.user_name})
        if member is not None and member.email != person.user_name:
            found, well = f"{member.email} in dbt", person.pushed
            yield Seen(person.user_name, person.user_name, found, targets=targets, well=well)
        elif person.email and person.email != person.user_name:
            found = f"{person.user_name} is the user name of {person.email}"
            yield Seen(person.user_name, person.email, found, targets=targets)


CONTROL = Control(
    Drift("AUD413", Severity.MEDIUM, "dbt may not find somebody, or take them for another"),
    kind="okta.scim_provisioning",
    needs=("assigned", "members"),
    find=_find,
    remedy="in Okta: the app, Assignments, the person: let the user name be their e-mail",
    events=(
        "application.user_membership.change_username",
        "application.user_membership.update",
        "user.account.update_profile",
        "account.UserUpdated",
    ),
)
