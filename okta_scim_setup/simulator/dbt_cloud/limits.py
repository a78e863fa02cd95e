"""dbt's limit on its admin API: 5,000 calls a minute, then five minutes of 429 (specified)."""

from http import HTTPStatus

from okta_scim_setup.simulator.dbt_cloud.envelope import DbtError
from okta_scim_setup.simulator.dbt_cloud.records import Account
from okta_scim_setup.simulator.state import World
from okta_scim_setup.simulator.window import Window

_CALLS = 5000
_MINUTE = 60.0
_COOL_DOWN = 300.0


def count_call(world: World, account: Account) -> None:
    """Count a call of the admin API.

    Raises:
        DbtError: 429, while the account cools down.

    """
    now = world.clock.now()
    if account.admin_window is None or account.admin_window.ends <= now:
        account.admin_window = Window(ends=now + _MINUTE)
    account.admin_window.used += 1
    if account.admin_window.used > world.limit(_CALLS) and account.cools_down_until <= now:
        account.cools_down_until = now + _COOL_DOWN
    if account.cools_down_until > now:
        raise DbtError(HTTPStatus.TOO_MANY_REQUESTS, "Request was throttled.")
