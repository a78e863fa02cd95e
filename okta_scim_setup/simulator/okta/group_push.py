"""Okta's Group Push Mappings API, which works on any app (recorded).

Recorded: create and delete answer 200; a mapping has no `lastPush` and `errorSummary` until a
push; the target is an Okta group of type APP_GROUP; delete wants INACTIVE and `deleteTargetGroup`.
"""

from functools import partial
from typing import Any

from okta_scim_setup.simulator import group_pushing
from okta_scim_setup.simulator.clock import okta_second
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.okta import events
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.errors import OktaError, invalid, not_found
from okta_scim_setup.simulator.okta.records import App, OktaGroup, PushMapping
from okta_scim_setup.simulator.routes import Route

_PATH = "/api/v1/apps/{app_id}/group-push/mappings"
_STATUSES = ("ACTIVE", "INACTIVE")


def list_mappings(call: Call, app_id: str) -> Response:
    """GET mappings: filters sourceGroupId and status; 100 a page (recorded)."""
    app = call.app(app_id)
    query = call.request.query
    chosen = [
        mapping
        for mapping in app.mappings.values()
        if query.get("sourceGroupId") in (None, mapping.source_group_id)
        and query.get("status") in (None, mapping.status)
    ]
    return call.page([(m.id, _body(call, app, m)) for m in chosen], 100, 1000)


def get_mapping(call: Call, app_id: str, mapping_id: str) -> Response:
    """GET one mapping."""
    app = call.app(app_id)
    return Response(body=_body(call, app, _mapping(app, mapping_id)))


def create_mapping(call: Call, app_id: str) -> Response:
    """POST: 200 with the mapping, also on an app without provisioning (recorded)."""
    app = call.app(app_id)
    body = call.request.json_object()
    source = call.group(str(body.get("sourceGroupId")))
    status = body.get("status", "ACTIVE")
    if status not in _STATUSES:
        raise invalid("status", "status: must be ACTIVE or INACTIVE")
    if any(mapping.source_group_id == source.id for mapping in app.mappings.values()):
        raise invalid("sourceGroupId", "A mapping already exists for this source group.")
    if source.kind == "APP_GROUP" and source.app_id == app.id:
        raise invalid("sourceGroupId", "A group of the app itself cannot be pushed to it.")
    target = _target(call, app, body)
    now = call.world.clock.now()
    mapping = PushMapping(call.world.ids.okta("gPm"), source.id, target.id, status, now, now)
    app.mappings[mapping.id] = mapping
    _log(call, app, target, "application.provision.group_push.mapping.created")
    push = partial(group_pushing.push, call.engine, call.org, app, mapping.id)
    return Response(body=_body(call, app, mapping), jobs=[push])


def _target(call: Call, app: App, body: dict[str, Any]) -> OktaGroup:
    """The app group of an id or a name; a name that isn't there yet becomes a new one."""
    name, group_id = body.get("targetGroupName"), body.get("targetGroupId")
    if bool(name) == bool(group_id):
        raise invalid("targetGroup", "Give either targetGroupId or targetGroupName.")
    if group_id:
        return call.group(str(group_id))
    for group in call.org.groups.values():
        if group.kind == "APP_GROUP" and group.app_id == app.id and group.name == name:
            return group
    now = call.world.clock.now()
    group = OktaGroup(
        call.world.ids.okta("00g"), str(name), None, "APP_GROUP", now, now, now, app_id=app.id
    )
    call.org.groups[group.id] = group
    return group


def update_mapping(call: Call, app_id: str, mapping_id: str) -> Response:
    """PATCH {status}: ACTIVE pushes again; from ERROR there is no way back (reported)."""
    app = call.app(app_id)
    mapping = _mapping(app, mapping_id)
    status = call.request.json_object().get("status")
    if status not in _STATUSES:
        raise invalid("status", "status: must be ACTIVE or INACTIVE")
    if mapping.status == "ERROR":
        raise invalid("status", "The status of a mapping in ERROR cannot be changed.")
    mapping.status = status
    mapping.updated = call.world.clock.now()
    change = "activate_mapping" if status == "ACTIVE" else "deactivate_mapping"
    target = call.org.groups[mapping.target_group_id]
    _log(call, app, target, f"application.provision.group_push.{change}")
    push = partial(group_pushing.push, call.engine, call.org, app, mapping.id)
    return Response(body=_body(call, app, mapping), jobs=[push])


def delete_mapping(call: Call, app_id: str, mapping_id: str) -> Response:
    """DELETE ?deleteTargetGroup=: 200 and nothing, once INACTIVE or in ERROR (recorded)."""
    app = call.app(app_id)
    mapping = _mapping(app, mapping_id)
    wish = call.request.query.get("deleteTargetGroup")
    if wish not in ("true", "false"):
        summary = "The request is missing a required parameter."
        raise OktaError(400, "E0000028", summary)
    if mapping.status == "ACTIVE":
        raise invalid("status", "The mapping must be deactivated before deletion.")
    del app.mappings[mapping.id]
    target = call.org.groups.get(mapping.target_group_id)
    if target is not None:
        _log(call, app, target, "application.provision.group_push.removed")
    if wish == "false" or target is None:
        return Response()
    del call.org.groups[target.id]
    return Response(jobs=[partial(group_pushing.delete, call.engine, call.org, app, target)])


def _mapping(app: App, mapping_id: str) -> PushMapping:
    mapping = app.mappings.get(mapping_id)
    if mapping is None:
        raise not_found(mapping_id, "GroupPushMapping")
    return mapping


def _log(call: Call, app: App, group: OktaGroup, event_type: str) -> None:
    targets = (events.group_entity(group), events.app_entity(app))
    events.write(call.world, call.org, event_type, call.actor, *targets)


def _body(call: Call, app: App, mapping: PushMapping) -> dict[str, Any]:
    groups = f"{call.org.url}/api/v1/groups"
    body: dict[str, Any] = {"created": okta_second(mapping.created), "id": mapping.id}
    if mapping.error_summary:
        body["errorSummary"] = mapping.error_summary
    if mapping.last_push:
        body["lastPush"] = okta_second(mapping.last_push)
    return body | {
        "lastUpdated": okta_second(mapping.updated),
        "sourceGroupId": mapping.source_group_id,
        "status": mapping.status,
        "targetGroupId": mapping.target_group_id,
        "_links": {
            "app": {"href": f"{call.org.url}/api/v1/apps/{app.id}"},
            "sourceGroup": {"href": f"{groups}/{mapping.source_group_id}"},
            "targetGroup": {"href": f"{groups}/{mapping.target_group_id}"},
        },
    }


ROUTES = (
    Route("GET", _PATH, list_mappings),
    Route("POST", _PATH, create_mapping),
    Route("GET", f"{_PATH}/{{mapping_id}}", get_mapping),
    Route("PATCH", f"{_PATH}/{{mapping_id}}", update_mapping),
    Route("DELETE", f"{_PATH}/{{mapping_id}}", delete_mapping),
)
