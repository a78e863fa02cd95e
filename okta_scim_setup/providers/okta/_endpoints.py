"""What our kinds ask of Okta's API, and what they write: a method for each endpoint.

What is read is read once, until something is written that it may have changed. What a tenant
remembers besides is the `Api`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from okta_scim_setup import hosts
from okta_scim_setup.errors import ConfigError
from okta_scim_setup.providers.okta._calls import Calls
from okta_scim_setup.providers.okta._errors import NOT_FOUND, NOT_VALID
from okta_scim_setup.providers.okta._paths import escaped, path, query
from okta_scim_setup.secret import Secret
from okta_scim_setup.transport import Answer

PUSHES = (
    "application.provision.user.push",
    "application.provision.user.push_profile",
    "application.provision.user.deactivate",
    "application.provision.user.reactivate",
)
"""Events of Okta's System Log that follow a call to an app's SCIM endpoint."""

PROVISIONING = ("connections", "features", "users")
"""What provisioning settings change below an app: people may be linked by them."""

FEATURES = ("features", "users")
"""What the features change: whoever waited may be provisioned then."""

ASSIGNED = ("groups", "users")
"""What an assignment changes."""

PUSHED = ("group-push",)
"""What the push of a group changes: nobody gets or loses the app by it."""


class Endpoints:
    """An org's endpoints, as one tenant calls them."""

    calls: Calls

    # -- the provisioning connection and its features

    def connection(self, app_id: str) -> dict[str, Any]:
        """The provisioning connection; UNKNOWN where Okta has no API for it (recorded)."""
        found: dict[str, Any] = self.calls.get(path("apps", app_id, "connections", "default"))
        return found

    def set_connection(self, app_id: str, base_url: str, token: Secret) -> None:
        """Set base URL and token and activate, in one request: a POST alone disables (recorded).

        Raises:
            ConfigError: the token isn't for the host of *base_url*, where Okta would send it.
        """
        _check_destination(base_url, token)
        body = {"baseUrl": base_url, "profile": {"authScheme": "TOKEN", "token": token}}
        asked = query(path("apps", app_id, "connections", "default"), activate="true")
        self._write(app_id, "POST", asked, body, changes=PROVISIONING)

    def activate_connection(self, app_id: str) -> None:
        """Activate the connection with the token that Okta holds."""
        asked = path("apps", app_id, "connections", "default", "lifecycle", "activate")
        self._write(app_id, "POST", asked, changes=PROVISIONING)

    def deactivate_connection(self, app_id: str) -> None:
        """Deactivate the connection: Okta sends nothing any more."""
        asked = path("apps", app_id, "connections", "default", "lifecycle", "deactivate")
        self._write(app_id, "POST", asked, changes=PROVISIONING)

    def user_provisioning(self, app_id: str) -> dict[str, Any] | None:
        """The feature USER_PROVISIONING; None while provisioning is off (recorded: a 400)."""
        asked = path("apps", app_id, "features", "USER_PROVISIONING")
        found: dict[str, Any] | None = self.calls.get(asked, _provisioning_off)
        return found

    def set_user_provisioning(self, app_id: str, capabilities: Mapping[str, Any]) -> None:
        """Set some capabilities and leave the others; the body is bare (recorded)."""
        asked = path("apps", app_id, "features", "USER_PROVISIONING")
        self._write(app_id, "PUT", asked, dict(capabilities), changes=FEATURES)

    # -- groups that are assigned

    def app_groups(self, app_id: str) -> list[dict[str, Any]]:
        """The groups that are assigned to the app, each with the group itself embedded."""
        return self.calls.rows(query(path("apps", app_id, "groups"), expand="group", limit=200))

    def unassign_group(self, app_id: str, group_id: str) -> None:
        """Take the app away from a group; not found is success."""
        asked = path("apps", app_id, "groups", group_id)
        self._write(app_id, "DELETE", asked, changes=ASSIGNED, absent=missing)

    # -- group push

    def push_mappings(self, app_id: str) -> list[dict[str, Any]]:
        """The app's group pushes."""
        return self.calls.rows(query(path("apps", app_id, "group-push", "mappings"), limit=1000))

    def create_push_mapping(self, app_id: str, source: str, target: Mapping[str, str]) -> Any:
        """Push a group; Okta answers 200 where 201 is specified (recorded).

        *source* is its id; *target* is targetGroupId or targetGroupName, never both (specified).
        """
        body = {"sourceGroupId": source, **target, "status": "ACTIVE"}
        asked = path("apps", app_id, "group-push", "mappings")
        return self._write(app_id, "POST", asked, body, changes=PUSHED)

    def set_push_status(self, app_id: str, mapping_id: str, status: str) -> None:
        """ACTIVE or INACTIVE; a PATCH, so it is sent once."""
        asked = path("apps", app_id, "group-push", "mappings", mapping_id)
        self._write(app_id, "PATCH", asked, {"status": status}, changes=PUSHED)

    def delete_push_mapping(
        self, app_id: str, mapping_id: str, *, target_group_too: bool = False
    ) -> None:
        """Delete a push that isn't active; the group stays in the account unless it is said."""
        asked = path("apps", app_id, "group-push", "mappings", mapping_id)
        asked = query(asked, deleteTargetGroup="true" if target_group_too else "false")
        self._write(app_id, "DELETE", asked, changes=PUSHED, absent=missing)

    # -- people

    def app_users(self, app_id: str) -> list[dict[str, Any]]:
        """Everybody who is assigned, by themselves or by a group."""
        return self.calls.rows(query(path("apps", app_id, "users"), limit=500))

    def assign_user(self, app_id: str, user_id: str, user_name: str) -> Any:
        """Assign one person, who signs in to the app as *user_name*."""
        body = {"id": user_id, "scope": "USER", "credentials": {"userName": user_name}}
        return self._write(app_id, "POST", path("apps", app_id, "users"), body, changes=ASSIGNED)

    def unassign_user(self, app_id: str, user_id: str) -> None:
        """Take the app away from one person; not found is success."""
        asked = path("apps", app_id, "users", user_id)
        self._write(app_id, "DELETE", asked, changes=ASSIGNED, absent=missing)

    def user(self, login: str) -> dict[str, Any] | None:
        """A person by login or id; None if there is none."""
        found: dict[str, Any] | None = self.calls.get(path("users", login), missing)
        return found

    def users_called(self, emails: Iterable[str]) -> list[dict[str, Any]]:
        """People whose login or e-mail is one of *emails*, deactivated ones as well."""
        terms = (f'profile.{key} eq "{escaped(e)}"' for e in emails for key in ("login", "email"))
        return self.calls.rows(query(path("users"), search=" or ".join(terms), limit=200))

    def me(self) -> dict[str, Any]:
        """The administrator who made the API token."""
        found: dict[str, Any] = self.calls.get(path("users", "me"))
        return found

    def first_push(self, app_id: str, since: datetime) -> datetime | None:
        """When Okta first called the app's SCIM endpoint for a person, with success; or None.

        The types of events are Okta's catalogue's; that each stands for a call is assumed.
        """
        pushes = " or ".join(f'eventType eq "{event}"' for event in PUSHES)
        asked = query(
            path("logs"),
            since=f"{since + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S.000Z}",
            filter=f'target.id eq "{app_id}" and outcome.result eq "SUCCESS" and ({pushes})',
            sortOrder="ASCENDING",
            limit=1,
        )
        first = self.calls.get(asked)
        return datetime.fromisoformat(first[0]["published"]) if first else None

    # -- what an audit looks at besides

    def signing_keys(self, app_id: str) -> list[dict[str, Any]]:
        """The keys that the app signs assertions with, each with the end of its certificate."""
        return self.calls.rows(path("apps", app_id, "credentials", "keys"))

    def groups_with_ids(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """The groups of these ids that are still there."""
        terms = (f'id eq "{escaped(group_id)}"' for group_id in ids)
        return self.calls.rows(query(path("groups"), search=" or ".join(terms), limit=200))

    def _write(
        self,
        app_id: str,
        method: str,
        asked: str,
        json: Any = None,
        *,
        changes: Iterable[str],
        absent: Callable[[Answer], bool] | None = None,
    ) -> Any:
        """Write something of an app; what it can't have changed needn't be read again."""
        below = [path("apps", app_id, area) for area in changes]
        try:
            return self.calls.write(method, asked, json, changes=below, absent=absent)
        finally:
            self.calls.memo.drop(path("apps", app_id))


def missing(answer: Answer) -> bool:
    """Whether Okta says that there is no such thing, or none that we may see."""
    return answer.code == NOT_FOUND


def _provisioning_off(answer: Answer) -> bool:
    return answer.code == NOT_VALID


def _check_destination(base_url: str, token: Secret) -> None:
    """Refuse to tell Okta to send the token where it doesn't belong."""
    try:
        host = hosts.host_of(base_url)
    except ValueError as error:
        raise ConfigError(f"the SCIM base URL {error}", ("do", "correct it")) from None
    if host not in token.hosts:
        raise ConfigError(
            f"the secret {token.origin} isn't for {host}",
            ("do", "let base_url be the account's own. Nothing was sent."),
        )
