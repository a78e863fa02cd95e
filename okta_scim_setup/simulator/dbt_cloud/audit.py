"""dbt's audit log (event names of SCIM specified in its documentation)."""

import uuid

from okta_scim_setup.simulator.clock import dbt_time
from okta_scim_setup.simulator.dbt_cloud.call import Call
from okta_scim_setup.simulator.dbt_cloud.records import Account
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.routes import Route
from okta_scim_setup.simulator.state import World


def record(world: World, account: Account, event: str, what: str, source: str = "api") -> None:
    """Write an event such as `account.UserAdded`; hold the lock."""
    account.audit_log.append(
        {
            "id": str(uuid.uuid4()),
            "account_id": account.id,
            "service": "SERVICE_DBT_CLOUD",
            "source": source,
            "event_type": f"v1.events.{event}",
            "event_label": what,
            "actor": {"actor_type": "ACTOR_SERVICE_TOKEN", "actor_name": source},
            "event_context": {},
            "created_at": dbt_time(world.clock.now()),
        }
    )


def list_events(call: Call) -> Response:
    """GET audit-logs/: the newest first; logged_at_start and logged_at_end (reported)."""
    query = call.request.query
    start, end = query.get("logged_at_start", ""), query.get("logged_at_end", "9999")
    chosen = [
        event
        for event in reversed(call.account.audit_log)
        if start <= event["created_at"] <= f"{end}~"
    ]
    response = call.page(chosen, account_id=call.account.id)
    response.body["extra"]["order_by"] = "-logged_at"
    return response


ROUTES = (Route("GET", "/api/v3/accounts/{account_id}/audit-logs/", list_events),)
