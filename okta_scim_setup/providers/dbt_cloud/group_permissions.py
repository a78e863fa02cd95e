"""What the people of a pushed group may do in dbt: permission sets, in all projects or in one.

Okta pushes groups without permissions, so their people see nothing until somebody gives the group
some. The group arrives a moment after the push, which is waited for.

dbt takes a group's permissions whole and replaces all of them (reported), so they are read, merged
and written in one request, which is never repeated: repeated ones have multiplied permissions
(reported). What the group had before is put into a file first, and the outcome names it.

Permissions that aren't declared stay, unless *others* says ``remove``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from okta_scim_setup.address import Ref
from okta_scim_setup.errors import ConfigError, Unexpected
from okta_scim_setup.live import Live
from okta_scim_setup.providers.dbt_cloud._permissions import (
    Permission,
    Permissions,
    bodies,
    held,
    project_id,
)
from okta_scim_setup.providers.dbt_cloud._population import administers
from okta_scim_setup.resource import Resource
from okta_scim_setup.results import Check, Drift, Severity

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api

PATIENCE = 60.0
"""Seconds that a pushed group may take to arrive."""


class GroupPermissions(Resource):
    """``dbt_cloud.group_permissions``; its name, where none is written, is the group's."""

    NAME: ClassVar = "optional"
    NAMED_BY: ClassVar[str] = "group"
    AFTER: ClassVar[tuple[str, ...]] = (
        "dbt_cloud.scim_config",
        "okta.scim_provisioning",  # what was pushed before may have gone to another account
    )
    TOUCHES_PEOPLE: ClassVar[bool] = True
    TOUCHES_LICENCES: ClassVar[bool] = False
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD161", Severity.HIGH, "the group's people can do nothing in dbt"),
        "group": Drift("AUD162", Severity.HIGH, "the group's people can do nothing in dbt"),
        "permissions": Drift("AUD163", Severity.HIGH, "the group's people may do less or more"),
        "others": Drift("AUD164", Severity.HIGH, "the group's people may do more"),
    }
    EXAMPLE: ClassVar[str] = (
        "{kind: dbt_cloud.group_permissions, group: dbt-devs, "
        "permissions: [developer, {set: job_admin, project: Core}]}"
    )

    group: str | Ref
    """The group's name in dbt."""
    permissions: Permissions
    """Permission sets; each for all projects, or ``{set: ..., project: ..., environments: []}``."""
    others: Literal["keep", "remove"] = "keep"
    """What becomes of the group's other permissions."""

    def check_named(self, api: Api) -> None:
        """The projects.

        Raises:
            ConfigError: one isn't there, so that a plan says it already.
        """
        for project in dict.fromkeys(p.project for p in self.permissions if p.project):
            project_id(project, api.projects())

    def read(self, api: Api) -> Live | None:
        """What the group may do; None if it isn't there, or has nothing of what is declared."""
        self.check_named(api)
        return self._found(api)

    def left_over(self, api: Api) -> Live | None:
        """The same, whichever projects there are still."""
        return self._found(api)

    def _found(self, api: Api) -> Live | None:
        group = self._group(api)
        if group is None:
            return None
        has = held(group, api.projects())
        ours = {p.key for p in self.permissions} & {p.key for p in has}
        other = [p for p in has if p.key not in ours]
        if self.permissions and not ours and not (other and self.others == "remove"):
            return None
        whole = len(ours) == len({p.key for p in self.permissions})
        return Live(
            values={
                "permissions": self.permissions
                if whole
                else tuple(p for p in has if p.key in ours),
                "others": "keep" if other and self.others == "remove" else self.others,
            },
            outputs={"id": group["id"], "sets": tuple(p.set for p in has)},
            notes=self._noted(other),
        )

    def disarms(self, live: Live, *, absent: bool) -> frozenset[str]:
        """The group, if it lets its people administer the account now and will not any more."""
        declared = {p.set for p in self.permissions}
        there = set(live.outputs["sets"])
        left = there - declared if absent else declared
        loses = administers(there) and not administers(left)
        return (
            frozenset({str(self.group)})
            if loses and (absent or self.others == "remove")
            else (frozenset())
        )

    def make(self, api: Api, fingerprint: str) -> Live:
        """Wait for the group, and give it what is declared.

        Raises:
            Unexpected: it didn't come.
        """
        group = api.wait_until(lambda: self._group(api, fresh=True), PATIENCE)
        if group is None:
            raise Unexpected(
                f'no group called "{self.group}" has come to {api.account}',
                ("but", f"it was waited for {PATIENCE:.0f} s after its push"),
                ("do", "look at the app's Push Groups page in Okta, then run again"),
            )
        return self._write(api, group, absent=False)

    def update(self, api: Api, live: Live, attributes: frozenset[str]) -> Live:
        """Give the group what it lacks, and take away what it shall not have."""
        return self._write(api, self._there(api), absent=False)

    def delete(self, api: Api, live: Live) -> str:
        """Take away what is declared; the group's other permissions stay."""
        return self._write(api, self._there(api), absent=True).told

    def verify(self, api: Api, live: Live) -> Iterator[Check]:
        """Whether SCIM manages the group: one of the same name may have been there before."""
        group = self._group(api, fresh=True) or {}
        managed = bool(group.get("scim_managed"))
        yield Check(
            f"dbt's group {self.group} is managed by SCIM",
            "passed" if managed else "warned",
            f"{group.get('member_count', 0)} members",
        )

    def done(self, live: Live) -> str:
        """It was read back."""
        return f"{', '.join(map(str, self.permissions))}; read back"

    def _there(self, api: Api) -> Mapping[str, Any]:
        group = self._group(api, fresh=True)
        if group is None:
            raise Unexpected(
                f'the group "{self.group}" has gone from {api.account}',
                ("do", "look at Groups in dbt's account settings, then run again"),
            )
        return group

    def _group(self, api: Api, *, fresh: bool = False) -> Mapping[str, Any] | None:
        found = [g for g in api.groups(fresh=fresh) if g["name"] == self.group]
        if len(found) > 1:
            ids = ", ".join(str(group["id"]) for group in found)
            raise ConfigError(
                f'{api.account} has {len(found)} groups called "{self.group}"',
                ("near", ids),
                ("do", "rename all but one in dbt. Nothing was written."),
            )
        return found[0] if found else None

    def _write(self, api: Api, group: Mapping[str, Any], *, absent: bool) -> Live:
        """Merge what is declared with what is there, save that, and write once."""
        projects = api.projects()
        has = held(group, projects)
        declared = {p.key for p in self.permissions}
        kept = [p for p in has if p.key not in declared] if self._keeps(absent=absent) else []
        wanted = [*kept, *(() if absent else self.permissions)]
        # Nothing is written until all that may be wrong with it is known.
        sent = bodies(wanted, api.account_id, group["id"], projects)
        saved = self._saved(api, group)
        api.replace_permissions(group["id"], sent)
        return self._read_back(api, wanted, saved)

    def _keeps(self, *, absent: bool) -> bool:
        return absent or self.others == "keep"

    def _saved(self, api: Api, group: Mapping[str, Any]) -> Path | None:
        """Put what the group has into a file.

        Raises:
            ConfigError: there is no place for it.
        """
        before = group.get("group_permissions") or []
        about = {"group": group["name"], "id": group["id"], "account": api.account_id}
        if not before:
            return None
        name = f"permissions-of-group-{group['id']}"
        return api.journal.keep(name, {**about, "group_permissions": before})

    def _read_back(self, api: Api, wanted: Iterable[Permission], saved: Path | None) -> Live:
        has = sorted(str(p) for p in held(self._there(api), api.projects()))
        if has != sorted(map(str, wanted)):
            raise Unexpected(
                f'dbt Cloud accepted the permissions of "{self.group}" and they aren\'t as asked',
                ("asked", f"POST /api/v3/accounts/{api.account_id}/group-permissions/"),
                ("answered", ", ".join(has) or "none"),
                ("do", f"look at the group in dbt. What it had before: {saved or 'nothing'}"),
            )
        told = f"what it had before is in {saved}" if saved else ""
        now = self._found(api)
        values = now.values if now else {}
        return Live(values, now.outputs if now else {}, told=told)

    def _noted(self, other: Iterable[Permission]) -> tuple[str, ...]:
        extra = ", ".join(map(str, other))
        if not extra or self.others == "remove":
            return ()
        return (f"{self.group} in dbt may also: {extra} (not declared, stays)",)
