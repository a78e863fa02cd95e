"""Which SSO groups get which licence at sign-in, where SCIM doesn't decide on licences.

There is one map for each type of licence; where several apply, Developer wins (facts: dbt 1.8).
Once `dbt_cloud.scim_licences` is on, dbt ignores all maps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field, field_validator

from okta_scim_setup.errors import Unexpected
from okta_scim_setup.live import Live
from okta_scim_setup.resource import Resource
from okta_scim_setup.results import Drift, Severity

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api

LicenceType = Literal["developer", "read_only", "analyst", "it"]
"""dbt's types of licence (specified: LicenseTypeEnum)."""

IGNORED = "dbt ignores licence maps: SCIM decides on licences"


class LicenseMap(Resource):
    """``dbt_cloud.license_map``; its name is the type of licence."""

    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD171", Severity.MEDIUM, "people get another licence when they sign in"),
        "groups": Drift("AUD172", Severity.MEDIUM, "people get another licence when they sign in"),
    }
    EVENTS: ClassVar[tuple[str, ...]] = (
        "license_map.added",
        "license_map.changed",
        "license_map.removed",
    )
    EXAMPLE: ClassVar[str] = "{kind: dbt_cloud.license_map, name: read_only, groups: [dbt-viewers]}"

    groups: Annotated[tuple[str, ...], Field(strict=False)]
    """Names of SSO groups, as Okta sends them; their order counts for nothing."""

    @field_validator("name")
    @classmethod
    def _a_type(cls, value: str) -> str:
        if value not in get_args(LicenceType):
            raise ValueError(f"must be one of {', '.join(get_args(LicenceType))}")
        return value

    def log_targets(self) -> frozenset[str]:
        """The type of licence."""
        return frozenset({self.name})

    def read(self, api: Api) -> Live | None:
        """The map of this type of licence, if there is one."""
        found = self._found(api)
        if found is None:
            return None
        there = tuple(found.get("sso_license_mapping_groups") or ())
        by_scim = api.scim_config()["scim_controlled_license_type"]
        return Live(
            {"groups": self.groups if set(there) == set(self.groups) else there},
            outputs={"id": found["id"]},
            notes=(IGNORED,) if by_scim else (),
        )

    def make(self, api: Api, fingerprint: str) -> Live:
        """Make the map."""
        api.set_license_map(None, self._body(api))
        return self._read_back(api)

    def update(self, api: Api, live: Live, attributes: frozenset[str]) -> Live:
        """Set the groups."""
        api.set_license_map(live.outputs["id"], self._body(api))
        return self._read_back(api)

    def delete(self, api: Api, live: Live) -> None:
        """Remove the map.

        Raises:
            Unexpected: dbt answered with success and it is there still.
        """
        api.delete_license_map(live.outputs["id"])
        if self._found(api) is not None:
            raise self._not_done(api, "DELETE")

    def _found(self, api: Api) -> Mapping[str, Any] | None:
        return next((m for m in api.license_maps() if m["license_type"] == self.name), None)

    def _body(self, api: Api) -> dict[str, Any]:
        return {
            "account_id": api.account_id,
            "license_type": self.name,
            "sso_license_mapping_groups": list(self.groups),
        }

    def _read_back(self, api: Api) -> Live:
        now = self.read(api)
        if now is None or now.values["groups"] != self.groups:
            raise self._not_done(api, "POST")
        return now

    def _not_done(self, api: Api, method: str) -> Unexpected:
        return Unexpected(
            f"dbt Cloud accepted the licence map of {self.name} and changed nothing",
            ("asked", f"{method} /api/v3/accounts/{api.account_id}/license-maps/"),
            ("do", "look at SSO & SCIM in dbt's account settings, then run again"),
        )
