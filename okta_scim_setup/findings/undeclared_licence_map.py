"""There is a licence map that nobody declared.

Where SCIM decides on licences dbt ignores it; else it decides who gets which licence at the next
sign-in.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    declared = facts.named("dbt_cloud.license_map")
    if not declared and not facts.of_kind("dbt_cloud.scim_licences"):
        return
    for licence in facts.licence_maps or ():
        if licence not in declared:
            targets = frozenset({licence})
            yield Seen("groups", "no map", f"a map for {licence}", licence, targets=targets)


CONTROL = Control(
    Drift("AUD173", Severity.LOW, "people may get another licence when they sign in"),
    kind="dbt_cloud.license_map",
    needs=("licence_maps",),
    find=_find,
    remedy="declare dbt_cloud.license_map {name}, with state: absent if it shall go",
    events=("license_map.added",),
)
