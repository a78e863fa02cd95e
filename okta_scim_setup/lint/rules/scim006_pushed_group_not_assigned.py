"""Members of a pushed group don't arrive in dbt: they don't have the app.

A push gives nobody access: Okta sends the members who are assigned to the app and leaves the others
out, without an error.

Remedy: assign the group as well: okta.group_assignment of the same name (assign: true in the
playbook dbt_cloud_scim).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from okta_scim_setup.lint.rule import Hit, Rule, Seen, present

OWN = frozenset({"OKTA_GROUP", "BUILT_IN"})
"""Types of groups that people make, rather than an application."""


class PushedGroupNotAssigned(Rule):
    """``SCIM006``."""

    def found(self, seen: Seen) -> Iterator[Hit]:
        """Pushed groups without the app, with members without it.

        The app's groups are one GET where none is declared as assigned, the members one for each
        group without the app; who has the app was read already.
        """
        assigned = {d.resource.name for d in present(seen.declared, "okta.group_assignment")}
        for push, _ in seen.wanted("okta.group_push"):
            app_id = push.attributes()["app"]
            if push.name in assigned or not isinstance(app_id, str):
                continue
            members, left_out = _left_out(seen.api("okta"), app_id, push.name)
            if left_out:
                found = f"{left_out} of its {members} members don't have it"
                yield Hit("every member has the app", found, push.address)


def _left_out(api: Any, app_id: str, name: str) -> tuple[int, int]:
    """How many members a group has, and how many of them don't have the app."""
    ids = [group["id"] for group in api.groups_named(name) if group.get("type") in OWN]
    with_app = {each["id"] for each in api.app_groups(app_id)}
    if not ids or with_app & set(ids):
        return 0, 0
    people = {user["id"] for user in api.app_users(app_id)}
    members = {user["id"] for user in api.group_members(ids[0])}
    return len(members), len(members - people)
