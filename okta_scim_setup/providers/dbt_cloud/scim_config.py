"""An account's SCIM switches: on, and whether people may still edit what SCIM manages by hand.

Switching SCIM on turns things off in dbt: people aren't added to default groups, SSO group mappings
give way to pushed groups, and invitations and edits by hand are refused unless *Allow manual
updates* is on (not recommended). Whether SCIM decides on licences is `dbt_cloud.scim_licences`.

The SCIM base URL is built from the access URL and the account id, or is the tenant's
``scim_base_url``: no API shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from okta_scim_setup.facts import Log
from okta_scim_setup.live import Live
from okta_scim_setup.people import Population
from okta_scim_setup.providers.dbt_cloud import (
    _audit_log,
    _observation,
    _population,
    _sso,
    _switches,
)
from okta_scim_setup.resource import Resource
from okta_scim_setup.results import Drift, Severity

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api


ENTAILS = (
    "SCIM on in dbt: nobody is added to default groups any more",
    "SCIM on in dbt: SSO group mappings give way to pushed groups",
)
"""What switching SCIM on turns off (facts: dbt 1.5)."""

BY_HAND = "SCIM on in dbt: invitations and edits by hand are refused"
"""What is turned off besides, unless manual updates are allowed (facts: dbt 1.5)."""


class ScimConfig(Resource):
    """``dbt_cloud.scim_config``."""

    NAME: ClassVar = "never"
    AFTER: ClassVar[tuple[str, ...]] = ("dbt_cloud.auth_provider",)
    OUTPUTS: ClassVar[tuple[str, ...]] = ("base_url",)
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD102", Severity.LOW, "dbt still takes what Okta sends"),
        "enabled": Drift("AUD101", Severity.HIGH, "dbt refuses what Okta sends"),
        "manual_updates_allowed": Drift(
            "AUD103", Severity.MEDIUM, "people can edit by hand what SCIM manages"
        ),
    }
    EXAMPLE: ClassVar[str] = "{kind: dbt_cloud.scim_config, enabled: true}"

    enabled: bool = True
    """*Enable SCIM*."""
    manual_updates_allowed: bool = False
    """*Allow manual updates*."""

    def read(self, api: Api) -> Live:
        """The switches as they stand; an account always has them."""
        found = api.scim_config()
        return Live(
            values={
                "enabled": found["enabled"],
                "manual_updates_allowed": found["manual_updates_allowed"],
            },
            outputs={"base_url": api.base_url},
            entails=tuple(self._entailed(found)),
        )

    def _entailed(self, found: Mapping[str, bool]) -> Iterator[str]:
        """What people can count on today and can't any more."""
        if not self.enabled:
            return
        if not found["enabled"]:
            yield from ENTAILS
        by_hand = found["manual_updates_allowed"] or not found["enabled"]
        if by_hand and not self.manual_updates_allowed:
            yield BY_HAND

    def update(self, api: Api, live: Live, attributes: frozenset[str]) -> Live:
        """Set the declared switches, leave the others, and read all of them back.

        The endpoint takes the whole configuration, so it is read, merged and written.

        Raises:
            Unexpected: dbt answered 200 and changed nothing.
        """
        wanted = {name: getattr(self, name) for name in attributes}
        _switches.set_some(api, wanted)
        return self.read(api)

    def gone(self, live: Live) -> bool:
        """Off is absent."""
        return not live.values["enabled"]

    def delete(self, api: Api, live: Live) -> None:
        """Switch SCIM off; people and groups stay as they are.

        Raises:
            Unexpected: dbt answered 200 and changed nothing.
        """
        _switches.set_some(api, {"enabled": False})

    def mates(self, api: Api, live: Live | None) -> Mapping[str, str]:
        """The account's login URL slug."""
        slug = _sso.slug(api)
        return {"login URL slug": slug} if slug else {}

    def ahead(self, api: Api, *, audit: bool) -> Iterable[Callable[[], object]]:
        """Lists of the account."""
        return _observation.ahead(api, audit=audit) if self.enabled else ()

    def observations(
        self, api: Api, live: Live, since: datetime
    ) -> Mapping[str, Callable[[], Any]]:
        """Who is in the account, what the groups may do, invitations, IP restrictions."""
        return _observation.of_account(api, since)

    def log(self, api: Api, live: Live, targets: frozenset[str], since: datetime) -> Log:
        """dbt's audit log."""
        return _audit_log.events(api, since)

    def population(self, api: Api) -> Population:
        """Who is in the account, its seats, and who may administer it."""
        return _population.population(api)
