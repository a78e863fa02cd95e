"""Who may call an org: API Services apps with keys and scopes, and API tokens, with roles."""

from collections.abc import Iterable
from typing import Any

from okta_scim_setup.simulator.ids import okta_api_token
from okta_scim_setup.simulator.okta import roles
from okta_scim_setup.simulator.okta.records import OktaUser, ServiceApp
from okta_scim_setup.simulator.state import World


def register(
    world: World,
    *,
    org: int,
    key: dict[str, Any] | str,
    scopes: Iterable[str],
    dpop: bool = False,
    client_id: str | None = None,
    role: str = "SUPER_ADMIN",
    apps: list[str] | None = None,
) -> str:
    """Register a service app with its public key, a JWK or PEM; return its client id.

    Raises:
        ValueError: there is no such role.

    """
    granted = roles.grant(role, apps)
    with world.lock:
        identifier = client_id or world.ids.okta("0oa")
        app = ServiceApp(identifier, key, frozenset(scopes), dpop, granted)
        world.orgs[org].service_apps[identifier] = app
        return identifier


def create_api_token(world: World, *, org: int, role: str, apps: list[str] | None = None) -> str:
    """Create an API token of an admin who has this role; return its value.

    Raises:
        ValueError: there is no such role.

    """
    granted = roles.grant(role, apps)
    with world.lock:
        found, now = world.orgs[org], world.clock.now()
        identifier = world.ids.okta("00u")
        login = f"{(role or 'no-role').lower()}-{identifier[3:9].lower()}@admins.example"
        profile = {"login": login, "email": login, "firstName": "Admin", "lastName": role or "NONE"}
        found.users[identifier] = OktaUser(identifier, profile, "ACTIVE", now, now)
        found.logins[login] = identifier
        found.grants[identifier] = granted
        token = okta_api_token()
        found.api_tokens[token] = identifier
        return token


def expire_access_tokens(world: World) -> None:
    """Let every access token of every org expire now."""
    with world.lock:
        for org in world.orgs:
            for token in org.access_tokens.values():
                token.expires = 0.0
