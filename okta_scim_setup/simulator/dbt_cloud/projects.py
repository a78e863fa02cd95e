"""dbt's projects, as far as permissions refer to them (reported)."""

from typing import Any

from okta_scim_setup.simulator.clock import dbt_time
from okta_scim_setup.simulator.dbt_cloud.call import Call
from okta_scim_setup.simulator.dbt_cloud.envelope import detail, not_found
from okta_scim_setup.simulator.dbt_cloud.records import Account
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.routes import Route
from okta_scim_setup.simulator.state import World

_V2 = "/api/v2/accounts/{account_id}/projects/"
_V3 = "/api/v3/accounts/{account_id}/projects/"


def add(world: World, account: Account, name: str) -> dict[str, Any]:
    """Add a project to an account; hold the lock."""
    now = dbt_time(world.clock.now())
    made: dict[str, Any] = {
        "id": world.ids.number(),
        "account_id": account.id,
        "name": name,
        "description": "",
        "state": 1,
        "created_at": now,
        "updated_at": now,
    }
    account.projects[made["id"]] = made
    return made


def list_projects(call: Call) -> Response:
    """GET projects/."""
    return call.page(list(call.account.projects.values()))


def get_project(call: Call, project_id: str) -> Response:
    """GET projects/{id}/."""
    found = call.account.projects.get(int(project_id)) if project_id.isdigit() else None
    if found is None:
        raise not_found()
    return detail(found)


ROUTES = (
    Route("GET", _V2, list_projects),
    Route("GET", _V3, list_projects),
    Route("GET", f"{_V2}{{project_id}}/", get_project),
    Route("GET", f"{_V3}{{project_id}}/", get_project),
)
