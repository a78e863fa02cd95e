"""One consistent view of everything: ids and settings, no value of a token."""

from typing import Any

from okta_scim_setup.simulator.dbt_cloud.records import Account
from okta_scim_setup.simulator.dbt_cloud.scim_config import last_used
from okta_scim_setup.simulator.okta.records import App, AppUser, Org
from okta_scim_setup.simulator.settings import features, supported_actions
from okta_scim_setup.simulator.state import World


def snapshot(world: World) -> dict[str, Any]:
    """What `GET /_simulator/state` shows."""
    with world.lock:
        ids_of_tokens = {
            token.value: token.id
            for account in world.accounts.values()
            for token in account.scim_tokens.values()
        }
        return {
            "okta": [_org(world, org, ids_of_tokens) for org in world.orgs],
            "dbt_cloud": [_account(world, account) for account in world.accounts.values()],
        }


def summary(world: World) -> dict[str, Any]:
    """What a person needs to use it, tokens included."""
    return {
        "okta": [_summary_of(org) for org in world.orgs],
        "dbt_cloud": [
            {"access_url": world.url, "account_id": account.id, "token": account.token}
            for account in world.accounts.values()
        ],
    }


def _summary_of(org: Org) -> dict[str, Any]:
    return {
        "org_url": org.url,
        "api_token": next(iter(org.api_tokens), ""),
        "apps": [{"id": a.id, "label": a.label, "name": a.name} for a in org.apps.values()],
        "groups": [{"id": group.id, "name": group.name} for group in org.groups.values()],
    }


def _org(world: World, org: Org, ids_of_tokens: dict[str, int]) -> dict[str, Any]:
    return {
        "org_url": org.url,
        "apps": [_app(world, org, app, ids_of_tokens) for app in org.apps.values()],
    }


def _app(world: World, org: Org, app: App, ids_of_tokens: dict[str, int]) -> dict[str, Any]:
    settings = app.provisioning
    return {
        "id": app.id,
        "label": app.label,
        "name": app.name,
        "status": app.status,
        "features": features(app, world.switches),
        "token_id": ids_of_tokens.get(settings.token or ""),
        "scim_enabled": settings.scim_enabled,
        "connection": {"status": settings.status, "base_url": settings.base_url},
        "unique_identifier": settings.unique_identifier,
        "actions": list(supported_actions(app)),
        "auth_mode": settings.auth_mode,
        "create_users": settings.create_users,
        "update_user_attributes": settings.update_user_attributes,
        "deactivate_users": settings.deactivate_users,
        "username_template": app.body.get("credentials", {})
        .get("userNameTemplate", {})
        .get("template"),
        "assigned": [_assigned(org, assignment) for assignment in app.users.values()],
        "assigned_groups": [
            {"id": a.group_id, "name": org.groups[a.group_id].name, "priority": a.priority}
            for a in app.groups.values()
        ],
        "push_mappings": [
            {
                "id": mapping.id,
                "source_group": org.groups[mapping.source_group_id].name,
                "target_group": org.groups[mapping.target_group_id].name,
                "status": mapping.status,
                "error_summary": mapping.error_summary,
                "scim_id": org.groups[mapping.target_group_id].scim_id,
            }
            for mapping in app.mappings.values()
        ],
    }


def _assigned(org: Org, assignment: AppUser) -> dict[str, Any]:
    return {
        "id": assignment.user_id,
        "login": org.users[assignment.user_id].login,
        "userName": assignment.user_name,
        "externalId": assignment.external_id,
        "scope": assignment.scope,
        "status": assignment.status,
        "syncState": assignment.sync_state,
        "profile": assignment.profile,
    }


def _account(world: World, account: Account) -> dict[str, Any]:
    tokens = account.scim_tokens.values()
    return {
        "account_id": account.id,
        "enabled": account.enabled,
        "manual_updates_allowed": account.manual_updates_allowed,
        "scim_controlled_license_type": account.scim_controlled_license_type,
        "tokens": [{"id": t.id, "name": t.name, "last_used": last_used(world, t)} for t in tokens],
        "users": [
            {
                "id": member.id,
                "userName": member.user_name,
                "active": member.active,
                "scim_managed": member.scim_managed,
                "license_type": member.license_type,
                "externalId": member.external_id,
                "name": f"{member.given_name} {member.family_name}",
            }
            for member in account.members.values()
        ],
        "groups": [
            {
                "id": group.id,
                "displayName": group.name,
                "members": [account.members[m].user_name for m in group.members],
                "scim_managed": group.scim_managed,
            }
            for group in account.groups.values()
            if not group.deleted
        ],
    }
