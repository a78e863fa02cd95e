"""*Manage user licenses with SCIM*: what Okta says of ``licenseType`` decides on people's licences.

It comes last: from then on licence maps and licences set by hand are ignored, and everybody gets
what Okta says. So the plan lists whose licence would change, of everybody who is in the account
now; a smaller licence is refused unless the exact number is named: ``--allow downgrade=2``. Before
it is switched on they are counted once more, and whoever wasn't in the plan stops it.

Where nobody's would change it comes before people are assigned: who is new then arrives with the
licence that Okta says, instead of a Developer seat first.

Somebody of whom Okta says nothing keeps their licence; who is new gets a Developer seat.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from okta_scim_setup.live import Live
from okta_scim_setup.providers.dbt_cloud import _switches
from okta_scim_setup.resource import Resource
from okta_scim_setup.results import Drift, Severity

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api


ENTAILS = "licences by SCIM: licence maps and licences set by hand in dbt don't count any more"
"""What switching it on turns off (facts: dbt 1.8)."""


class ScimLicences(Resource):
    """``dbt_cloud.scim_licences``."""

    NAME: ClassVar = "never"
    AFTER: ClassVar[tuple[str, ...]] = (
        "dbt_cloud.scim_config",
        "okta.scim_provisioning",
        "okta.provisioning_features",
        "okta.app_user_schema",
        "okta.profile_mapping",
        "okta.group_assignment",
        "okta.group_push",
        "dbt_cloud.group_permissions",
    )
    YIELDS_TO: ClassVar[tuple[str, ...]] = (
        "okta.group_assignment",
        "okta.group_push",
        "dbt_cloud.group_permissions",
    )
    TOUCHES_PEOPLE: ClassVar[bool] = True
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD151", Severity.MEDIUM, "licences don't follow what Okta says"),
        "scim_controlled_license_type": Drift(
            "AUD152", Severity.MEDIUM, "licences don't follow what Okta says"
        ),
    }
    EXAMPLE: ClassVar[str] = "{kind: dbt_cloud.scim_licences}"

    scim_controlled_license_type: bool = True
    """*Manage user licenses with SCIM*."""

    def licences_by_scim(self) -> bool:
        """As declared."""
        return self.scim_controlled_license_type

    def read(self, api: Api) -> Live:
        """The switch as it stands; an account always has it."""
        on = api.scim_config()["scim_controlled_license_type"]
        goes_on = self.scim_controlled_license_type and not on
        return Live({"scim_controlled_license_type": on}, entails=(ENTAILS,) if goes_on else ())

    def gone(self, live: Live) -> bool:
        """Off is absent."""
        return not live.values["scim_controlled_license_type"]

    def update(self, api: Api, live: Live, attributes: frozenset[str]) -> Live:
        """Set this switch, leave the other two, and read all of them back.

        Raises:
            Unexpected: dbt answered 200 and changed nothing.
        """
        _switches.set_some(api, {name: getattr(self, name) for name in attributes})
        return self.read(api)

    def delete(self, api: Api, live: Live) -> None:
        """Switch it off; everybody keeps the licence that they have then."""
        _switches.set_some(api, {"scim_controlled_license_type": False})
