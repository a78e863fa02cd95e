"""A group that is given the app: its members may sign in, and are provisioned.

Assign groups only after provisioning is on; who was assigned before isn't provisioned by itself.
For somebody in two groups the one with the lower *priority* number counts. A group that isn't
declared is left alone; ``state: absent`` takes the app away from one.

``profile: {licenseType: read_only}`` says which licence the members get in dbt, once the attribute
is there (`okta.app_user_schema`) and dbt heeds it (`dbt_cloud.scim_licences`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from okta_scim_setup.address import Ref
from okta_scim_setup.errors import Unexpected
from okta_scim_setup.live import Live
from okta_scim_setup.people import LICENCE, Person
from okta_scim_setup.providers.okta import _groups, _people
from okta_scim_setup.resource import Resource
from okta_scim_setup.results import Check, Drift, Severity

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api

LAST = 1e6
"""Where a group stands whose priority isn't known yet: Okta puts new ones last."""


class GroupAssignment(Resource):
    """``okta.group_assignment``; its name is the group's."""

    AFTER: ClassVar[tuple[str, ...]] = (
        "okta.scim_provisioning",
        "okta.provisioning_features",
        "okta.app_user_schema",
    )
    OUTPUTS: ClassVar[tuple[str, ...]] = ("id", "name")
    TOUCHES_PEOPLE: ClassVar[bool] = True
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD301", Severity.HIGH, "the group's members have lost, or never got, the app"),
        "priority": Drift("AUD302", Severity.LOW, "another group's profile may count"),
        "profile": Drift("AUD303", Severity.MEDIUM, "members get other attributes than declared"),
    }
    EVENTS: ClassVar[tuple[str, ...]] = (
        "group.application_assignment.add",
        "group.application_assignment.remove",
        "group.application_assignment.update",
    )
    EXAMPLE: ClassVar[str] = (
        "{kind: okta.group_assignment, name: dbt-devs, app: !ref okta.saml_app/dbt.id}"
    )

    app: str | Ref
    """The id of the app."""
    priority: int | None = None
    """Which group's profile counts for somebody in two: the lower number. None: as it is."""
    profile: dict[str, str | int | bool | None] | None = None
    """Attributes of the app's profile for the group's members. None: as it is."""

    def decides(self) -> frozenset[str]:
        """The attributes of its profile."""
        return frozenset(f"{attribute} of {self.app}" for attribute in self.profile or ())

    def log_targets(self) -> frozenset[str]:
        """The group."""
        return frozenset({self.name})

    def expect(self, api: Api) -> None:
        """The group is looked up together with the others."""
        api.expect_app_groups(str(self.app))
        api.expect_groups([self.name])

    def read(self, api: Api) -> Live | None:
        """The assignment, if the group has one."""
        group = _groups.find(api, str(self.app), self.name)
        assignment = self._assignment(api, group["id"])
        if assignment is None:
            return None
        return Live(
            values={
                "priority": assignment.get("priority"),
                "profile": self._declared_part(assignment.get("profile") or {}),
            },
            outputs={"id": group["id"], "name": self.name},
        )

    def make(self, api: Api, fingerprint: str) -> Live:
        """Assign the group."""
        group = _groups.find(api, str(self.app), self.name)
        return self._put(api, group["id"], {})

    def update(self, api: Api, live: Live, attributes: frozenset[str]) -> Live:
        """Set priority and profile; what isn't declared of the profile goes along as it is.

        A PUT replaces the assignment (specified), so it is read, merged and written.
        """
        api.forget_assignments(str(self.app))  # what was read for the plan may have moved since
        there = self._assignment(api, live.outputs["id"]) or {}
        return self._put(api, live.outputs["id"], there)

    def delete(self, api: Api, live: Live) -> None:
        """Take the app away from the group, and look whether it is gone.

        Raises:
            Unexpected: Okta answered with success and the group has the app still.
        """
        api.unassign_group(str(self.app), live.outputs["id"])
        if any(a["id"] == live.outputs["id"] for a in api.app_groups(str(self.app))):
            raise self._not_done("DELETE", live.outputs["id"])

    def people(self, api: Api, live: Live | None) -> Iterable[Person]:
        """The members, with the licence that the group's profile says.

        Those of a group that is assigned already and says nothing of licences are the app's people.
        """
        if live and LICENCE not in (self.profile or ()):
            return ()
        app_id = None if isinstance(self.app, Ref) else self.app
        found = _members(api, _groups.find(api, app_id, self.name)["id"])
        return [replace(person, licence=self._licence, rank=self._rank(live)) for person in found]

    @property
    def _licence(self) -> str | None:
        licence = (self.profile or {}).get(LICENCE)
        return None if licence is None else str(licence)

    def _rank(self, live: Live | None) -> float:
        priority = live.values["priority"] if live and self.priority is None else self.priority
        return LAST if priority is None else float(priority)

    def losing(self, api: Api, live: Live, gone: frozenset[str]) -> Iterable[Person]:
        """Members who have no other group on the app and weren't assigned themselves."""
        app_id = str(self.app)
        staying = {
            person.login
            for assignment in api.app_groups(app_id)
            if assignment["id"] not in gone
            for person in _members(api, assignment["id"])
        }
        staying |= {
            (user.get("credentials") or {}).get("userName") or user["id"]
            for user in api.app_users(app_id)
            if user.get("scope") == "USER"
        }
        return [p for p in _members(api, live.outputs["id"]) if p.login not in staying]

    def verify(self, api: Api, live: Live) -> Iterator[Check]:
        """Whether everybody who has the app by now is linked."""
        yield _people.arrived(api, str(self.app))

    def done(self, live: Live) -> str:
        """It was read back."""
        return "assigned; read back"

    def _put(self, api: Api, group_id: str, there: Mapping[str, Any]) -> Live:
        wanted = {
            name: asked
            for name, asked in (("priority", self.priority), ("profile", self.profile))
            if asked is not None
        }
        body = {key: there[key] for key in ("priority", "profile") if there.get(key)} | wanted
        if self.profile is not None:
            body["profile"] = {**(there.get("profile") or {}), **self.profile}
        api.assign_group(str(self.app), group_id, body)
        now = self.read(api)
        if now is None or any(now.values[name] != asked for name, asked in wanted.items()):
            raise self._not_done("PUT", group_id)
        return now

    def _assignment(self, api: Api, group_id: str) -> Mapping[str, Any] | None:
        return next((a for a in api.app_groups(str(self.app)) if a["id"] == group_id), None)

    def _not_done(self, method: str, group_id: str) -> Unexpected:
        return Unexpected(
            f'Okta accepted the assignment of "{self.name}" and changed nothing',
            ("asked", f"{method} /api/v1/apps/{self.app}/groups/{group_id}"),
            ("do", "look at the app's Assignments page, then run again"),
        )

    def _declared_part(self, profile: Mapping[str, Any]) -> dict[str, Any] | None:
        """What isn't declared isn't compared."""
        if self.profile is None:
            return None
        return {key: profile.get(key) for key in self.profile}


def _members(api: Api, group_id: str) -> list[Person]:
    return [
        Person((user.get("profile") or {}).get("email") or user["id"], linked=False)
        for user in api.group_members(group_id)
    ]
