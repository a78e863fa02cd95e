"""dbt's limit on SCIM writes of users: 20 in a fixed window of five seconds (specified)."""

import math
from http import HTTPStatus

from okta_scim_setup.simulator.scim.call import Call, ScimError
from okta_scim_setup.simulator.window import Window

_WRITES = 20
_SECONDS = 5.0


def count_user_write(call: Call) -> None:
    """Count a POST or PUT of a user.

    Raises:
        ScimError: 429, with Retry-After in whole seconds.

    """
    now, account = call.world.clock.now(), call.account
    if account.window is None or account.window.ends <= now:
        account.window = Window(ends=now + _SECONDS)
    if account.window.used >= call.world.limit(_WRITES):
        error = ScimError(HTTPStatus.TOO_MANY_REQUESTS, "Request was throttled.")
        seconds = str(max(1, math.ceil(account.window.ends - now)))
        error.headers = {"Retry-After": seconds, "x-rate-limit-retry-after-seconds": seconds}
        raise error
    account.window.used += 1
