"""Who is assigned to an app, directly or through groups; the lock is held throughout."""

from dataclasses import dataclass, field
from typing import Any

from okta_scim_setup.simulator.okta.records import App, AppUser, OktaGroup, OktaUser, Org
from okta_scim_setup.simulator.settings import is_usable
from okta_scim_setup.simulator.state import World


@dataclass(slots=True)
class Changes:
    """Who came to an app, who left it, whose app profile changed; user ids, but those who left."""

    added: list[str] = field(default_factory=list)
    removed: list[AppUser] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def members_of(org: Org, group: OktaGroup) -> list[str]:
    """The ids of a group's members; a BUILT_IN group has everyone who isn't deactivated."""
    if group.kind == "BUILT_IN":
        return [u.id for u in org.users.values() if u.status != "DEPROVISIONED"]
    return list(group.members)


def user_name_for(app: App, user: OktaUser) -> str:
    """The app user name that the app's template gives (Sign On, Application username format)."""
    template = str(app.body.get("credentials", {}).get("userNameTemplate", {}).get("template", ""))
    if "email" in template:
        return str(user.profile.get("email", ""))
    if "getInternalProperty" in template:
        return user.id
    return user.login


def assign(
    world: World,
    app: App,
    user: OktaUser,
    scope: str,
    *,
    profile: dict[str, Any] | None = None,
    user_name: str | None = None,
) -> AppUser:
    """Assign a person, or take over the assignment there is."""
    now = world.clock.now()
    pushes = is_usable(app) and app.provisioning.create_users
    assignment = app.users.get(user.id)
    if assignment is None:
        assignment = app.users[user.id] = AppUser(user.id, scope, now, now)
        if pushes:
            assignment.status, assignment.sync_state = "PENDING", "SYNCING"
    assignment.scope = scope
    assignment.updated = now
    assignment.profile |= profile or {}
    assignment.user_name = user_name or assignment.user_name or user_name_for(app, user)
    return assignment


def reconcile(world: World, org: Org, app: App) -> Changes:
    """Make the app's people of scope GROUP those of its assigned groups."""
    changes = Changes()
    wanted = _wanted_by_groups(org, app)
    for user_id, profile in wanted.items():
        assignment = app.users.get(user_id)
        if assignment is None:
            assign(world, app, org.users[user_id], "GROUP", profile=profile)
            changes.added.append(user_id)
        elif assignment.scope == "GROUP" and assignment.profile != profile:
            assignment.profile = dict(profile)
            changes.changed.append(user_id)
    for user_id, assignment in list(app.users.items()):
        if assignment.scope == "GROUP" and user_id not in wanted:
            changes.removed.append(app.users.pop(user_id))
    return changes


def _wanted_by_groups(org: Org, app: App) -> dict[str, dict[str, Any]]:
    """Each member's app profile: that of the group of highest priority, 0 before 1."""
    wanted: dict[str, dict[str, Any]] = {}
    for assignment in sorted(app.groups.values(), key=lambda found: found.priority):
        group = org.groups.get(assignment.group_id)
        for user_id in members_of(org, group) if group else ():
            if org.users[user_id].status != "DEPROVISIONED":
                wanted.setdefault(user_id, assignment.profile)
    return wanted
