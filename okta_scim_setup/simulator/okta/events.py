"""What the simulated Okta writes into its System Log."""

import uuid
from typing import Any

from okta_scim_setup.simulator.clock import okta_time
from okta_scim_setup.simulator.okta.records import App, OktaGroup, OktaUser, Org
from okta_scim_setup.simulator.state import World

Entity = dict[str, str]

SYSTEM: Entity = {
    "id": "okta-system",
    "type": "SystemPrincipal",
    "alternateId": "system@okta.com",
    "displayName": "Okta System",
}


def write(
    world: World,
    org: Org,
    event_type: str,
    actor: Entity,
    *targets: Entity,
    failure: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Add an event to the org's System Log (shape specified: LogEvent); hold the lock."""
    now = world.clock.now()
    org.log.append(
        {
            "uuid": str(uuid.uuid4()),
            "published": okta_time(now),
            "eventType": event_type,
            "version": "0",
            "severity": "ERROR" if failure else "INFO",
            "displayMessage": event_type.replace(".", " ").replace("_", " ").capitalize(),
            "actor": actor | {"detailEntry": None},
            "client": {"ipAddress": "127.0.0.1", "userAgent": None, "zone": "null"},
            "outcome": {
                "result": "FAILURE" if failure else "SUCCESS",
                "reason": failure or None,
            },
            "target": [target | {"detailEntry": None} for target in targets],
            "debugContext": {"debugData": details or {}},
            "transaction": {"type": "WEB", "id": str(uuid.uuid4()), "detail": {}},
        }
    )


def entity(kind: str, identifier: str, name: str, alternate: str) -> Entity:
    """An actor or target of an event."""
    return {"id": identifier, "type": kind, "alternateId": alternate, "displayName": name}


def app_entity(app: App) -> Entity:
    """An app as the target of an event."""
    return entity("AppInstance", app.id, app.label, app.label)


def user_entity(user: OktaUser) -> Entity:
    """A person as the actor or target of an event."""
    name = f"{user.profile.get('firstName', '')} {user.profile.get('lastName', '')}".strip()
    return entity("User", user.id, name, user.login)


def group_entity(group: OktaGroup) -> Entity:
    """A group as the target of an event."""
    return entity("UserGroup", group.id, group.name, "unknown")
