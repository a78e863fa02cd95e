"""What the simulated Okta writes into its System Log: who did what, when, and from where."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from okta_scim_setup.simulator.clock import okta_time
from okta_scim_setup.simulator.okta.records import App, OktaGroup, OktaUser, Org
from okta_scim_setup.simulator.state import World

Entity = dict[str, str]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, and from where: address and user agent, none for Okta itself."""

    entity: Entity
    address: str | None = None
    user_agent: str | None = None
    uri: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def entity(kind: str, identifier: str, name: str, alternate: str) -> Entity:
    """An actor or target of an event."""
    return {"id": identifier, "type": kind, "alternateId": alternate, "displayName": name}


SYSTEM = Actor(entity("SystemPrincipal", "okta-system", "Okta System", "system@okta.com"))


def write(
    world: World,
    org: Org,
    event_type: str,
    actor: Actor,
    *targets: Entity,
    failure: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add an event to the org's System Log (shape specified: LogEvent); hold the lock."""
    identifier = str(uuid.uuid4())
    org.log.append(
        {
            "uuid": identifier,
            "published": okta_time(world.clock.now()),
            "eventType": event_type,
            "version": "0",
            "severity": "ERROR" if failure else "INFO",
            "displayMessage": event_type.replace(".", " ").replace("_", " ").capitalize(),
            "actor": {**actor.entity, "detailEntry": None},
            "client": _client(actor),
            "request": {"ipChain": _chain(actor)},
            "outcome": {
                "result": "FAILURE" if failure else "SUCCESS",
                "reason": failure or None,
            },
            "target": [{**target, "detailEntry": None} for target in targets],
            "debugContext": {"debugData": _debug_data(actor, details or {})},
            "transaction": {
                "type": "WEB" if actor.address else "JOB",
                "id": identifier,
                "detail": {},
            },
        }
    )


def _client(actor: Actor) -> dict[str, Any]:
    agent = {"rawUserAgent": actor.user_agent, "os": "Unknown", "browser": "UNKNOWN"}
    return {
        "ipAddress": actor.address,
        "userAgent": agent if actor.user_agent else None,
        "zone": "null",
        "device": "Unknown" if actor.address else None,
        "id": None,
        "geographicalContext": None,
    }


def _chain(actor: Actor) -> list[dict[str, Any]]:
    return [{"ip": actor.address, "version": "V4", "source": None}] if actor.address else []


def _debug_data(actor: Actor, details: Mapping[str, Any]) -> dict[str, Any]:
    uri = {"requestUri": actor.uri} if actor.uri else {}
    return {**uri, **actor.details, **details}


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
