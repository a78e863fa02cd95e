"""Somebody was given the app personally, and is in none of the groups that have it.

Where groups are declared, they say who has the app. A personal assignment stays when the person
changes the team.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    if not facts.of_kind("okta.group_assignment"):
        return
    ids = {group.id for group in facts.app_groups or ()}
    by_group = {u for g, people in (facts.group_members or {}).items() if g in ids for u in people}
    for person in facts.assigned or ():
        if person.personal and person.id not in by_group:
            targets = frozenset({person.id})
            yield Seen(person.user_name, "by a group", "assigned personally", targets=targets)


CONTROL = Control(
    Drift("AUD304", Severity.MEDIUM, "somebody has the app by another way than declared"),
    kind="okta.group_assignment",
    needs=("assigned", "app_groups", "group_members"),
    find=_find,
    remedy="put {attribute} into a group that has the app, then take the app away from the person",
    events=("application.user_membership.add", "application.user_membership.update"),
)
