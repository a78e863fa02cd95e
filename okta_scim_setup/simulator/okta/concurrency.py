"""Okta's limit on calls at once, for each org: 75, of an integrator org 35 (specified; facts 4)."""

from collections.abc import Iterator
from contextlib import contextmanager

from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.okta.errors import rate_limited
from okta_scim_setup.simulator.okta.records import Org
from okta_scim_setup.simulator.state import World

_AT_ONCE = {"integrator": 35}
_USUALLY = 75
_SUGGESTED_WAIT = 60


@contextmanager
def place(world: World, org: Org) -> Iterator[Response | None]:
    """Take one of the org's places for a call; a refusal, where there is none."""
    with world.lock:
        wanted = world.switches.concurrency or _AT_ONCE.get(world.switches.edition, _USUALLY)
        free = org.under_way < world.limit(wanted)
        org.under_way += free
    try:
        yield None if free else _refusal(world)
    finally:
        with world.lock:
            org.under_way -= free


def _refusal(world: World) -> Response:
    """429 with both numbers 0; the reset is only a suggestion (specified)."""
    response = rate_limited().response()
    response.headers = {
        "X-Rate-Limit-Limit": "0",
        "X-Rate-Limit-Remaining": "0",
        "X-Rate-Limit-Reset": str(int(world.clock.now()) + _SUGGESTED_WAIT),
    }
    return response
