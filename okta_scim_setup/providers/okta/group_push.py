"""A group that Okta pushes into the account, with its members, and keeps so.

A group of the same name that dbt has already is joined, not doubled. A push gives nobody access to
the app: only members who are assigned to it arrive, so assign the group as well, and give the
pushed group its permissions in dbt. That a push was accepted proves nothing about provisioning
(recorded); so it comes after it.

Okta doesn't let a push in error be changed, so it is removed and made anew; what Okta says of it is
shown. A group that somebody deleted in dbt doesn't come back by that, since Okta still takes it for
there: its push has to go with *delete_target_group*, and is then declared again.

Removing a push leaves the group in dbt, with its members and permissions, unless
*delete_target_group* says the group's name again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import model_validator

from okta_scim_setup.address import Ref
from okta_scim_setup.errors import Unexpected
from okta_scim_setup.live import Live
from okta_scim_setup.providers.okta import _groups
from okta_scim_setup.resource import Resource
from okta_scim_setup.results import Check, Drift, Severity

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api


NOT_FOUND = "404"
"""What Okta's text holds where the account answered that it has no such group (claimed)."""


class GroupPush(Resource):
    """``okta.group_push``; its name is the Okta group's."""

    AFTER: ClassVar[tuple[str, ...]] = (
        "okta.scim_provisioning",
        "okta.provisioning_features",
        "okta.group_assignment",
    )
    OUTPUTS: ClassVar[tuple[str, ...]] = ("id", "name")
    TOUCHES_PEOPLE: ClassVar[bool] = True
    MAKING: ClassVar[str] = "joined to what dbt has of that name, or made"
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD311", Severity.HIGH, "the group and its members don't follow into dbt"),
        "status": Drift("AUD312", Severity.HIGH, "changes of the group's members don't follow"),
        "target": Drift("AUD313", Severity.HIGH, "the group has another name in dbt"),
        "delete_target_group": Drift("AUD314", Severity.LOW, "the group is still in dbt"),
    }
    EVENTS: ClassVar[tuple[str, ...]] = (
        "application.provision.group_push.mapping.created",
        "application.provision.group_push.activate_mapping",
        "application.provision.group_push.deactivate_mapping",
        "application.provision.group_push.removed",
        "application.provision.group_push.pushed",
    )
    EXAMPLE: ClassVar[str] = (
        "{kind: okta.group_push, name: dbt-devs, app: !ref okta.saml_app/dbt.id}"
    )

    app: str | Ref
    """The id of the app."""
    status: Literal["ACTIVE"] = "ACTIVE"
    """Whether Okta pushes."""
    target: str | None = None
    """The group's name in dbt, where it is another than in Okta."""
    delete_target_group: str | None = None
    """With ``state: absent``: the group's name in dbt once more, to delete it there as well."""

    @model_validator(mode="after")
    def _named_twice(self) -> Self:
        if self.delete_target_group not in (None, self._target):
            raise ValueError(f'delete_target_group must say the name again: "{self._target}"')
        return self

    @property
    def _target(self) -> str:
        return self.target or self.name

    def log_targets(self) -> frozenset[str]:
        """The group, by its name in Okta or in dbt."""
        return frozenset({self.name, self._target})

    def expect(self, api: Api) -> None:
        """The group is looked up together with the others."""
        api.expect_groups([self.name])

    def read(self, api: Api) -> Live | None:
        """The mapping, if there is one."""
        group = _groups.find(api, str(self.app), self.name)
        for mapping in api.push_mappings(str(self.app)):
            if mapping["sourceGroupId"] == group["id"]:
                return Live(
                    values={"status": mapping["status"]},
                    outputs={"id": mapping["id"], "name": self._target},
                    notes=tuple(self._noted(mapping.get("errorSummary") or "")),
                )
        return None

    def _noted(self, error: str) -> Iterator[str]:
        """What Okta says of a push that failed, and what helps where a new push wouldn't."""
        if error:
            yield f'of the push of "{self.name}" Okta says: {error}'
        if NOT_FOUND in error:
            yield self._lost

    @property
    def _lost(self) -> str:
        """Okta joins what it knows by that name, and so the group that isn't there, every time."""
        return (
            f'dbt has lost "{self._target}", and Okta still takes it for there: let the push be '
            f"absent with delete_target_group: {self._target}, apply, then declare it again"
        )

    def make(self, api: Api, fingerprint: str) -> Live:
        """Push the group, to the account's group of that name if Okta knows it, else to a new one.

        A known one goes by its id: by name Okta joins it only where the app's setting *Rename app
        groups* is off (reported).
        """
        group = _groups.find(api, str(self.app), self.name)
        known = _groups.of_app(api, str(self.app), self._target)
        to = {"targetGroupId": known} if known else {"targetGroupName": self._target}
        try:
            api.create_push_mapping(str(self.app), group["id"], to)
        except Unexpected:
            there = self.read(api)  # another run may have been quicker
            if there is None or there.values["status"] != self.status:
                raise
            return there
        return self._read_back(api)

    def update(self, api: Api, live: Live, attributes: frozenset[str]) -> Live:
        """Push again; Okta doesn't accept that of a mapping in error, which is made anew."""
        if live.values["status"] == "ERROR":
            mended = self.model_copy(update={"delete_target_group": None})
            mended.delete(api, live)
            return mended.make(api, "")
        api.set_push_status(str(self.app), live.outputs["id"], self.status)
        return self._read_back(api)

    def delete(self, api: Api, live: Live) -> None:
        """Stop the push: first inactive, then gone. The group stays in dbt unless named again.

        Raises:
            Unexpected: Okta answered with success and the push is there still.
        """
        if live.values["status"] == "ACTIVE":
            api.set_push_status(str(self.app), live.outputs["id"], "INACTIVE")
        self._delete(api, live.outputs["id"])
        if any(m["id"] == live.outputs["id"] for m in api.push_mappings(str(self.app))):
            raise Unexpected(
                f'Okta accepted the end of the push of "{self.name}" and changed nothing',
                ("asked", f"DELETE /api/v1/apps/{self.app}/group-push/mappings"),
                ("do", "look at the app's Push Groups page, then run again"),
            )

    def verify(self, api: Api, live: Live) -> Iterator[Check]:
        """The mapping as Okta shows it after the push."""
        mapping: dict[str, Any] = next(
            (m for m in api.push_mappings(str(self.app)) if m["id"] == live.outputs["id"]), {}
        )
        problem = mapping.get("errorSummary") or ""
        good = mapping.get("status") == self.status and not problem
        yield Check(
            f"Okta pushes {self.name}",
            "passed" if good else "failed",
            "; ".join(filter(None, (problem, self._lost if NOT_FOUND in problem else "")))
            or str(mapping.get("status", "no such mapping")).lower(),
        )

    def done(self, live: Live) -> str:
        """It was read back."""
        return f"{live.values['status'].lower()}; read back"

    def _delete(self, api: Api, mapping_id: str) -> None:
        too = self.delete_target_group is not None
        api.delete_push_mapping(str(self.app), mapping_id, target_group_too=too)

    def _read_back(self, api: Api) -> Live:
        now = self.read(api)
        if now is None or now.values["status"] == "INACTIVE":
            raise Unexpected(
                f'Okta accepted the push of "{self.name}" and it isn\'t active',
                ("asked", f"POST /api/v1/apps/{self.app}/group-push/mappings"),
                ("do", "look at the app's Push Groups page, then run again"),
            )
        return now
