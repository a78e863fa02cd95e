"""A group that nobody declared is given the app.

Its members may sign in to dbt, and take seats. Declare it, or take the app away from it; what isn't
declared isn't touched.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    declared = facts.named("okta.group_assignment")
    for group in facts.app_groups or () if declared else ():
        if group.name not in declared:
            targets = frozenset({group.id})
            yield Seen(
                "groups", "not assigned", f"{group.name} is assigned", group.name, targets=targets
            )


CONTROL = Control(
    Drift("AUD305", Severity.MEDIUM, "more people may enter dbt than declared"),
    kind="okta.group_assignment",
    needs=("app_groups",),
    find=_find,
    remedy="declare okta.group_assignment {name}, with state: absent if it shall go",
    events=("group.application_assignment.add",),
)
