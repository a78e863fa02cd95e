"""The SCIM connection of an app: on, to the account's base URL, with a token that dbt accepts.

Apps that Okta documents for token connections take it through the connections API, where the
unique identifier and the provisioning actions are fixed by the app. On a custom SAML app, which is
what dbt's guide has people make, Okta publishes no API for any of it: a person makes one visit to
the console. What no API shows afterwards is stood in for by the token: its name carries a hash of
the settings that it was handed over with, and its use by Okta proves that they were entered.

People who were assigned before SCIM was on are not provisioned until somebody presses *Provision
User*; Okta has no API for that button either. They stay reported until none is left.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from okta_scim_setup.address import Ref
from okta_scim_setup.errors import ConfigError
from okta_scim_setup.live import Live, Pending, ShownOnce
from okta_scim_setup.people import Person
from okta_scim_setup.providers.okta import _apps, _connection, _connection_by_hand, _people
from okta_scim_setup.resource import Channel, Mutability, Resource
from okta_scim_setup.results import Check, Click, Drift, Severity
from okta_scim_setup.secret import Secret

if TYPE_CHECKING:
    from datetime import datetime

    from okta_scim_setup.providers.okta._api import Api

Action = Literal[
    "import_new_users_and_profile_updates",
    "push_new_users",
    "push_profile_updates",
    "push_groups",
    "import_groups",
]


class ScimProvisioning(Resource):
    """``okta.scim_provisioning``."""

    NAME: ClassVar = "optional"
    ADMITS: ClassVar[bool] = True
    TOUCHES_PEOPLE: ClassVar[bool] = True
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD210", Severity.HIGH, "Okta provisions nobody"),
        "enabled": Drift(
            "AUD211", Severity.HIGH, "Okta provisions nobody, and leavers keep their access"
        ),
        "base_url": Drift("AUD212", Severity.HIGH, "Okta talks to another endpoint"),
        "unique_identifier": Drift("AUD213", Severity.HIGH, "people aren't found by user name"),
        "actions": Drift("AUD214", Severity.MEDIUM, "not everything declared is pushed"),
        "auth_mode": Drift("AUD215", Severity.HIGH, "Okta can't sign in to the endpoint"),
        "token": Drift("AUD216", Severity.HIGH, "Okta may not hold a token that works"),
        "provision_assigned_users": Drift(
            "AUD217", Severity.MEDIUM, "people assigned before SCIM aren't managed by it"
        ),
    }
    EVENTS: ClassVar[tuple[str, ...]] = ("application.lifecycle.update",)
    EXAMPLE: ClassVar[str] = (
        "{kind: okta.scim_provisioning, app: !ref okta.saml_app/dbt.id, "
        "base_url: !ref dbt_cloud.scim_config.base_url, "
        "token: !ref dbt_cloud.scim_token/okta.token}"
    )

    app: str | Ref
    """The id of the app."""
    enabled: Literal[True] = True
    """*Enable SCIM provisioning*; only ``state: absent`` switches it off: deactivations stop."""
    base_url: str | Ref
    """*SCIM connector base URL*."""
    unique_identifier: Literal["userName"] = "userName"
    """*Unique identifier field for users*; dbt looks people up by userName."""
    actions: Annotated[tuple[Action, ...], Field(strict=False)] = (
        "push_new_users",
        "push_profile_updates",
        "push_groups",
    )
    """*Supported provisioning actions*."""
    auth_mode: Literal["http_header"] = "http_header"
    """*Authentication Mode*: a bearer token in the Authorization header."""
    token: Annotated[Secret | ShownOnce | Ref, Mutability.WRITE_ONLY]
    """The SCIM token; Okta never shows it."""
    provision_assigned_users: Literal[True] = True
    """Whether people who were assigned before are provisioned as well."""

    @classmethod
    def events(cls, attribute: str) -> tuple[str, ...]:
        """That somebody never arrived is no change of the app."""
        return () if attribute == "provision_assigned_users" else cls.EVENTS

    def read(self, api: Api) -> Live | None:
        """The connection where Okta shows it; what stands in for it where Okta doesn't."""
        app = api.app(str(self.app))
        if app is None:
            return None
        way = _apps.channel(app)
        values, renew = (
            _connection.read(self, api, app)
            if way == "api"
            else _connection_by_hand.stand_ins(self, app)
        )
        waiting = [p for p in _people.assigned(api, app["id"]) if not p.linked]
        values["provision_assigned_users"] = (
            Pending(f"{len(waiting)} assigned before SCIM") if waiting else True
        )
        return Live(
            values,
            outputs={
                "app": app["id"],
                "name": app["name"],
                "channel": way,
                "link": api.admin_link(_apps.page(app)),
                "renew": renew,
                "waiting": tuple(p.login for p in waiting),
            },
            notes=(f"unique identifier and actions are fixed by {app['name']}",)
            if way == "api"
            else (),
        )

    def foreseen(self) -> Live:
        """Off, and a person's to set: an app that is made is a custom SAML app."""
        values, renew = _connection_by_hand.stand_ins(self, {})
        outputs = {
            "app": "",
            "name": "",
            "channel": "manual",
            "link": "",
            "renew": renew,
            "waiting": (),
        }
        return Live({**values, "provision_assigned_users": True}, outputs, foreseen=True)

    def destination(self) -> str | None:
        """Where Okta would send the token."""
        return None if isinstance(self.base_url, Ref) else self.base_url

    def needs(self, live: Live | None, attributes: frozenset[str]) -> frozenset[str]:
        """The token's value, where the connection has to be entered again."""
        return frozenset({"token"}) if live and live.outputs["renew"] else frozenset()

    def channel(self, attribute: str, live: Live | None) -> Channel:
        """As the app allows; *Provision User* is a person's on every app."""
        if attribute == "provision_assigned_users":
            return "manual"
        return live.outputs["channel"] if live else "api"

    def update(self, api: Api, live: Live, attributes: frozenset[str]) -> Live:
        """Set the connection in one request and read it back.

        Raises:
            Unexpected: Okta answered 200 and it isn't as declared.
        """
        shown = _connection.switch_on(self, api, live.outputs["app"])
        values = {key: live.values[key] for key in live.values if key != "token"}
        return replace(live, values={**values, **shown}, outputs={**live.outputs, "renew": False})

    def gone(self, live: Live) -> bool:
        """Off is absent: Okta sends nothing."""
        return not live.values["enabled"]

    def delete(self, api: Api, live: Live) -> None:
        """Switch it off; people keep what they have in the account.

        Raises:
            Unexpected: Okta answered with success and it is on still.
        """
        _connection.switch_off(api, live.outputs["app"])

    def farewell(self, live: Live) -> Iterable[Click]:
        """The General page, where there is no API."""
        if live.outputs["channel"] == "manual":
            yield _connection_by_hand.farewell(live)

    def why_by_api(self, live: Live | None) -> str:
        """As far as is known of the app."""
        return _apps.why_by_api(live.outputs["name"]) if live else "the app isn't there yet"

    def why_by_hand(self, live: Live) -> str:
        """As far as is known of the app."""
        return _apps.why_by_hand(live.outputs["channel"])

    def clicks(self, live: Live, attributes: frozenset[str]) -> Iterable[Click]:
        """The General, Integration and Assignments pages."""
        return _connection_by_hand.clicks(self, live, attributes)

    def verify(self, api: Api, live: Live) -> Iterator[Check]:
        """What Okta shows of the connection, and whether everybody assigned is linked."""
        app_id = live.outputs["app"]
        if live.outputs["channel"] == "api":
            yield _connection.check(self, api, app_id)
        else:
            yield _connection_by_hand.check(api, app_id)
        yield _people.arrived(api, app_id)

    def called(self, api: Api, live: Live, since: datetime) -> datetime | None:
        """When Okta first pushed somebody with success after that, by its System Log.

        Raises:
            SetupError: the log can't be read.
        """
        return api.first_push(live.outputs["app"], since)

    def may_admit(self, api: Api, live: Live, login: str) -> None:
        """Only somebody who exists, isn't assigned, and is known by one name everywhere.

        Raises:
            ConfigError: the test couldn't follow this person, or would take something away.
        """
        user = _user(api, login)
        if any(u["id"] == user["id"] for u in api.app_users(live.outputs["app"])):
            raise ConfigError(
                f"{login} is assigned to the app already",
                ("do", "name somebody who isn't: the test ends by taking the app away again"),
            )
        if (user.get("profile") or {}).get("email") != login:
            raise ConfigError(
                f"{login} isn't this person's e-mail, by which dbt would know them",
                ("do", "name somebody whose login is their e-mail"),
            )

    def admit(self, api: Api, live: Live, login: str) -> None:
        """Assign one person to the app."""
        api.assign_user(live.outputs["app"], _user(api, login)["id"], login)

    def dismiss(self, api: Api, live: Live, login: str) -> None:
        """Take the app away from that person."""
        api.unassign_user(live.outputs["app"], _user(api, login)["id"])

    def fingerprint(self) -> str:
        """Hashes of the settings that no API shows, whatever the order of actions, and of the app.

        Two apps of one account may be set up from two configs, or one after the other.
        """
        unseen = [str(self.base_url), self.unique_identifier, sorted(self.actions), self.auth_mode]
        return _hash(unseen) + _hash([str(self.app)])

    def people(self, api: Api, live: Live | None) -> Iterable[Person]:
        """Everybody who is assigned."""
        return _people.assigned(api, live.outputs["app"]) if live and not live.foreseen else ()


def _hash(told: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:4]


def _user(api: Api, login: str) -> Mapping[str, Any]:
    user = api.user(login)
    if user is None:
        raise ConfigError(
            f"{api.org} has no person with the login {login}", ("do", "correct the login")
        )
    return user
