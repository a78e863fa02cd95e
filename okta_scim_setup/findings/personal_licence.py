"""Somebody's licence in Okta is none that the declared groups give them.

It was set for the person, in the app's assignment, and goes before what groups say. It stays when
the person changes the team.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.people import LICENCE
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    given = _given(facts)
    for person in facts.assigned or ():
        said = given.get(person.id)
        if said and person.licence and person.licence not in said and facts.settled(person.changed):
            expected = " or ".join(sorted(said))
            targets = frozenset({person.id})
            yield Seen(person.user_name, expected, person.licence, targets=targets)


def _given(facts: Facts) -> Mapping[str, set[str]]:
    """The licences that declared groups give to each of their people, by id."""
    given: dict[str, set[str]] = defaultdict(set)
    declared = facts.of_kind("okta.group_assignment")
    known = facts.group_members or {}
    if any(group.id not in known for group in facts.app_groups or ()):
        return {}  # somebody may have the licence from a group whose people weren't read
    for group in facts.app_groups or ():
        profile = declared.get(group.name, {}).get("profile") or {}
        for person in known[group.id]:
            # Empty where nothing is known of what that group gives.
            given[person].add(str(profile.get(LICENCE) or ""))
    return {person: said for person, said in given.items() if "" not in said}


CONTROL = Control(
    Drift("AUD306", Severity.MEDIUM, "somebody has another licence than their groups give"),
    kind="okta.group_assignment",
    needs=("assigned", "app_groups", "group_members"),
    find=_find,
    remedy="in Okta: the app, Assignments, {attribute}: let the group decide",
    events=("application.user_membership.update",),
)
