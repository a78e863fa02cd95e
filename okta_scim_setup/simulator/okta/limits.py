"""Okta's rate limits: buckets of calls a minute, for each token (recorded; facts 4)."""

from okta_scim_setup.simulator.okta.records import Org
from okta_scim_setup.simulator.state import World
from okta_scim_setup.simulator.window import Window

MINUTE = 60.0

_APPS = "/api/v1/apps"
_APP = "/api/v1/apps/{id}"
_GROUPS = "/api/v1/groups"
_GROUP = "/api/v1/groups/{id}"
_OTHER = "/api/v1"

# A token may use half of an org's limit; these are the halves, for one token.
PER_MINUTE = {
    _APPS: 50,
    _APP: 250,
    _GROUPS: 250,
    _GROUP: 500,
    "/api/v1/mappings": 500,
    "/api/v1/meta": 500,
    _OTHER: 600,
}


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
    return bucket if bucket in PER_MINUTE else _OTHER


def count_call(world: World, org: Org, token: str, path: str) -> tuple[bool, dict[str, str]]:
    """Count a call; return whether it is within the limit, and the headers that say so.

    A window lasts a minute and starts with its first call; the reset is in epoch seconds.
    """
    bucket = bucket_of(path)
    limit = world.limit(PER_MINUTE[bucket])
    now = world.clock.now()
    window = org.windows.get((token, bucket))
    if window is None or window.ends <= now:
        window = org.windows[token, bucket] = Window(ends=now + MINUTE)
    allowed = window.used < limit
    window.used += allowed
    return allowed, {
        "X-Rate-Limit-Limit": str(limit),
        "X-Rate-Limit-Remaining": str(limit - window.used),
        "X-Rate-Limit-Reset": str(int(window.ends)),
    }
