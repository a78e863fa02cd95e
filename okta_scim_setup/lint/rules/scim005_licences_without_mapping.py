"""Everybody who arrives gets a Developer seat: SCIM decides on licences and Okta says none.

Once Manage user licenses with SCIM is on, dbt ignores its own licence maps and takes licenseType
from Okta. Where no attribute is filled, new people get a Developer seat each.

Remedy: give the groups of okta.group_assignment a profile with licenseType, or declare an
okta.profile_mapping of that name, or leave dbt_cloud.scim_licences out.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.lint.rule import Hit, Rule, at, present
from okta_scim_setup.people import LICENCE
from okta_scim_setup.playbook import Declared

SWITCH = "scim_controlled_license_type"


class LicencesWithoutMapping(Rule):
    """``SCIM005``."""

    def written(self, declared: Declared) -> Iterator[Hit]:
        """Where licences are left to SCIM and nothing declared fills the attribute."""
        if _mapped(declared):
            return
        for declaration in present(declared, "dbt_cloud.scim_licences"):
            if declaration.resource.attributes()[SWITCH] is True:
                hit = Hit(f"{LICENCE} from Okta for everybody", "nothing declared that fills it")
                yield at(declaration, SWITCH, hit)


def _mapped(declared: Declared) -> bool:
    by_group = any(
        LICENCE in (d.resource.attributes()["profile"] or ())
        for d in present(declared, "okta.group_assignment")
    )
    mappings = present(declared, "okta.profile_mapping")
    return by_group or any(d.resource.name == LICENCE for d in mappings)
