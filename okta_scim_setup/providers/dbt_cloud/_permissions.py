"""A permission of a dbt group: one permission set, for all projects or one, as dbt has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from okta_scim_setup.errors import ConfigError

ACTIVE = 1
"""The state of what isn't deleted (specified)."""


class Permission(BaseModel):
    """One permission, with its project by name."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    set: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    """The permission set, such as ``developer``; dbt adds new ones, so the list is open."""
    project: str | None = None
    """The project's name; None: all projects."""
    environments: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """*Writable environment categories*, where the set has them."""

    def __str__(self) -> str:
        where = f" in {self.project}" if self.project else ""
        may = f" ({', '.join(sorted(self.environments))})" if self.environments else ""
        return f"{self.set}{where}{may}"

    @property
    def key(self) -> tuple[str, str | None, frozenset[str]]:
        """What makes two the same."""
        return (self.set, self.project, frozenset(self.environments))


def _permission(written: Any) -> Any:
    """A permission set's name alone stands for that set in all projects."""
    if isinstance(written, str):
        return Permission(set=written)
    return Permission.model_validate(written) if isinstance(written, Mapping) else written


_Written = BeforeValidator(_permission, json_schema_input_type=str | Permission)

Permissions = Annotated[tuple[Annotated[Permission, _Written], ...], Field(strict=False)]
"""A list of permissions; each a permission set's name, or ``{set: ..., project: ...}``."""


def held(group: Mapping[str, Any], projects: Iterable[Mapping[str, Any]]) -> list[Permission]:
    """The permissions of a group; a project that isn't there any more goes by its number."""
    names = {project["id"]: str(project["name"]) for project in projects}
    return [
        # What is there isn't checked as what is declared: dbt may call new sets as it likes.
        Permission.model_construct(
            set=each["permission_set"],
            project=None
            if each.get("all_projects")
            else names.get(each.get("project_id"), str(each.get("project_id"))),
            environments=tuple(each.get("writable_environment_categories") or ()),
        )
        for each in group.get("group_permissions") or ()
        if each.get("state", ACTIVE) == ACTIVE and each.get("permission_set")
    ]


def bodies(
    wanted: Iterable[Permission],
    account_id: int,
    group_id: int,
    projects: Iterable[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """What dbt is sent: all that the group shall have (specified: GroupPermissionRequest).

    Raises:
        ConfigError: a project isn't there, or several have its name.
    """
    there = list(projects)
    return [
        {
            "account_id": account_id,
            "group_id": group_id,
            "permission_set": each.set,
            "all_projects": each.project is None,
            "writable_environment_categories": sorted(each.environments),
        }
        | ({} if each.project is None else {"project_id": project_id(each.project, there)})
        for each in wanted
    ]


def project_id(name: str, projects: Iterable[Mapping[str, Any]]) -> int:
    """The number of the project called *name*.

    Raises:
        ConfigError: there is none, or there are several.
    """
    there = list(projects)
    found = [project for project in there if project["name"] == name]
    if len(found) == 1:
        return int(found[0]["id"])
    known = "        ".join(f'"{p["name"]}"  {p["id"]}' for p in (found or there)[:5])
    raise ConfigError(
        f'the account has {len(found) or "no"} project{"s" if found else ""} called "{name}"',
        *((("near", known),) if known else ()),
        ("do", "correct the project's name, or rename it in dbt. Nothing was written."),
    )
