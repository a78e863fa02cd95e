"""A group's people in dbt aren't those in Okta.

Somebody changed them in dbt, or a push was lost. People who haven't the app, or never arrived,
don't count: Okta pushes only who is there.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.findings.pushed import pushed
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    for name, target, push in pushed(facts):
        group = next((group for group in facts.groups or () if group.name == target), None)
        moved = (facts.group_changes or {}).get(push.source_id)
        settled = facts.settled(push.changed) and facts.settled(moved)
        if group is None or not push.pushed or not settled:
            continue
        wanted, untold = _wanted(facts, push.source_id)
        there = {
            m.id: m.email for m in facts.members or () if m.active and group.id in (m.groups or ())
        }
        more = sorted(email for key, email in there.items() if key not in wanted | untold)
        less = sorted(wanted[key] for key in wanted.keys() - there.keys() - untold.keys())
        if more or less:
            found = ", ".join(
                [*(f"{email} besides" for email in more), *(f"not {e}" for e in less)]
            )
            targets = frozenset({push.source_id, group.id, target})
            yield Seen("members", "those in Okta", found, name, targets=targets, well=push.pushed)


def _wanted(facts: Facts, group_id: str) -> tuple[dict[str, str], dict[str, str]]:
    """Who shall be in dbt's group, by id in dbt; and of whom it can't be told yet."""
    ids = (facts.group_members or {}).get(group_id, frozenset())
    active = {member.id: member for member in facts.members or () if member.active}
    by_name = {member.email.casefold(): member for member in active.values()}
    wanted: dict[str, str] = {}
    untold = {m.id: m.email for m in active.values() if m.groups is None}
    for person in facts.assigned or ():
        member = active.get(person.external_id or "") or by_name.get(person.user_name.casefold())
        if member is None:
            continue
        if person.external_id is None or not facts.settled(person.changed):
            untold[member.id] = member.email
        elif person.id in ids:
            wanted[member.id] = member.email
    return wanted, untold


CONTROL = Control(
    Drift("AUD613", Severity.HIGH, "people may do more or less in dbt than Okta says"),
    kind="okta.group_push",
    needs=("pushes", "group_names", "group_members", "groups", "assigned", "members"),
    find=_find,
    remedy="in Okta: the app, Push Groups, {name}: Push now",
    events=("user_group_user.Changed", "group.user_membership.add", "group.user_membership.remove"),
)
