"""A licence map says which licence people get, and dbt heeds Okta instead.

While SCIM decides on licences dbt ignores every licence map, though it still shows them. Whoever
reads or edits one is misled.

Remedy: remove the maps (state: absent for dbt_cloud.license_map), or take dbt_cloud.scim_licences
out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from okta_scim_setup.lint.rule import Hit, Rule, Seen, at, present
from okta_scim_setup.playbook import Declared
from okta_scim_setup.results import Severity

SWITCH = "scim_controlled_license_type"


class LicenceMapIgnored(Rule):
    """``SCIM008``."""

    SEVERITY: ClassVar[Severity] = Severity.LOW

    def written(self, declared: Declared) -> Iterator[Hit]:
        """Where both are declared."""
        if _by_scim(declared):
            for declaration in present(declared, "dbt_cloud.license_map"):
                yield at(declaration, "", Hit("no licence map beside SCIM's", "declared"))

    def found(self, seen: Seen) -> Iterator[Hit]:
        """Maps that nobody declared; one GET, and only where SCIM decides."""
        api = seen.api("dbt_cloud")
        if api is None or not (_by_scim(seen.declared) or api.scim_config()[SWITCH]):
            return
        known = {d.resource.name for d in seen.declared.resources if _is_map(d.resource.kind)}
        for each in api.license_maps():
            if each["license_type"] not in known:
                yield Hit("no licence map beside SCIM's", f"one for {each['license_type']}")


def _by_scim(declared: Declared) -> bool:
    switches = present(declared, "dbt_cloud.scim_licences")
    return any(d.resource.attributes()[SWITCH] is True for d in switches)


def _is_map(kind: str) -> bool:
    return kind == "dbt_cloud.license_map"
