"""API Services apps of an org: clients with a key of their own, and granted scopes."""

from collections.abc import Iterable
from typing import Any

from okta_scim_setup.simulator.okta.records import ServiceApp
from okta_scim_setup.simulator.state import World


def register(
    world: World,
    *,
    org: int,
    key: dict[str, Any] | str,
    scopes: Iterable[str],
    dpop: bool = False,
    client_id: str | None = None,
) -> str:
    """Register a service app with its public key, a JWK or PEM; return its client id."""
    with world.lock:
        identifier = client_id or world.ids.okta("0oa")
        app = ServiceApp(identifier, key, frozenset(scopes), dpop)
        world.orgs[org].service_apps[identifier] = app
        return identifier


def expire_access_tokens(world: World) -> None:
    """Let every access token of every org expire now."""
    with world.lock:
        for org in world.orgs:
            for token in org.access_tokens.values():
                token.expires = 0.0
