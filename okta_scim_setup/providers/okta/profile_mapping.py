"""How an attribute of the app's users is filled from Okta's profile: an expression for everybody.

dbt's guide gives ``(isMemberOfGroupName("dbt_developers") ? 'developer' : 'read_only')`` for
``licenseType``. Another way is the profile of each `okta.group_assignment`; for one attribute it is
one or the other, since nobody could tell which counts.

With *push_status* PUSH a change of the expression reaches everybody who is provisioned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from okta_scim_setup.address import Ref
from okta_scim_setup.errors import Unexpected
from okta_scim_setup.live import Live
from okta_scim_setup.providers.okta import _profiles
from okta_scim_setup.resource import Resource
from okta_scim_setup.results import Drift, Severity

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api


class ProfileMapping(Resource):
    """``okta.profile_mapping``; its name is the attribute's variable name."""

    AFTER: ClassVar[tuple[str, ...]] = ("okta.app_user_schema",)
    TOUCHES_PEOPLE: ClassVar[bool] = True
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD331", Severity.MEDIUM, "the attribute isn't filled for anybody"),
        "expression": Drift("AUD332", Severity.MEDIUM, "people get other values than declared"),
        "push_status": Drift("AUD333", Severity.LOW, "changes of people don't follow"),
    }
    EVENTS: ClassVar[tuple[str, ...]] = ("mapping.update",)
    EXAMPLE: ClassVar[str] = (
        "{kind: okta.profile_mapping, name: licenseType, app: !ref okta.saml_app/dbt.id, "
        "expression: user.licenseType}"
    )

    app: str | Ref
    """The id of the app."""
    expression: str
    """Okta Expression Language, as the Profile Editor shows it."""
    push_status: Literal["PUSH", "DONT_PUSH"] = "PUSH"
    """Whether it is applied on create and update (PUSH) or on create only (DONT_PUSH)."""

    def decides(self) -> frozenset[str]:
        """The one attribute."""
        return frozenset({f"{self.name} of {self.app}"})

    def read(self, api: Api) -> Live | None:
        """The attribute's part of the mapping from Okta's user to the app's."""
        found = _profiles.mapped(api.calls, str(self.app), self.name)
        if found is None:
            return None
        return Live({"expression": found["expression"], "push_status": found["pushStatus"]})

    def make(self, api: Api, fingerprint: str) -> Live:
        """Add it to the mapping; the other attributes stay."""
        return self._set(api)

    def update(self, api: Api, live: Live, attributes: frozenset[str]) -> Live:
        """Set expression and push status; the other attributes stay."""
        return self._set(api)

    def delete(self, api: Api, live: Live) -> None:
        """Take it out of the mapping.

        Raises:
            Unexpected: Okta answered with success and it is there still.
        """
        _profiles.set_mapped(api.calls, str(self.app), self.name, None)
        if self.read(api) is not None:
            raise self._not_done()

    def done(self, live: Live) -> str:
        """It was read back."""
        return "mapped; read back"

    def _set(self, api: Api) -> Live:
        rule = {"expression": self.expression, "pushStatus": self.push_status}
        _profiles.set_mapped(api.calls, str(self.app), self.name, rule)
        now = self.read(api)
        if now is None or now.values != {
            "expression": self.expression,
            "push_status": self.push_status,
        }:
            raise self._not_done()
        return now

    def _not_done(self) -> Unexpected:
        return Unexpected(
            f"Okta accepted the mapping of {self.name} and it isn't as asked for",
            ("asked", f"POST /api/v1/mappings/ID for the app {self.app}"),
            ("do", "look at the app in the Profile Editor, then run again"),
        )
