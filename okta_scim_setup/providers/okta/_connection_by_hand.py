"""The provisioning connection where Okta has no API for it: a person's visit to the console.

What no API shows afterwards is stood in for by the token: its name carries a hash of the settings
that it was handed over with, and its use by Okta proves that they were entered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from okta_scim_setup.live import Live, Pending, ShownOnce, Unreadable
from okta_scim_setup.providers.okta import _apps
from okta_scim_setup.results import Check, Click

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api
    from okta_scim_setup.providers.okta.scim_provisioning import ScimProvisioning

UNSEEN = ("base_url", "unique_identifier", "actions", "auth_mode")
"""What no API shows on a custom SAML app."""

ACTIONS: Mapping[str, str] = {
    "import_new_users_and_profile_updates": "Import New Users and Profile Updates",
    "push_new_users": "Push New Users",
    "push_profile_updates": "Push Profile Updates",
    "push_groups": "Push Groups",
    "import_groups": "Import Groups",
}
"""Supported provisioning actions, as the console calls them."""

GROUP_PUSH = "GROUP_PUSH"
"""The feature that stands for the action Push Groups (inference; facts: okta 8)."""

AUTHORIZATION = "Authorization"
"""The field that takes the token."""


def stand_ins(wanted: ScimProvisioning, app: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """What stands in for settings that no API shows, and whether they have to be entered anew."""
    enabled = "SCIM_PROVISIONING" in _apps.features(app)
    shown = wanted.token if isinstance(wanted.token, ShownOnce) else None
    used = shown is not None and shown.used is not None
    lost = used and not enabled
    other = shown.other_used if shown else ""
    entered = used and enabled and not other and not _other_settings(wanted)
    state: Unreadable | Pending = Unreadable("no API shows it; Okta used the token since")
    if not entered:
        state = Pending(other or "not seen done: Okta has not used the token")
    values: dict[str, Any] = dict.fromkeys((*UNSEEN, "token"), state)
    if entered and "push_groups" in wanted.actions and GROUP_PUSH not in _apps.features(app):
        values["actions"] = Pending(f"{GROUP_PUSH} isn't among the app's features")
    return {"enabled": enabled, **values}, lost or _other_settings(wanted)


def clicks(wanted: ScimProvisioning, live: Live, attributes: frozenset[str]) -> Iterator[Click]:
    """The General, Integration and Assignments pages; the last is a person's on every app."""
    link = live.outputs["link"]
    if "enabled" in attributes:
        yield Click(
            order=10,
            page="General, App Settings, Edit",
            ticks=(("Enable SCIM provisioning", True),),
            then="Save",
            attributes=frozenset({"enabled"}),
            link=link,
            seen="SCIM_PROVISIONING in the app's features",
        )
    if entered := attributes & {*UNSEEN, "token"}:
        yield _entry(wanted, entered, link)
    if "provision_assigned_users" in attributes:
        yield Click(
            order=40,
            page="Assignments",
            note=_assigned_before(len(live.outputs["waiting"])),
            press="Provision User",
            attributes=frozenset({"provision_assigned_users"}),
            link=link,
            blocks=False,
            seen="everybody assigned is linked to a dbt user, as Okta shows it",
        )


def farewell(live: Live) -> Click:
    """The General page once more."""
    return Click(
        order=8,
        page="General, App Settings, Edit",
        note="from then on Okta deactivates nobody in dbt: who leaves keeps their access",
        ticks=(("Enable SCIM provisioning", False),),
        then="Save",
        attributes=frozenset({"state"}),
        link=live.outputs["link"],
        seen="SCIM_PROVISIONING gone from the app's features",
    )


def check(api: Api, app_id: str) -> Check:
    """Whether provisioning is on, which is all that Okta shows of it."""
    on = "SCIM_PROVISIONING" in _apps.features(api.app(app_id) or {})
    return Check(
        "SCIM provisioning is enabled on the app",
        "passed" if on else "failed",
        "no API shows base URL, unique identifier and header",
    )


def _entry(wanted: ScimProvisioning, entered: frozenset[str], link: str) -> Click:
    fields = {label: value for name, label, value in _fields(wanted) if name in entered}
    return Click(
        order=20,
        page="Provisioning, Integration, Edit",
        fields=tuple(fields.items()),
        then="Test Connector Configuration, Save",
        attributes=entered,
        link=link,
        secret=AUTHORIZATION if "token" in entered else "",
        seen="Okta's use of the token, as dbt shows it; no API shows the fields"
        if "token" in entered
        else f"{GROUP_PUSH} in the app's features; no API shows the fields",
    )


def _fields(wanted: ScimProvisioning) -> tuple[tuple[str, str, str], ...]:
    """Attribute, label and value of the Integration page."""
    return (
        ("base_url", "SCIM connector base URL", str(wanted.base_url)),
        ("unique_identifier", "Unique identifier field for users", wanted.unique_identifier),
        (
            "actions",
            "Supported provisioning actions",
            ", ".join(ACTIONS[action] for action in wanted.actions),
        ),
        ("auth_mode", "Authentication Mode", "HTTP Header"),
        ("token", AUTHORIZATION, str(wanted.token)),
    )


def _other_settings(wanted: ScimProvisioning) -> bool:
    """Whether the token that Okta holds was handed over with other settings than declared."""
    return (
        isinstance(wanted.token, ShownOnce)
        and wanted.token.fingerprint is not None
        and wanted.token.fingerprint != wanted.fingerprint()
    )


def _assigned_before(count: int) -> str:
    return "1 person was assigned before" if count == 1 else f"{count} people were assigned before"
