"""What others do in the middle of things: tokens revoked out of band, an admin's change."""

from typing import Any

from okta_scim_setup.simulator.console.changes import Console
from okta_scim_setup.simulator.console.fields import ConsoleError
from okta_scim_setup.simulator.faults.menu import ADMIN_CHANGE
from okta_scim_setup.simulator.faults.waiting import Due
from okta_scim_setup.simulator.okta.records import Org
from okta_scim_setup.simulator.service_apps import expire_access_tokens
from okta_scim_setup.simulator.state import Tenant, World

_USUAL_CHANGE = {"Create Users": False}


def act(world: World, console: Console, due: Due, tenants: list[Tenant], org: Org | None) -> None:
    """Do what a fault of this name does out of band; nothing for other faults."""
    if due.do == ADMIN_CHANGE:
        for tenant in tenants:
            _change(world, console, tenant, due.fields or _USUAL_CHANGE)
        return
    with world.lock:
        match due.do:
            case "revoke_okta_token":
                for each in [tenant.org for tenant in tenants] or ([org] if org else []):
                    each.api_tokens.clear()
            case "revoke_dbt_token":
                for tenant in tenants:
                    world.account_of_token.pop(tenant.account.token, None)
            case "revoke_scim_token":
                for tenant in tenants:
                    _revoke_held_token(tenant)
            case "expire_access_tokens":
                expire_access_tokens(world)


def _change(world: World, console: Console, tenant: Tenant, fields: dict[str, Any]) -> None:
    if tenant.app is None:
        return
    try:
        console.change(tenant.app.id, fields)
    except ConsoleError as error:
        # The admin met an error message; that isn't the request's business.
        with world.lock:
            world.notes.append(f"{tenant.name}: {error.message}")


def _revoke_held_token(tenant: Tenant) -> None:
    """Delete, in dbt, the SCIM token that Okta holds."""
    held = tenant.app.provisioning.token if tenant.app else None
    tokens = tenant.account.scim_tokens
    for token in [each for each in tokens.values() if each.value == held]:
        del tokens[token.id]
