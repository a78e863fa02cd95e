"""What an audit looks at of an Okta app besides what is declared: read, not judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from okta_scim_setup.facts import Assigned, GroupOfApp, Log, Push, Whereabouts
from okta_scim_setup.people import LICENCE
from okta_scim_setup.providers.okta import _log

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api

TOGETHER = 15
"""People, or groups, that one search asks for: an address has to stay short."""

NOT_ASSIGNED = frozenset({"DEPROVISIONED", "UNASSIGNED"})
"""Statuses of an assignment that is over (specified)."""


def of_app(api: Api, app_id: str, since: datetime) -> Mapping[str, Callable[[], Any]]:
    """The parts of `Facts` that an app tells of."""
    return {
        "assigned": lambda: tuple(_assigned(api, app_id)),
        "app_groups": lambda: tuple(_app_groups(api, app_id)),
        "pushes": lambda: tuple(map(_push, api.push_mappings(app_id))),
        "group_names": lambda: _group_names(api, app_id),
        "group_changes": lambda: _group_changes(api, app_id),
        "group_members": lambda: _group_members(api, app_id),
        "certificate_ends": lambda: tuple(_certificates(api, app_id)),
        "failures": lambda: _failures(api, app_id, since),
    }


def whereabouts(api: Api, emails: Iterable[str]) -> dict[str, Whereabouts | None]:
    """What the directory knows of people, by e-mail."""
    asked = sorted(emails)
    found: dict[str, Whereabouts | None] = dict.fromkeys(asked)
    by_name = {email.casefold(): email for email in asked}
    for some in _batches(asked):
        for user in api.users_called(some):
            profile = user.get("profile") or {}
            for name in (profile.get("login"), profile.get("email")):
                if email := by_name.get(str(name or "").casefold()):
                    found[email] = Whereabouts(str(user["id"]), str(user["status"]))
    return found


def _assigned(api: Api, app_id: str) -> Iterator[Assigned]:
    for user in api.app_users(app_id):
        if user.get("status") in NOT_ASSIGNED:
            continue
        profile = user.get("profile") or {}
        yield Assigned(
            id=str(user["id"]),
            user_name=str((user.get("credentials") or {}).get("userName") or ""),
            email=profile.get("email"),
            licence=profile.get(LICENCE),
            external_id=user.get("externalId") or None,
            personal=user.get("scope") == "USER",
            sync=str(user.get("syncState") or ""),
            under_way=user.get("status") in {"STAGED", "PENDING"},
            changed=_time(user.get("lastUpdated")),
            pushed=_time(user.get("lastSync")),
        )


def _app_groups(api: Api, app_id: str) -> Iterator[GroupOfApp]:
    for assignment in api.app_groups(app_id):
        group = (assignment.get("_embedded") or {}).get("group") or {}
        name = (group.get("profile") or {}).get("name") or assignment["id"]
        yield GroupOfApp(str(assignment["id"]), str(name))


def _push(mapping: Mapping[str, Any]) -> Push:
    return Push(
        id=str(mapping["id"]),
        source_id=str(mapping["sourceGroupId"]),
        target_id=str(mapping.get("targetGroupId") or ""),
        status=str(mapping["status"]),
        error=str(mapping.get("errorSummary") or ""),
        pushed=_time(mapping.get("lastPush")),
        changed=_time(mapping.get("lastUpdated")),
    )


def _groups_of_pushes(api: Api, app_id: str) -> list[dict[str, Any]]:
    pushes = [_push(mapping) for mapping in api.push_mappings(app_id)]
    ids = sorted({each for push in pushes for each in (push.source_id, push.target_id) if each})
    return [group for some in _batches(ids) for group in api.groups_with_ids(some)]


def _group_names(api: Api, app_id: str) -> dict[str, str]:
    groups = _groups_of_pushes(api, app_id)
    return {str(group["id"]): str((group.get("profile") or {}).get("name")) for group in groups}


def _group_changes(api: Api, app_id: str) -> dict[str, datetime]:
    groups = _groups_of_pushes(api, app_id)
    times = {str(group["id"]): _time(group.get("lastMembershipUpdated")) for group in groups}
    return {group_id: time for group_id, time in times.items() if time}


def _group_members(api: Api, app_id: str) -> dict[str, frozenset[str]]:
    """Members of what is pushed; and of what is given the app, where people have it personally."""
    ids = {str(mapping["sourceGroupId"]) for mapping in api.push_mappings(app_id)}
    if any(person.personal for person in _assigned(api, app_id)):
        ids |= {group.id for group in _app_groups(api, app_id)}
    there = {group_id for group_id in ids if group_id in _group_names(api, app_id)}
    there |= {group.id for group in _app_groups(api, app_id)} & ids
    return {
        group_id: frozenset(str(user["id"]) for user in api.group_members(group_id))
        for group_id in sorted(there)
    }


def _certificates(api: Api, app_id: str) -> Iterator[datetime]:
    """The end of the certificate in use; of all, where the app doesn't say which it uses."""
    signing = ((api.app(app_id) or {}).get("credentials") or {}).get("signing") or {}
    for key in api.signing_keys(app_id):
        in_use = signing.get("kid") in (None, key.get("kid"))
        if in_use and (ends := _time(key.get("expiresAt"))):
            yield ends


def _failures(api: Api, app_id: str, since: datetime) -> Log:
    """From the full hour on: tenants of one org whose *since* are minutes apart ask once."""
    hour = since.replace(minute=0, second=0, microsecond=0)
    found = _log.events(api.shared.calls, _log.FAILED, hour)
    ours = tuple(e for e in found.events if app_id in e.targets and e.when >= since)
    return Log(ours, found.back_to and max(found.back_to, since))


def _batches(items: list[str]) -> Iterator[list[str]]:
    return (items[at : at + TOGETHER] for at in range(0, len(items), TOGETHER))


def _time(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
