"""dbt's invites: by hand, and those of the people whom SCIM creates (specified)."""

from typing import Any

from okta_scim_setup.simulator.clock import dbt_time
from okta_scim_setup.simulator.dbt_cloud.audit import record
from okta_scim_setup.simulator.dbt_cloud.call import Call
from okta_scim_setup.simulator.dbt_cloud.envelope import bad_request, detail, not_found
from okta_scim_setup.simulator.dbt_cloud.records import Account, Invite, Member
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.routes import Route
from okta_scim_setup.simulator.state import World

_V2 = "/api/v2/accounts/{account_id}/invites/"
_V3 = "/api/v3/accounts/{account_id}/invites/"
_TYPES = ("developer", "read_only", "analyst", "it")
_SENT, _REDEEMED = 1, 3
STANDARD, SCIM = "standard", "scim"


def add(world: World, account: Account, email: str, kind: str, license_type: str) -> Invite:
    """Invite an e-mail address; hold the lock."""
    now = world.clock.now()
    invite = Invite(world.ids.number(), email, kind, license_type, now)
    account.invites[invite.id] = invite
    return invite


def waits(account: Account, email: str) -> bool:
    """Whether somebody hasn't accepted an invite yet; hold the lock."""
    return any(
        invite.email.lower() == email.lower() and invite.redeemed is None
        for invite in account.invites.values()
    )


def forget(account: Account, email: str) -> None:
    """Withdraw the invites of one who left; hold the lock."""
    for invite in list(account.invites.values()):
        if invite.email.lower() == email.lower():
            del account.invites[invite.id]


def accept_invite(world: World, account_id: int, email: str) -> None:
    """Accept an invite, as its receiver does by its link.

    Raises:
        ValueError: there is none.

    """
    with world.lock:
        account = world.accounts.get(account_id)
        invites = account.invites.values() if account else ()
        found = [each for each in invites if each.email.lower() == email.lower()]
        if account is None or not found:
            raise ValueError(f"{email} has no invite")
        now = world.clock.now()
        for invite in found:
            invite.redeemed = now
        if not any(m.user_name.lower() == email.lower() for m in account.members.values()):
            member = Member(world.ids.number(), email, "", "", found[0].license_type, now, now)
            account.members[member.id] = member
            record(world, account, "account.UserAdded", email, "invite")


def list_invites(call: Call) -> Response:
    """GET /api/v2/accounts/{id}/invites/."""
    return call.page([_body(call.account, invite) for invite in call.account.invites.values()])


def get_invite(call: Call, invite_id: str) -> Response:
    """GET /api/v2/accounts/{id}/invites/{id}/."""
    found = call.account.invites.get(int(invite_id)) if invite_id.isdigit() else None
    if found is None:
        raise not_found()
    return detail(_body(call.account, found))


def invite_people(call: Call) -> Response:
    """POST /api/v3/accounts/{id}/invites/: off while SCIM is on, unless allowed (specified)."""
    call.refuse_by_hand()
    body = call.body({"email_addresses": list, "license_type": str}, {"group_ids": list, "id": int})
    if body["license_type"] not in _TYPES:
        raise bad_request(f"license_type: one of {', '.join(_TYPES)} is wanted.")
    for email in body["email_addresses"]:
        made = add(call.world, call.account, str(email), STANDARD, body["license_type"])
        made.group_ids = list(body.get("group_ids", []))
    return detail({"sent": body["email_addresses"]})


def _body(account: Account, invite: Invite) -> dict[str, Any]:
    return {
        "id": invite.id,
        "account_id": account.id,
        "account": {"name": account.name, "state": 1},
        "email_address": invite.email,
        "type": invite.kind,
        "license_type": invite.license_type,
        "status": _SENT if invite.redeemed is None else _REDEEMED,
        "group_ids": invite.group_ids,
        "groups": [],
        "created_at": dbt_time(invite.created),
        "redeemed_at": dbt_time(invite.redeemed) if invite.redeemed is not None else None,
    }


ROUTES = (
    Route("GET", _V2, list_invites),
    Route("GET", f"{_V2}{{invite_id}}/", get_invite),
    Route("POST", _V3, invite_people),
)
