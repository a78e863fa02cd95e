"""A group may do more in dbt than is declared.

Permissions that people gave by hand stay unless ``others: remove`` says otherwise; an audit names
them all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    for name, wanted in facts.of_kind("dbt_cloud.group_permissions").items():
        if wanted.get("others") == "remove":
            continue  # the plan says it
        declared = {str(permission) for permission in wanted.get("permissions") or ()}
        for group in facts.groups or ():
            more = [each for each in group.permissions if each not in declared]
            if group.name == wanted.get("group") and more:
                targets = frozenset({group.id, group.name})
                yield Seen("permissions", "none besides", ", ".join(more), name, targets=targets)


CONTROL = Control(
    Drift("AUD165", Severity.HIGH, "the group's people may do more than declared"),
    kind="dbt_cloud.group_permissions",
    needs=("groups",),
    find=_find,
    remedy="declare them, or others: remove for {name}",
    events=("user_group.Changed",),
)
