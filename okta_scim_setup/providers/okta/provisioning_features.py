"""The *To App* toggles: whether Okta creates, updates and deactivates people in the account.

Without *Deactivate Users* people who leave keep their access; that is why all three are on unless
said otherwise. On apps that Okta documents for it they go through the features API; on a custom
SAML app a person ticks them, and the app's ``features`` show what is ticked (reported; whether
they follow these toggles or the supported actions isn't known).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from okta_scim_setup.address import Ref
from okta_scim_setup.errors import Unexpected
from okta_scim_setup.live import Live
from okta_scim_setup.providers.okta import _apps
from okta_scim_setup.resource import Channel, Resource
from okta_scim_setup.results import Click, Drift, Severity

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api

LABELS: Mapping[str, str] = {
    "create_users": "Create Users",
    "update_user_attributes": "Update User Attributes",
    "deactivate_users": "Deactivate Users",
}
"""What the console calls each toggle."""

FEATURES: Mapping[str, str] = {
    "create_users": "PUSH_NEW_USERS",
    "update_user_attributes": "PUSH_PROFILE_UPDATES",
    "deactivate_users": "PUSH_USER_DEACTIVATION",
}
"""The value of an app's ``features`` that stands for each toggle."""

CAPABILITIES: Mapping[str, tuple[str, str]] = {
    "create_users": ("create", "lifecycleCreate"),
    "update_user_attributes": ("update", "profile"),
    "deactivate_users": ("update", "lifecycleDeactivate"),
}
"""Where each toggle stands in USER_PROVISIONING's capabilities (recorded)."""


class ProvisioningFeatures(Resource):
    """``okta.provisioning_features``."""

    NAME: ClassVar = "optional"
    AFTER: ClassVar[tuple[str, ...]] = ("okta.scim_provisioning",)
    TOUCHES_PEOPLE: ClassVar[bool] = True
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD204", Severity.LOW, "Okta still changes people in dbt"),
        "deactivate_users": Drift("AUD201", Severity.HIGH, "people who leave keep their access"),
        "create_users": Drift("AUD202", Severity.MEDIUM, "people who join don't arrive"),
        "update_user_attributes": Drift("AUD203", Severity.LOW, "changed names don't follow"),
    }
    EVENTS: ClassVar[tuple[str, ...]] = ("application.lifecycle.update",)
    EXAMPLE: ClassVar[str] = "{kind: okta.provisioning_features, app: !ref okta.saml_app/dbt.id}"

    app: str | Ref
    """The id of the app."""
    create_users: bool = True
    """*Create Users*."""
    update_user_attributes: bool = True
    """*Update User Attributes*."""
    deactivate_users: bool = True
    """*Deactivate Users*."""

    def read(self, api: Api) -> Live | None:
        """The toggles as they stand; all off while provisioning is off."""
        app = api.app(str(self.app))
        if app is None:
            return None
        way = _apps.channel(app)
        if way == "api":
            values = _from_capabilities(api.user_provisioning(app["id"]))
        else:
            values = {name: value in _apps.features(app) for name, value in FEATURES.items()}
        link = api.admin_link(_apps.page(app))
        return Live(
            values, outputs={"app": app["id"], "name": app["name"], "channel": way, "link": link}
        )

    def foreseen(self) -> Live:
        """All off, and a person's to tick: an app that is made is a custom SAML app."""
        outputs = {"app": "", "name": "", "channel": "manual", "link": ""}
        return Live(dict.fromkeys(FEATURES, False), outputs, foreseen=True)

    def channel(self, attribute: str, live: Live | None) -> Channel:
        """As the app allows."""
        return live.outputs["channel"] if live else "api"

    def update(self, api: Api, live: Live, attributes: frozenset[str]) -> Live:
        """Set the toggles that differ, and read all of them back.

        Raises:
            Unexpected: Okta answered 200 and changed nothing.
        """
        capabilities: dict[str, Any] = {}
        for name in sorted(attributes):
            group, key = CAPABILITIES[name]
            status = "ENABLED" if getattr(self, name) else "DISABLED"
            capabilities.setdefault(group, {})[key] = {"status": status}
        api.set_user_provisioning(live.outputs["app"], capabilities)
        now = _from_capabilities(api.user_provisioning(live.outputs["app"]))
        wrong = [x for x in sorted(attributes) if now[x] != getattr(self, x)]
        if wrong:
            raise Unexpected(
                f"Okta accepted {', '.join(wrong)} and changed nothing",
                ("asked", f"PUT /api/v1/apps/{live.outputs['app']}/features/USER_PROVISIONING"),
                ("do", "look at Provisioning, To App in the console, then run again"),
            )
        return replace(live, values=now)

    def gone(self, live: Live) -> bool:
        """All off is absent."""
        return not any(live.values.values())

    def delete(self, api: Api, live: Live) -> None:
        """Switch all of them off, and read them back.

        Raises:
            Unexpected: Okta answered 200 and changed nothing.
        """
        off = self.model_copy(update=dict.fromkeys(FEATURES, False))
        off.update(api, live, frozenset(x for x in FEATURES if live.values[x]))

    def farewell(self, live: Live) -> Iterable[Click]:
        """The To App page, where there is no API."""
        if live.outputs["channel"] == "manual":
            yield Click(
                order=5,
                page="Provisioning, To App, Edit",
                ticks=tuple((LABELS[x], False) for x in LABELS if live.values[x]),
                then="Save",
                attributes=frozenset({"state"}),
                link=live.outputs["link"],
                seen="the features' capabilities gone from the app, as Okta shows it",
            )

    def why_by_api(self, live: Live | None) -> str:
        """As far as is known of the app."""
        return _apps.why_by_api(live.outputs["name"]) if live else "the app isn't there yet"

    def why_by_hand(self, live: Live) -> str:
        """As far as is known of the app."""
        return _apps.why_by_hand(live.outputs["channel"])

    def clicks(self, live: Live, attributes: frozenset[str]) -> Iterable[Click]:
        """The To App page."""
        yield Click(
            order=30,
            page="Provisioning, To App, Edit",
            ticks=tuple((LABELS[x], getattr(self, x)) for x in LABELS if x in attributes),
            then="Save",
            attributes=attributes,
            link=live.outputs["link"],
            seen=f"{', '.join(FEATURES[x] for x in LABELS if x in attributes)} "
            "in the app's features",
        )


def _from_capabilities(feature: Mapping[str, Any] | None) -> dict[str, bool]:
    capabilities = (feature or {}).get("capabilities") or {}
    return {
        name: ((capabilities.get(group) or {}).get(key) or {}).get("status") == "ENABLED"
        for name, (group, key) in CAPABILITIES.items()
    }
