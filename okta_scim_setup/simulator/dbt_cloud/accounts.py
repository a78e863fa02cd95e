"""dbt's accounts, their seats and their users, in the admin API."""

from typing import Any

from okta_scim_setup.simulator.clock import dbt_time
from okta_scim_setup.simulator.dbt_cloud.call import Call
from okta_scim_setup.simulator.dbt_cloud.envelope import detail, not_found
from okta_scim_setup.simulator.dbt_cloud.records import Account, Member
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.routes import Route

_V2, _V3 = "/api/v2/accounts/{account_id}/", "/api/v3/accounts/{account_id}/"


# Required by the specification, of no consequence here.
_ACCOUNT_CONSTANTS: dict[str, Any] = {
    "account_migration_events": [],
    "agent_credit_locked": False,
    "billing_email_address": None,
    "business_critical": False,
    "copilot_locked_until": None,
    "develop_pod_memory_request_mebibytes": 0,
    "explorer_seats": 0,
    "git_auth_level": "personal",
    "groups": [],
    "pending_cancel": False,
    "pod_memory_request_mebibytes": 600,
    "queue_limit": 50,
    "run_duration_limit_seconds": 86_400,
    "run_locked_until": None,
    "run_slots": 15,
    "starter_repo_url": None,
    "trial_end_date": None,
    "unlocked_at": None,
}
_PROVIDERS = ("github", "gitlab")
_USER_CONSTANTS: dict[str, Any] = {
    "apitoken_last_used": None,
    "auth_provider_infos": {},
    "azure_active_directory_connected": False,
    "azure_active_directory_token_retrieval_failure": False,
    "azure_active_directory_username": None,
    "email_connected": False,
    "enterprise_authentication_method": "okta",
    "enterprise_connected": True,
    **{f"{provider}_connected": False for provider in _PROVIDERS},
    **{f"{provider}_token_retrieval_failure": False for provider in _PROVIDERS},
    **{f"{provider}_username": None for provider in _PROVIDERS},
    "sso_only_user": False,
}


def get_account(call: Call) -> Response:
    """GET /api/v2/accounts/{id}/."""
    return detail(account_body(call.account))


def account_body(account: Account) -> dict[str, Any]:
    """The account as the admin API shows it (specified, in part)."""
    return _ACCOUNT_CONSTANTS | {
        "id": account.id,
        "name": account.name,
        "state": 1,
        "plan": "enterprise",
        "locked": False,
        "lock_reason": None,
        "lock_cause": None,
        "identifier": f"act_{account.id}",
        "enterprise_login_slug": account.name,
        "static_subdomain": account.name,
        "vanity_subdomain": None,
        "developer_seats": account.seats["developer"],
        "read_only_seats": account.seats["read_only"],
        "it_seats": account.seats["it"],
        "analyst_seats": 0,
        "created_at": dbt_time(account.created),
        "updated_at": dbt_time(account.created),
    }


def get_licenses(call: Call) -> Response:
    """GET /api/v2/accounts/{id}/licenses/: seats and how many of them are in use (specified).

    Reported is a row for each person instead, with `scim_managed`: a switch.
    """
    if call.world.switches.licenses_list == "people":
        return call.page([_license_of(call.account, m) for m in call.account.members.values()])
    seats = call.account.seats | {"analyst": 0, "explorer": 0}
    active = [member for member in call.account.members.values() if member.active]
    allocation = {}
    for kind, total in seats.items():
        used = sum(member.license_type == kind for member in active)
        allocation[kind] = {
            "total": total,
            "assigned": used,
            "in_use": used,
            "available": max(0, total - used),
            "limited": True,
            "over_limit": used > total,
            "enterprise_plan": True,
        }
    return call.page([allocation])


def _license_of(account: Account, member: Member) -> dict[str, Any]:
    """A person's licence (reported: UserLicenseResponse)."""
    groups = [g for g in account.groups.values() if member.id in g.members and not g.deleted]
    return {
        "id": member.id,
        "user_id": member.id,
        "account_id": account.id,
        "license_type": member.license_type,
        "state": 1 if member.active else 2,
        "groups": [{"id": group.id, "name": group.name} for group in groups],
        "scim_managed": member.scim_managed,
    }


def list_users(call: Call) -> Response:
    """GET users/: without scim_managed (specified: UserResponse)."""
    return call.page([_user_body(call.account, m) for m in call.account.members.values()])


def get_user(call: Call, user_id: str) -> Response:
    """GET users/{id}/: with scim_managed and the licence (specified: AccountUser)."""
    member = call.account.members.get(int(user_id)) if user_id.isdigit() else None
    if member is None:
        raise not_found()
    return detail(
        _names(member)
        | {
            "fullname": f"{member.given_name} {member.family_name}".strip(),
            "license": {"id": member.id, "license_type": member.license_type},
            "scim_managed": member.scim_managed,
            "updated_at": dbt_time(member.updated),
        }
    )


def _names(member: Member) -> dict[str, Any]:
    return {
        "id": member.id,
        "email": member.user_name,
        "first_name": member.given_name,
        "last_name": member.family_name,
        "is_active": member.active,
        "is_staff": False,
        "email_verified": True,
        "created_at": dbt_time(member.created),
    }


def _user_body(account: Account, member: Member) -> dict[str, Any]:
    groups = [g for g in account.groups.values() if member.id in g.members and not g.deleted]
    permission = {
        "account_id": account.id,
        "user_id": member.id,
        "license_type": member.license_type,
        "state": 1,
        "groups": [{"id": group.id, "name": group.name} for group in groups],
    }
    own = _names(member) | {
        "last_login": None if member.last_login is None else dbt_time(member.last_login),
        "licenses": {str(account.id): {"license_type": member.license_type, "state": 1}},
        "permissions": [permission],
    }
    return _USER_CONSTANTS | own


ROUTES = (
    Route("GET", _V2, get_account),
    Route("GET", f"{_V2}licenses/", get_licenses),
    Route("GET", f"{_V3}users/", list_users),
    Route("GET", f"{_V3}users/{{user_id}}/", get_user),
)
