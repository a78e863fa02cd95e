"""What dbt's permission sets may do in the admin API (specified in part; the rest is assumed)."""

from okta_scim_setup.simulator.dbt_cloud.envelope import forbidden, not_found
from okta_scim_setup.simulator.dbt_cloud.records import ServiceToken
from okta_scim_setup.simulator.message import Request
from okta_scim_setup.simulator.state import World

PERMISSION_SETS = frozenset(
    {
        "account_admin",
        "account_viewer",
        "admin",
        "analyst",
        "analyst_read",
        "billing_admin",
        "cost_insights_admin",
        "cost_insights_viewer",
        "cost_management_admin",
        "cost_management_viewer",
        "database_admin",
        "developer",
        "fusion_admin",
        "git_admin",
        "job_admin",
        "job_creator",
        "job_runner",
        "job_viewer",
        "manage_marketplace_apps",
        "member",
        "metadata_only",
        "notification_manager",
        "owner",
        "project_creator",
        "readonly",
        "scim_only",
        "security_admin",
        "semantic_layer_only",
        "stakeholder",
        "team_admin",
        "webhooks_only",
    }
)
"""The names that the specification lists (PredefinedPermissionSet)."""

_EVERYTHING = ("account_admin", "owner")
_SECURITY = frozenset(
    {
        "assign-groups",
        "audit-logs",
        "auth-provider",
        "group-permissions",
        "groups",
        "invites",
        "ip-restrictions",
        "ip-restrictions-set",
        "license-maps",
        "licenses",
        "users",
    }
)
_SCIM_CONFIG = "scim-config"
_FOR_EVERYONE = frozenset({"", "projects"})
_AREA = 5
"""/api/v3/accounts/{id}/AREA/"""


def require(world: World, token: ServiceToken, request: Request) -> None:
    """Refuse what a token's permission sets don't allow.

    Raises:
        DbtError: 404 for what it may not even see, 403 for what it may not change (both recorded;
            which of them when is assumed).

    """
    area = request.path.split("/")[_AREA]
    sets = {str(each.get("permission_set")) for each in token.permissions}
    if sets.intersection(_EVERYTHING):
        return
    if not _reads(area, sets):
        raise not_found()
    if request.method != "GET" and area not in _writes(world, sets):
        raise forbidden()


def _reads(area: str, sets: set[str]) -> bool:
    if sets.intersection({"account_viewer", "security_admin"}):
        return True
    return area in _FOR_EVERYONE and sets != {"scim_only"}


def _writes(world: World, sets: set[str]) -> frozenset[str]:
    if "security_admin" not in sets:
        return frozenset()
    may_configure = world.switches.scim_config_needs == "security_admin"
    return _SECURITY | {_SCIM_CONFIG} if may_configure else _SECURITY
