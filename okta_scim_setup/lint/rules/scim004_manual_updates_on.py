"""People and groups that SCIM manages can be edited by hand, and drift.

With Allow manual updates on, what somebody edits in dbt stays until Okta happens to send the same
person or group again. dbt recommends to leave it off.

Remedy: declare manual_updates_allowed: false for dbt_cloud.scim_config.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.lint.rule import Hit, Rule, Seen, at, present
from okta_scim_setup.playbook import Declared

NAME = "manual_updates_allowed"


class ManualUpdatesOn(Rule):
    """``SCIM004``."""

    def written(self, declared: Declared) -> Iterator[Hit]:
        """Where it is declared."""
        for declaration in present(declared, "dbt_cloud.scim_config"):
            if declaration.resource.attributes()[NAME] is True:
                yield at(declaration, NAME, Hit("no", "yes, as declared"))

    def found(self, seen: Seen) -> Iterator[Hit]:
        """Where nothing is declared and it is on; one GET, that of the SCIM switches."""
        if any(present(seen.declared, "dbt_cloud.scim_config")) or not seen.scim_wanted():
            return
        api = seen.api("dbt_cloud")
        if api is not None and api.scim_config()[NAME]:
            yield Hit("no", "yes, and nothing is declared of it", attribute=NAME)
