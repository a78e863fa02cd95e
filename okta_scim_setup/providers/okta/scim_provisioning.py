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
from okta_scim_setup.errors import ConfigError, NotTaken, Unexpected
from okta_scim_setup.live import Live, Pending, ShownOnce, Unreadable
from okta_scim_setup.people import Person
from okta_scim_setup.providers.okta import _apps, _people
from okta_scim_setup.resource import Channel, Mutability, Resource
from okta_scim_setup.results import Check, Click, Drift, Severity
from okta_scim_setup.secret import Secret

if TYPE_CHECKING:
    from datetime import datetime

    from okta_scim_setup.providers.okta._api import Api

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

REFUSALS = frozenset({401, 403, 404, 429})
"""Answers to a POST by which it was definitely not done.

A 400 isn't one: Okta may say so of a token that it stored and then tried in vain (not known).
"""

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
        values, renew = self._connected(api, app) if way == "api" else self._by_hand(app)
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
        values, renew = self._by_hand({})
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
        app_id = live.outputs["app"]
        if isinstance(self.token, Secret):
            self._hand_over(api, app_id, self.token)
        else:
            api.activate_connection(app_id)
        found = api.connection(app_id)
        if not self._as_declared(found):
            raise Unexpected(
                "Okta accepted the provisioning connection and it isn't as asked for",
                ("asked", f"POST /api/v1/apps/{app_id}/connections/default?activate=true"),
                ("answered", f"status {found.get('status')}, base URL {found.get('baseUrl')}"),
                ("do", "look at the app's Provisioning page, then run again"),
            )
        values = {key: live.values[key] for key in live.values if key != "token"}
        return replace(
            live, values={**values, **_shown(found)}, outputs={**live.outputs, "renew": False}
        )

    def gone(self, live: Live) -> bool:
        """Off is absent: Okta sends nothing."""
        return not live.values["enabled"]

    def delete(self, api: Api, live: Live) -> None:
        """Switch it off; people keep what they have in the account.

        Raises:
            Unexpected: Okta answered with success and it is on still.
        """
        app_id = live.outputs["app"]
        api.deactivate_connection(app_id)
        status = api.connection(app_id).get("status")
        if status == "ENABLED":
            raise Unexpected(
                "Okta accepted the end of the provisioning connection and changed nothing",
                ("asked", f"POST /api/v1/apps/{app_id}/connections/default/lifecycle/deactivate"),
                ("do", "look at the app's Provisioning page, then run again"),
            )

    def farewell(self, live: Live) -> Iterable[Click]:
        """The General page, where there is no API."""
        if live.outputs["channel"] == "manual":
            yield Click(
                order=8,
                page="General, App Settings, Edit",
                note="from then on Okta deactivates nobody in dbt: who leaves keeps their access",
                ticks=(("Enable SCIM provisioning", False),),
                then="Save",
                attributes=frozenset({"state"}),
                link=live.outputs["link"],
                seen="SCIM_PROVISIONING gone from the app's features",
            )

    def why_by_api(self, live: Live | None) -> str:
        """As far as is known of the app."""
        return _apps.why_by_api(live.outputs["name"]) if live else "the app isn't there yet"

    def why_by_hand(self, live: Live) -> str:
        """As far as is known of the app."""
        return _apps.why_by_hand(live.outputs["channel"])

    def clicks(self, live: Live, attributes: frozenset[str]) -> Iterable[Click]:
        """The General, Integration and Assignments pages."""
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
            fields = {label: value for name, label, value in self._fields() if name in entered}
            yield Click(
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

    def _hand_over(self, api: Api, app_id: str, token: Secret) -> None:
        """Set base URL and token.

        Raises:
            NotTaken: Okta refused, so it hasn't the token.
            OutcomeUnknown: no answer came: Okta may have it.
        """
        try:
            api.set_connection(app_id, str(self.base_url), token)
        except Unexpected as error:
            if error.status in REFUSALS:
                raise NotTaken.by(error) from None
            raise

    def verify(self, api: Api, live: Live) -> Iterator[Check]:
        """What Okta shows of the connection, and whether everybody assigned is linked."""
        if live.outputs["channel"] == "api":
            found = api.connection(live.outputs["app"])
            yield Check(
                "the provisioning connection is as declared",
                "passed" if self._as_declared(found) else "failed",
                f"{str(found.get('status')).lower()}, {found.get('baseUrl')}",
            )
        else:
            app = api.app(live.outputs["app"]) or {}
            on = "SCIM_PROVISIONING" in _apps.features(app)
            yield Check(
                "SCIM provisioning is enabled on the app",
                "passed" if on else "failed",
                "no API shows base URL, unique identifier and header",
            )
        yield _people.arrived(api, live.outputs["app"])

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

    def _connected(self, api: Api, app: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        """The connection as Okta shows it, and whether the token has to be handed over anew."""
        found = api.connection(app["id"])
        if found.get("status") == "UNKNOWN":
            raise Unexpected(
                f'Okta says UNKNOWN of the provisioning connection of "{app["label"]}"',
                ("asked", f"GET /api/v1/apps/{app['id']}/connections/default"),
                (
                    "do",
                    "check that provisioning is part of the org's edition. Nothing was written.",
                ),
            )
        fixed = Unreadable(f"fixed by {app['name']}")
        values = {"unique_identifier": fixed, "actions": fixed, **_shown(found)}
        if isinstance(self.token, ShownOnce) and self.token.doubt:
            values["token"] = Pending(self.token.doubt)
        moved = values["base_url"] != _url(self.base_url) or values["auth_mode"] != self.auth_mode
        return values, moved or "token" in values

    def _by_hand(self, app: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        """What stands in for settings that no API shows."""
        enabled = "SCIM_PROVISIONING" in _apps.features(app)
        used = isinstance(self.token, ShownOnce) and self.token.used is not None
        lost = isinstance(self.token, ShownOnce) and used and not enabled
        other = self.token.other_used if isinstance(self.token, ShownOnce) else ""
        entered = used and enabled and not other and not self._other_settings()
        state: Unreadable | Pending = Unreadable("no API shows it; Okta used the token since")
        if not entered:
            state = Pending(other or "not seen done: Okta has not used the token")
        values: dict[str, Any] = dict.fromkeys((*UNSEEN, "token"), state)
        if entered and "push_groups" in self.actions and GROUP_PUSH not in _apps.features(app):
            values["actions"] = Pending(f"{GROUP_PUSH} isn't among the app's features")
        return {"enabled": enabled, **values}, lost or self._other_settings()

    def _other_settings(self) -> bool:
        """Whether the token that Okta holds was handed over with other settings than declared."""
        return (
            isinstance(self.token, ShownOnce)
            and self.token.fingerprint is not None
            and self.token.fingerprint != self.fingerprint()
        )

    def _as_declared(self, found: Mapping[str, Any]) -> bool:
        return (
            found.get("status") == "ENABLED"
            and _scheme(found) == "TOKEN"
            and _url(found.get("baseUrl")) == _url(self.base_url)
        )

    def _fields(self) -> tuple[tuple[str, str, str], ...]:
        """Attribute, label and value of the Integration page."""
        return (
            ("base_url", "SCIM connector base URL", str(self.base_url)),
            ("unique_identifier", "Unique identifier field for users", self.unique_identifier),
            (
                "actions",
                "Supported provisioning actions",
                ", ".join(ACTIONS[action] for action in self.actions),
            ),
            ("auth_mode", "Authentication Mode", "HTTP Header"),
            ("token", AUTHORIZATION, str(self.token)),
        )


def _shown(connection: Mapping[str, Any]) -> dict[str, Any]:
    """What Okta shows of a connection."""
    scheme = _scheme(connection)
    return {
        "enabled": connection.get("status") == "ENABLED",
        "base_url": _url(connection.get("baseUrl")) or None,
        "auth_mode": "http_header" if scheme == "TOKEN" else scheme,
    }


def _hash(told: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:4]


def _scheme(connection: Mapping[str, Any]) -> str:
    """TOKEN, wherever this answer says it: at the top, or in the profile (both recorded)."""
    profile = connection.get("profile") or {}
    return str(connection.get("authScheme") or profile.get("authScheme") or "UNKNOWN")


def _url(value: Any) -> str:
    """A trailing slash is no difference."""
    return str(value or "").rstrip("/")


def _user(api: Api, login: str) -> Mapping[str, Any]:
    user = api.user(login)
    if user is None:
        raise ConfigError(
            f"{api.org} has no person with the login {login}", ("do", "correct the login")
        )
    return user


def _assigned_before(count: int) -> str:
    return "1 person was assigned before" if count == 1 else f"{count} people were assigned before"
