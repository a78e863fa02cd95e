"""A group that Okta pushes isn't in dbt.

Somebody removed or renamed it there. Okta doesn't look before the next change of the group.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.findings.pushed import pushed
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    for name, target, push in pushed(facts):
        there = any(group.name == target for group in facts.groups or ())
        if push.pushed and facts.settled(push.changed) and not there:
            targets = frozenset({push.source_id, target})
            found = "no such group in dbt"
            yield Seen("target", target, found, name, targets=targets, well=push.pushed)


CONTROL = Control(
    Drift("AUD611", Severity.HIGH, "the group's people can do nothing in dbt"),
    kind="okta.group_push",
    needs=("pushes", "group_names", "groups"),
    find=_find,
    remedy="in Okta: the app, Push Groups, {name}: Push now; or restore the group's name in dbt",
    events=("user_group.Removed", "user_group.Changed"),
)
