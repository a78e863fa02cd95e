"""The SSO app that people sign in with: found by its exact label or by its id, and adopted.

SCIM is set up on the app of the SSO integration, so that comes first. The app must be active. Its
*Application username format* must be Email: dbt looks people up by e-mail and refuses anything
else. Changing the format of a live app touches everybody who is assigned, so a person does it.

An existing app is never written to as a whole: that resets its provisioning (reported).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import model_validator

from okta_scim_setup.errors import ConfigError, Label
from okta_scim_setup.live import Live
from okta_scim_setup.providers.okta import _apps
from okta_scim_setup.resource import Channel, Resource
from okta_scim_setup.results import Click, Drift, Severity

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api


class SamlApp(Resource):
    """``okta.saml_app``."""

    OUTPUTS: ClassVar[tuple[str, ...]] = ("id", "name", "label")
    TOUCHES_PEOPLE: ClassVar[bool] = True
    EXCLUSIVE: ClassVar[tuple[str, ...]] = ("label", "id")
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "username_format": Drift(
            "AUD001", Severity.HIGH, "dbt refuses people whose user name isn't their e-mail"
        ),
    }
    EXAMPLE: ClassVar[str] = "{kind: okta.saml_app, name: dbt, label: dbt Cloud}"

    label: str | None = None
    """The app's exact label."""
    id: str | None = None
    """The app's id, where labels aren't unique."""
    username_format: Literal["email"] = "email"
    """*Application username format*; SCIM with dbt works with Email only."""

    @model_validator(mode="after")
    def _one_of_label_and_id(self) -> Self:
        if not self.label and not self.id:
            raise ValueError("a label or an id is required")
        return self

    def expect(self, api: Api) -> None:
        """The app is looked up together with those of other tenants."""
        if self.label and not self.id:
            api.expect_app(self.label)

    def read(self, api: Api) -> Live:
        """Find the app.

        Raises:
            ConfigError: there is none, there are several, or it isn't active.
        """
        app = self._by_id(api) if self.id else self._by_label(api)
        if app["status"] != "ACTIVE":
            raise ConfigError(
                f'app "{app["label"]}" {app["id"]} in {api.org} is {app["status"].lower()}',
                ("do", "activate it in Okta, or name another app. Nothing was written."),
            )
        return self._live(api, app)

    def channel(self, attribute: str, live: Live | None) -> Channel:
        """A live app's username format is changed by a person, whatever the app."""
        return "manual"

    def why_by_hand(self, live: Live) -> str:
        """It isn't a matter of what the API can do."""
        return "it changes how dbt knows everybody who is assigned"

    def clicks(self, live: Live, attributes: frozenset[str]) -> Iterable[Click]:
        """The Sign On page."""
        assigned = live.outputs["assigned"]
        yield Click(
            order=0,
            page="Sign On, Settings, Edit",
            note=f"the user names of {assigned} assigned people are made anew",
            fields=(("Application username format", "Email"),),
            then="Save",
            attributes=attributes,
            link=live.outputs["link"],
        )

    def headline(self, live: Live) -> str:
        """The app as people know it."""
        return f'app "{live.outputs["label"]}" {live.outputs["id"]}'

    def _live(self, api: Api, app: Mapping[str, Any]) -> Live:
        found = _apps.username_format(app)
        return Live(
            values={"username_format": found},
            outputs={
                "id": app["id"],
                "name": app["name"],
                "label": app["label"],
                "link": api.admin_link(_apps.page(app)),
                "assigned": "the" if found == "email" else len(api.app_users(app["id"])),
            },
        )

    def _by_id(self, api: Api) -> Mapping[str, Any]:
        app = api.app(str(self.id))
        if app is None:
            raise ConfigError(
                f"{api.org} has no app with the id {self.id}",
                ("but", "Okta answers the same where the token may not see the app"),
                ("do", "correct the id, or give the label. Nothing was written."),
            )
        if self.label and app["label"] != self.label:
            raise ConfigError(
                f'app {self.id} in {api.org} is labelled "{app["label"]}", not "{self.label}"',
                ("do", "correct one of the two. Nothing was written."),
            )
        return app

    def _by_label(self, api: Api) -> Mapping[str, Any]:
        label = str(self.label)
        found = api.apps_with_label(label)
        active = [app for app in found if app["status"] == "ACTIVE"]
        if len(found) == 1 or len(active) == 1:
            return (active or found)[0]
        if found:
            raise ConfigError(
                f'{api.org} has {len(found)} apps labelled "{label}"',
                *_near(found),
                ("do", "give the id of the one that is meant. Nothing was written."),
            )
        raise ConfigError(
            f'{api.org} has no app labelled "{label}"',
            *_near(api.apps_labelled(label) or _similar(api, label)),
            ("do", "correct the label, or give the id. Nothing was written."),
        )


def _similar(api: Api, label: str) -> list[Mapping[str, Any]]:
    """Apps whose labels begin as this one does: what a slip of the finger leaves alike."""
    for length in (len(label) * 3 // 4, len(label) // 2, 3):
        found = api.apps_labelled(label[:length].strip()) if length >= 1 else []
        if found:
            return list(found)
    return []


def _near(apps: Iterable[Mapping[str, Any]]) -> tuple[tuple[Label, str], ...]:
    shown = [f'"{app["label"]}"  {app["id"]}  {app["status"].lower()}' for app in apps]
    return (("near", "        ".join(shown[:5])),) if shown else ()
