"""What an audit looks at of a dbt account besides what is declared: read, not judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from okta_scim_setup.facts import AccountGroup, Invite, IpRules, Member
from okta_scim_setup.providers.dbt_cloud import _audit_log
from okta_scim_setup.providers.dbt_cloud._permissions import held
from okta_scim_setup.times import utc

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api

IP_EVENTS = "ip_restrictions."
"""How the types of events about IP restrictions begin (specified)."""


def ahead(api: Api, *, audit: bool) -> Iterator[Callable[[], object]]:
    """What lint reads of an account that takes what Okta sends, and what `of_account` adds."""
    yield from (api.sso_providers, api.groups, api.ip_rules)
    if audit:
        yield from (api.users, api.licence_rows, api.invites, api.license_maps)


def of_account(api: Api, since: datetime) -> Mapping[str, Callable[[], Any]]:
    """The parts of `Facts` that an account tells of."""
    return {
        "members": lambda: tuple(map(_member, api.users())),
        "managed": lambda: _managed(api),
        "groups": lambda: tuple(_groups(api)),
        "invites": lambda: tuple(_invites(api)),
        "ip_rules": lambda: _ip_rules(api, since),
        "licence_maps": lambda: tuple(str(each["license_type"]) for each in api.license_maps()),
        "licences_by_scim": lambda: api.scim_config()["scim_controlled_license_type"],
        "break_glass": lambda: frozenset(api.settings.break_glass),
    }


def _member(user: Mapping[str, Any]) -> Member:
    permissions = user.get("permissions") or ()
    licences = [each.get("license_type") for each in permissions]
    told = [each["groups"] for each in permissions if "groups" in each]
    return Member(
        id=str(user["id"]),
        email=str(user["email"]),
        licence=str(licences[0] or "") if licences else "",
        active=bool(user.get("is_active", True)),
        groups=frozenset(str(group["id"]) for groups in told for group in groups) if told else None,
    )


def _managed(api: Api) -> dict[str, bool]:
    """By person, where dbt's list of licences has a row for each (reported); else nothing."""
    rows = api.licence_rows()
    return {str(r["user_id"]): bool(r["scim_managed"]) for r in rows if "scim_managed" in r}


def _groups(api: Api) -> Iterator[AccountGroup]:
    groups = api.groups()
    ours = [p for group in groups for p in group.get("group_permissions") or ()]
    projects = api.projects() if any(not p.get("all_projects") for p in ours) else []
    for group in groups:
        may = tuple(sorted(str(permission) for permission in held(group, projects)))
        managed = bool(group.get("scim_managed"))
        yield AccountGroup(str(group["id"]), str(group["name"]), managed, may)


def _invites(api: Api) -> Iterator[Invite]:
    for row in api.invites():
        if row.get("redeemed_at") is None:
            by_scim = row.get("type") == "scim"
            yield Invite(str(row["email_address"]), by_scim, utc(row["created_at"]))


def _ip_rules(api: Api, since: datetime) -> IpRules:
    rules = api.ip_rules()
    enabled = any(rule.get("rule_set_enabled") for rule in rules)
    if not enabled:
        return IpRules(enabled=False)
    times = [utc(each) for rule in rules if (each := rule.get("updated_at"))]
    # That they were switched on shows in no rule's own time.
    log = _audit_log.events(api, since)
    times += [event.when for event in log.events if event.type.startswith(IP_EVENTS)]
    return IpRules(
        enabled=True,
        names=tuple(str(rule.get("name")) for rule in rules),
        changed=max(times, default=None),
    )
