"""New people don't get a default group's permissions: SCIM adds nobody to it.

While SCIM is on, dbt adds nobody to the groups that new people used to get by default. Who relied
on one comes in without its permissions. dbt's own Owner, Member and Everyone aren't told of: every
account has them.

Remedy: push a group in its stead and give that one the permissions (dbt_cloud.group_permissions),
then take Assign by default away from this one in dbt.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from okta_scim_setup.lint.rule import Hit, Rule, Seen
from okta_scim_setup.results import Severity

BUILT_IN = frozenset({"Owner", "Member", "Everyone"})
"""What every account is made with (facts: dbt 1.8)."""


class DefaultGroupIgnored(Rule):
    """``SCIM007``."""

    SEVERITY: ClassVar[Severity] = Severity.LOW

    def found(self, seen: Seen) -> Iterator[Hit]:
        """Groups of people's own that are given by default; one GET, that of the groups."""
        if seen.api("dbt_cloud") is None or not seen.scim_wanted():
            return
        for group in seen.api("dbt_cloud").groups():
            if group.get("assign_by_default") and group["name"] not in BUILT_IN:
                yield Hit("no default groups beside SCIM", f'"{group["name"]}" is one')
