"""People don't arrive in dbt: the group that gives them the app says a licence that isn't one.

dbt refuses everybody whose licenseType it doesn't know. The group is assigned and pushed all the
same, and stays empty in dbt. The licences are developer, analyst, it and read_only; readonly is a
permission set.

Remedy: write one of those that okta.app_user_schema lists as its values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from okta_scim_setup.language.near import near
from okta_scim_setup.lint.rule import Hit, Rule, at, present
from okta_scim_setup.people import LICENCE, SIZES
from okta_scim_setup.playbook import Declared
from okta_scim_setup.results import Severity


class LicenceUnknown(Rule):
    """``SCIM014``."""

    SEVERITY: ClassVar[Severity] = Severity.HIGH

    def written(self, declared: Declared) -> Iterator[Hit]:
        """Each group whose profile says a licence that nobody declared; null says none."""
        known = _known(declared)
        for declaration in present(declared, "okta.group_assignment"):
            licence = (declaration.resource.attributes()["profile"] or {}).get(LICENCE)
            if licence is None or licence in known:
                continue
            meant = "".join(f"; near: {text}" for _, text in near(str(licence), known))
            hit = Hit(f"one of {', '.join(known)}", f'"{licence}"{meant}')
            yield at(declaration, "profile", hit)


def _known(declared: Declared) -> tuple[str, ...]:
    """What the declared attribute takes, or else dbt's licences."""
    schemas = present(declared, "okta.app_user_schema")
    values = (d.resource.attributes()["values"] for d in schemas if d.resource.name == LICENCE)
    return tuple(next(values, SIZES))
