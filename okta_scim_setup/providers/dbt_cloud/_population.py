"""Who is in an account: licences, seats, and who may administer it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from okta_scim_setup.people import Population, Seat
from okta_scim_setup.providers.dbt_cloud._permissions import ACTIVE

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api

ADMINISTER = frozenset({"account_admin", "owner"})
"""Permission sets that let somebody administer the whole account (facts: dbt 2.4)."""


def population(api: Api) -> Population:
    """Everybody who is active in the account, its seats, and its administrators."""
    users = [user for user in api.users() if user.get("is_active", True)]
    return Population(
        dict(_members(users)),
        _seats(api),
        licences_by_scim=api.scim_config()["scim_controlled_license_type"],
        administrators=_administrators(users, api.groups()),
        break_glass=api.settings.break_glass,
    )


def administers(sets: Iterable[str]) -> bool:
    """Whether one of these permission sets lets people administer the account."""
    return bool(ADMINISTER & set(sets))


def _members(users: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for user in users:
        licences = [p.get("license_type") for p in user.get("permissions") or ()]
        yield str(user["email"]), str(licences[0] if licences else "")


def _administrators(
    users: Iterable[Mapping[str, Any]], groups: Iterable[Mapping[str, Any]]
) -> dict[str, frozenset[str]]:
    armed = {group["id"]: str(group["name"]) for group in groups if administers(_sets(group))}
    found = {str(user["email"]): frozenset(_groups(user, armed)) for user in users}
    return {email: names for email, names in found.items() if names}


def _groups(user: Mapping[str, Any], armed: Mapping[int, str]) -> Iterator[str]:
    for permission in user.get("permissions") or ():
        for group in permission.get("groups") or ():
            if group.get("id") in armed:
                yield armed[group["id"]]


def _sets(group: Mapping[str, Any]) -> Iterator[str]:
    for permission in group.get("group_permissions") or ():
        if permission.get("state", ACTIVE) == ACTIVE:
            yield str(permission.get("permission_set"))


def _seats(api: Api) -> dict[str, Seat]:
    return {
        licence: Seat(used=detail["in_use"], bought=detail["total"] if detail["limited"] else None)
        for licence, detail in api.seats().items()
    }
