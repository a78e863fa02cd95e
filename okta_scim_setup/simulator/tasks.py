"""Okta's provisioning tasks: pushes that failed and wait for a person (reported; facts A.6).

A failed deactivation is one as well, but there is no Retry for it: the account stays active
downstream until somebody deals with it by hand.
"""

from typing import TYPE_CHECKING, Any

from okta_scim_setup.simulator.clock import okta_time
from okta_scim_setup.simulator.okta.records import App, Org, Task
from okta_scim_setup.simulator.scim_wire import ScimAnswer
from okta_scim_setup.simulator.state import World

if TYPE_CHECKING:
    from okta_scim_setup.simulator.provisioning import Engine

_DEACTIVATE = "application.provision.user.deactivate"
_KINDS = {
    "application.provision.user.push": "needs provisioning",
    "application.provision.user.push_profile": "needs profile push",
    _DEACTIVATE: "needs deprovisioning",
    "application.provision.group_push.pushed": "needs group push",
}


def note(
    world: World, org: Org, app: App, event_type: str, answer: ScimAnswer, *, resource_id: str
) -> None:
    """Open a task for a push that failed, or close that of one that worked; hold the lock."""
    open_ = [
        task
        for task in org.tasks.values()
        if task.app_id == app.id and task.resource_id == resource_id
    ]
    for task in open_:
        if answer.ok or task.kind == _KINDS[event_type]:
            del org.tasks[task.id]
    if not answer.ok:
        task = Task(
            world.ids.okta("tsk"),
            _KINDS[event_type],
            app.id,
            resource_id,
            answer.reason,
            world.clock.now(),
            retryable=event_type != _DEACTIVATE,
        )
        org.tasks[task.id] = task


def listed(world: World) -> list[dict[str, Any]]:
    """Every org's tasks, as the console's Tasks page has them."""
    with world.lock:
        return [
            {
                "id": task.id,
                "org_url": org.url,
                "task": task.kind,
                "app_id": task.app_id,
                "resource_id": task.resource_id,
                "reason": task.reason,
                "created": okta_time(task.created),
                "retryable": task.retryable,
            }
            for org in world.orgs
            for task in org.tasks.values()
        ]


def retry(world: World, engine: "Engine", task_id: str) -> None:
    """Retry Selected, on the Tasks page.

    Raises:
        ValueError: there is no such task, or it can't be retried.

    """
    # Group pushing needs the engine, which notes tasks here.
    from okta_scim_setup.simulator import group_pushing  # noqa: PLC0415

    with world.lock:
        found = [org for org in world.orgs if task_id in org.tasks]
        if not found:
            raise ValueError(f"there is no task {task_id}")
        org, task = found[0], found[0].tasks[task_id]
        if not task.retryable:
            raise ValueError(f"a task that {task.kind} can't be retried")
        app = org.apps[task.app_id]
        mappings = [m for m in app.mappings.values() if m.source_group_id == task.resource_id]
    match task.kind:
        case "needs provisioning":
            engine.provision(org, app, [task.resource_id])
        case "needs profile push":
            engine.push_profile(org, app, task.resource_id)
        case _:
            for mapping in mappings:
                group_pushing.push(engine, org, app, mapping.id)
