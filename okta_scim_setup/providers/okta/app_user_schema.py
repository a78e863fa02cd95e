"""An attribute of the app's users that Okta hands on over SCIM, such as dbt's ``licenseType``.

The defaults are what dbt's guide "Manage user licenses with SCIM" asks for. The attribute alone
does nothing: a group's profile (`okta.group_assignment`) or an expression (`okta.profile_mapping`)
fills it, and dbt heeds it once `dbt_cloud.scim_licences` is on.

Okta doesn't change type, external name and external namespace of an attribute that exists, and
removing it would empty it for everybody; so where they differ a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from okta_scim_setup.address import Ref
from okta_scim_setup.errors import Unexpected
from okta_scim_setup.live import Live
from okta_scim_setup.providers.okta import _apps, _profiles
from okta_scim_setup.resource import Channel, Resource
from okta_scim_setup.results import Click, Drift, Severity

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api

DBT_USER = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User"
"""The SCIM schema that dbt's licence is an attribute of (facts: dbt 1.8)."""

LICENCES = ("it", "analyst", "developer", "read_only")
"""dbt's licences, as SCIM calls them (facts: dbt 1.8)."""

FIXED = frozenset({"type", "external_name", "external_namespace"})
"""What Okta doesn't change of an attribute that exists."""

WORDS: Mapping[str, str] = {
    "title": "title",
    "type": "type",
    "external_name": "externalName",
    "external_namespace": "externalNamespace",
    "values": "enum",
    "scope": "scope",
}
"""What Okta calls each of ours."""


class AppUserSchema(Resource):
    """``okta.app_user_schema``; its name is the attribute's variable name."""

    AFTER: ClassVar[tuple[str, ...]] = ("okta.scim_provisioning",)
    OUTPUTS: ClassVar[tuple[str, ...]] = ("name",)
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD321", Severity.MEDIUM, "Okta has nothing to tell dbt of licences"),
        "title": Drift("AUD322", Severity.LOW, "administrators see another title"),
        "type": Drift("AUD323", Severity.HIGH, "dbt can't read what Okta sends"),
        "external_name": Drift("AUD324", Severity.HIGH, "dbt doesn't know what Okta sends"),
        "external_namespace": Drift("AUD325", Severity.HIGH, "dbt doesn't know what Okta sends"),
        "values": Drift("AUD326", Severity.MEDIUM, "a licence can't be chosen, or isn't one"),
        "scope": Drift("AUD327", Severity.MEDIUM, "people's licences are set in another way"),
    }
    EVENTS: ClassVar[tuple[str, ...]] = ("schema.property.update",)
    EXAMPLE: ClassVar[str] = (
        "{kind: okta.app_user_schema, name: licenseType, app: !ref okta.saml_app/dbt.id}"
    )

    app: str | Ref
    """The id of the app."""
    title: str = "License Type"
    """*Display name*."""
    type: Literal["string"] = "string"
    """*Data type*."""
    external_name: str = "licenseType"
    """*External name*: the attribute in SCIM."""
    external_namespace: str = DBT_USER
    """*External namespace*: the SCIM schema that it is in."""
    values: Annotated[tuple[str, ...], Field(strict=False)] = LICENCES
    """*Enum*: what may be chosen; their order counts for nothing."""
    scope: Literal["NONE", "SELF"] = "NONE"
    """*Attribute type*: NONE is Group, SELF is Personal."""

    def read(self, api: Api) -> Live | None:
        """The attribute as Okta describes it."""
        found = _profiles.attribute(api.calls, str(self.app), self.name)
        if found is None:
            return None
        values = {ours: found.get(oktas) for ours, oktas in WORDS.items()}
        there = tuple(found.get("enum") or ())
        values["values"] = self.values if set(there) == set(self.values) else there
        values["scope"] = found.get("scope") or "NONE"
        app = api.app(str(self.app))
        link = api.admin_link(_apps.page(app)) if app else ""
        return Live(values, outputs={"name": self.name, "link": link})

    def make(self, api: Api, fingerprint: str) -> Live:
        """Add the attribute."""
        return self._set(api)

    def update(self, api: Api, live: Live, attributes: frozenset[str]) -> Live:
        """Set what differs and may be changed; the attribute goes whole."""
        return self._set(api, keep={name: live.values[name] for name in FIXED - attributes})

    def delete(self, api: Api, live: Live) -> None:
        """Remove the attribute, and with it what it said of everybody.

        Raises:
            Unexpected: Okta answered with success and it is there still.
        """
        _profiles.set_attribute(api.calls, str(self.app), self.name, None)
        if self.read(api) is not None:
            raise self._not_done()

    def channel(self, attribute: str, live: Live | None) -> Channel:
        """What Okta doesn't change is a person's to decide."""
        return "manual" if live and attribute in FIXED else "api"

    def why_by_hand(self, live: Live) -> str:
        """It can't be changed at all."""
        return "Okta doesn't change this of an attribute that exists"

    def clicks(self, live: Live, attributes: frozenset[str]) -> Iterable[Click]:
        """The Profile Editor."""
        yield Click(
            order=50,
            page="Provisioning, To App, Go to Profile Editor",
            note="it is emptied for everybody; the next apply makes it anew",
            press=f"Delete attribute {self.name}",
            attributes=attributes,
            link=live.outputs["link"],
        )

    def done(self, live: Live) -> str:
        """It was read back."""
        return "added; read back"

    def _set(self, api: Api, keep: Mapping[str, Any] | None = None) -> Live:
        wanted = {**self.attributes(), **(keep or {})}
        body = {oktas: wanted[ours] for ours, oktas in WORDS.items()}
        _profiles.set_attribute(
            api.calls, str(self.app), self.name, body | {"enum": list(self.values)}
        )
        now = self.read(api)
        if now is None or any(now.values[name] != wanted[name] for name in WORDS):
            raise self._not_done()
        return now

    def _not_done(self) -> Unexpected:
        return Unexpected(
            f"Okta accepted the attribute {self.name} of the app's users and it isn't as asked for",
            ("asked", f"POST /api/v1/meta/schemas/apps/{self.app}/default"),
            ("do", "look at the app in the Profile Editor, then run again"),
        )
