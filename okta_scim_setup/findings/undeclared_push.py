"""A group is pushed to dbt that nobody declared.

Whoever is in it gets what that group may do in dbt.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    declared = facts.named("okta.group_push")
    for push in facts.pushes or () if declared else ():
        name = (facts.group_names or {}).get(push.source_id, push.source_id)
        if name not in declared:
            found = f"{name} is pushed: {push.status.lower()}"
            targets = frozenset({push.source_id, push.target_id, push.id})
            yield Seen("pushes", "not pushed", found, name, targets=targets)


CONTROL = Control(
    Drift("AUD601", Severity.LOW, "a group comes into dbt that isn't declared"),
    kind="okta.group_push",
    needs=("pushes", "group_names"),
    find=_find,
    remedy="declare okta.group_push {name}, with state: absent if it shall end",
    events=("application.provision.group_push.mapping.created",),
)
