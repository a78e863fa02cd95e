"""Group push: Okta's groups on the SCIM side, always with their full list of members."""

from dataclasses import dataclass
from typing import Any

from okta_scim_setup.simulator import scim_payload, tasks
from okta_scim_setup.simulator.okta import events
from okta_scim_setup.simulator.okta.assignments import Changes, members_of
from okta_scim_setup.simulator.okta.records import PUSH_GROUPS, App, OktaGroup, Org, PushMapping
from okta_scim_setup.simulator.provisioning import Engine
from okta_scim_setup.simulator.scim_wire import ScimAnswer
from okta_scim_setup.simulator.settings import is_usable, supported_actions


@dataclass(frozen=True, slots=True)
class _Push:
    mapping: PushMapping
    target: OktaGroup
    body: dict[str, Any]


def follow(
    engine: Engine, org: Org, app: App, changes: Changes, group_ids: frozenset[str] = frozenset()
) -> None:
    """Push changed assignments, then the groups whose members on the SCIM side changed by it.

    Leaving the app alone sends no PUT of the group (reported), a change of the group does.
    """
    engine.follow(org, app, changes)
    with engine.world.lock:
        arrived = {u for u in changes.added if u in app.users and app.users[u].external_id}
        due = [m.id for m in app.mappings.values() if _concerns(org, m, group_ids, arrived)]
    for mapping_id in due:
        push(engine, org, app, mapping_id)


def _concerns(org: Org, mapping: PushMapping, group_ids: frozenset[str], arrived: set[str]) -> bool:
    source = org.groups.get(mapping.source_group_id)
    if source is None:
        return False
    return source.id in group_ids or bool(arrived and arrived.intersection(members_of(org, source)))


def push(engine: Engine, org: Org, app: App, mapping_id: str) -> None:
    """Push one group: POST, GET, PUT at first; GET and PUT later (reported)."""
    with app.push_lock:
        with engine.world.lock:
            prepared = _prepare(org, app, mapping_id)
            scim_id = prepared.target.scim_id if prepared else None
        if prepared is None:
            return
        if scim_id is None:
            made = engine.call(app, "POST", "/Groups", prepared.body)
            if not made.ok or not (made.body or {}).get("id"):
                _note(engine, org, app, prepared, made)
                return
            scim_id = str(made.body["id"])
            with engine.world.lock:
                prepared.target.scim_id = scim_id
        _note(engine, org, app, prepared, _replace(engine, app, scim_id, prepared.body))


def delete(engine: Engine, org: Org, app: App, target: OktaGroup) -> None:
    """Delete a pushed group on the SCIM side, as `deleteTargetGroup=true` asks."""
    with app.push_lock:
        if target.scim_id is None:
            return
        answer = engine.call(app, "DELETE", f"/Groups/{target.scim_id}")
        with engine.world.lock:
            events.write(
                engine.world,
                org,
                "application.provision.group_push.delete_appgroup",
                events.SYSTEM,
                events.group_entity(target),
                events.app_entity(app),
                failure="" if answer.ok else answer.reason,
            )


def _prepare(org: Org, app: App, mapping_id: str) -> _Push | None:
    mapping = app.mappings.get(mapping_id)
    if mapping is None or mapping.status == "INACTIVE" or not is_usable(app):
        return None
    source, target = org.groups.get(mapping.source_group_id), org.groups[mapping.target_group_id]
    if source is None or PUSH_GROUPS not in supported_actions(app):
        return None
    members = []
    for user_id in members_of(org, source):
        assignment = app.users.get(user_id)
        if assignment is not None and assignment.external_id:
            name = assignment.user_name or org.users[user_id].login
            members.append({"value": assignment.external_id, "display": name})
    return _Push(mapping, target, scim_payload.group(target.name, members))


def _replace(engine: Engine, app: App, scim_id: str, body: dict[str, Any]) -> ScimAnswer:
    current = engine.call(app, "GET", f"/Groups/{scim_id}")
    if not current.ok:
        return current
    return engine.call(app, "PUT", f"/Groups/{scim_id}", {**(current.body or {}), **body})


def _note(engine: Engine, org: Org, app: App, pushed: _Push, answer: ScimAnswer) -> None:
    with engine.world.lock:
        mapping = pushed.mapping
        if answer.ok:
            mapping.last_push = engine.world.clock.now()
            mapping.error_summary = None
            mapping.status = "ACTIVE" if mapping.status == "ERROR" else mapping.status
        else:
            mapping.status, mapping.error_summary = "ERROR", answer.reason
        event_type = "application.provision.group_push.pushed"
        tasks.note(engine.world, org, app, event_type, answer, resource_id=mapping.source_group_id)
        events.write(
            engine.world,
            org,
            event_type,
            events.SYSTEM,
            events.group_entity(pushed.target),
            events.app_entity(app),
            failure="" if answer.ok else answer.reason,
        )
