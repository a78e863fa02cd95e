"""Okta's rate limits: buckets of calls a minute, for an org and each of its tokens (facts 4)."""

from okta_scim_setup.simulator.okta.records import Org
from okta_scim_setup.simulator.state import World
from okta_scim_setup.simulator.window import Window

MINUTE = 60.0
_KEPT = 1000

_APPS = "/api/v1/apps"
_APP = "/api/v1/apps/{id}"
_GROUPS = "/api/v1/groups"
_GROUP = "/api/v1/groups/{id}"
_OTHER = "/api/v1"
_MAPPINGS = "/api/v1/mappings"
_META = "/api/v1/meta"

_EDITIONS = ("integrator", "one_app", "enterprise", "workforce")
# Calls a minute of a whole org, by edition (specified until 2025). Recorded for one token of a
# workforce org: 50 of the apps bucket, 250 of a single app, and 500 of mappings and schemas.
_PER_MINUTE = {
    _APPS: (20, 100, 100, 100),
    _APP: (100, 600, 600, 500),
    _GROUPS: (100, 600, 600, 500),
    _GROUP: (100, 600, 600, 1000),
    _MAPPINGS: (100, 600, 600, 1000),
    _META: (100, 600, 600, 1000),
    _OTHER: (100, 600, 600, 1200),
}
_SHARE_OF_TOKEN = 2


def bucket_of(path: str) -> str:
    """The rate-limit bucket of a path: `/apps/{id}` exactly has one of its own (recorded)."""
    parts = path.strip("/").split("/")
    area, depth = (parts[2] if len(parts) > 2 else ""), len(parts)  # noqa: PLR2004 - api/v1/area
    if area in ("apps", "groups"):
        exact = depth == 4  # noqa: PLR2004 - api/v1/apps/{id}
        if area == "apps":
            return _APP if exact else _APPS
        return _GROUPS if depth == 3 else _GROUP  # noqa: PLR2004 - api/v1/groups
    bucket = f"/api/v1/{area}"
    return bucket if bucket in _PER_MINUTE else _OTHER


def per_minute(world: World, bucket: str) -> int:
    """The calls a minute of an org in a bucket; a token may use half of them (recorded)."""
    return world.limit(_PER_MINUTE[bucket][_EDITIONS.index(world.switches.edition)])


def count_call(world: World, org: Org, token: str, path: str) -> tuple[bool, dict[str, str]]:
    """Count a call; return whether it is within the limits, and the headers that say so.

    A window lasts a minute and starts with its first call; the reset is in epoch seconds.
    """
    bucket = bucket_of(path)
    limit = per_minute(world, bucket)
    now = world.clock.now()
    own, all_of_org = _window(org, token, bucket, now), _window(org, "", bucket, now)
    left = min(limit // _SHARE_OF_TOKEN - own.used, limit - all_of_org.used)
    allowed = left > 0
    own.used += allowed
    all_of_org.used += allowed
    return allowed, {
        "X-Rate-Limit-Limit": str(limit // _SHARE_OF_TOKEN),
        "X-Rate-Limit-Remaining": str(max(0, left - 1)),
        "X-Rate-Limit-Reset": str(int(max(own.ends, all_of_org.ends) if not allowed else own.ends)),
    }


def _window(org: Org, token: str, bucket: str, now: float) -> Window:
    window = org.windows.get((token, bucket))
    if window is None or window.ends <= now:
        if len(org.windows) > _KEPT:
            for key in [key for key, past in org.windows.items() if past.ends <= now]:
                del org.windows[key]
        window = org.windows[token, bucket] = Window(ends=now + MINUTE)
    return window
