"""What admin roles may do; scopes alone are not enough (specified; the table is assumed)."""

from okta_scim_setup.simulator.message import Request
from okta_scim_setup.simulator.okta.errors import forbidden
from okta_scim_setup.simulator.okta.records import Grant

_READS = frozenset({"apps", "groups", "users", "logs", "mappings", "meta", "org"})
_ALL = _READS

# What each role may read and what it may write, by the part of the path after /api/v1/.
_ROLES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "SUPER_ADMIN": (_ALL, _ALL),
    "ORG_ADMIN": (_ALL, frozenset({"groups", "users", "mappings", "meta"})),
    "APP_ADMIN": (_READS, frozenset({"apps", "mappings", "meta"})),
    "USER_ADMIN": (_READS, frozenset({"groups", "users"})),
    "GROUP_MEMBERSHIP_ADMIN": (frozenset({"groups", "users"}), frozenset({"groups"})),
    "READ_ONLY_ADMIN": (_READS, frozenset()),
    "REPORT_ADMIN": (frozenset({"logs"}), frozenset()),
    "": (frozenset(), frozenset()),
}
NAMES = tuple(name for name in _ROLES if name)


def grant(role: str, apps: list[str] | None = None) -> Grant:
    """The grant of a role, bounded to some apps or not; "" grants nothing.

    Raises:
        ValueError: there is no such role.

    """
    if role not in _ROLES:
        raise ValueError(f"role {role!r} is not one of {', '.join(NAMES)}")
    return Grant(role, None if apps is None else frozenset(apps))


def require(granted: Grant, request: Request) -> None:
    """Refuse what a role doesn't allow; anyone may ask who they are.

    Raises:
        OktaError: E0000006.

    """
    if request.path == "/api/v1/users/me":
        return
    area = request.path.split("/")[3] if request.path.count("/") > 2 else ""  # noqa: PLR2004 - /api/v1/area
    reads, writes = _ROLES[granted.role]
    if area in _READS and area not in (reads if request.method == "GET" else writes):
        raise forbidden()
