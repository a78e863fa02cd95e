"""Signing in to the account with Okta: whom dbt trusts, and whether passwords still work.

All of it comes from the SSO app (`okta.saml_app`): issuer, single sign-on URL and certificate. dbt
never shows the certificate, only when it ends, so another one is noticed by its end. The provider
is changed in place and never replaced.

*allow_password_backdoor* stays on until a sign-in was seen: somebody whom Okta let through, by its
System Log, and whom dbt let in right then, after the settings were changed last. Before that, false
is refused, and so is changing whom dbt trusts while passwords don't work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from okta_scim_setup.address import Ref
from okta_scim_setup.errors import Unexpected
from okta_scim_setup.live import Live, SignIns, Unreadable
from okta_scim_setup.people import Population
from okta_scim_setup.providers.dbt_cloud import _population, _sso
from okta_scim_setup.resource import Mutability, Resource
from okta_scim_setup.results import Check, Drift, Severity
from okta_scim_setup.times import utc

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api

TRUST = frozenset({"entity_id", "sso_url", "certificate", "certificate_expires"})
"""What says whom dbt trusts."""

SKEW = timedelta(minutes=1)
"""How much two services' clocks may differ."""

AT_ONCE = timedelta(minutes=10)
"""How long after Okta let somebody through dbt lets them in, at most."""


class AuthProvider(Resource):
    """``dbt_cloud.auth_provider``."""

    NAME: ClassVar = "never"
    STANDS_ALONE: ClassVar[bool] = True
    TOUCHES_PEOPLE: ClassVar[bool] = True
    TOUCHES_LICENCES: ClassVar[bool] = False
    OUTPUTS: ClassVar[tuple[str, ...]] = ("id", "slug")
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD141", Severity.HIGH, "people can't sign in with Okta, or still can"),
        "type": Drift("AUD142", Severity.HIGH, "people sign in by another identity provider"),
        "entity_id": Drift("AUD143", Severity.HIGH, "dbt trusts another app than declared"),
        "sso_url": Drift("AUD144", Severity.HIGH, "people are sent elsewhere to sign in"),
        "certificate": Drift("AUD145", Severity.HIGH, "dbt may not accept who signs in"),
        "certificate_expires": Drift(
            "AUD146", Severity.HIGH, "dbt has another certificate than Okta signs with"
        ),
        "slug": Drift("AUD147", Severity.HIGH, "people sign in at another address"),
        "allow_password_backdoor": Drift(
            "AUD148", Severity.MEDIUM, "people can, or can't, get in without Okta"
        ),
        "sign_ins": Drift("AUD149", Severity.LOW, "who signed in is evidence, never compared"),
    }
    EVENTS: ClassVar[tuple[str, ...]] = ("auth_provider.changed",)
    EXAMPLE: ClassVar[str] = (
        "{kind: dbt_cloud.auth_provider, entity_id: !ref okta.saml_app/dbt.entity_id, "
        "sso_url: !ref okta.saml_app/dbt.sso_url, "
        "certificate: !ref okta.saml_app/dbt.certificate, "
        "certificate_expires: !ref okta.saml_app/dbt.certificate_expires}"
    )

    type: Literal["okta"] = "okta"
    """*Log in with*."""
    entity_id: str | Ref
    """*Identity Provider Issuer*."""
    sso_url: str | Ref
    """*Identity Provider SSO URL*."""
    certificate: Annotated[str | Ref, Mutability.WRITE_ONLY]
    """*X.509 Certificate*, as PEM; dbt never shows it."""
    certificate_expires: str | Ref | None = None
    """When that ends; dbt shows the end of the one it has, so another one is noticed."""
    slug: str | None = None
    """*Login URL slug*. None: as it is."""
    allow_password_backdoor: bool = True
    """Whether people get in with a password as well, should SSO fail."""
    sign_ins: SignIns | Ref | None = None
    """``!ref okta.saml_app/NAME.sign_ins``: what shows that SSO works, before passwords end."""

    @classmethod
    def events(cls, attribute: str) -> tuple[str, ...]:
        """The certificate differs by what was done in Okta or in dbt: no event tells which."""
        return () if attribute in {"certificate", "certificate_expires"} else cls.EVENTS

    def read(self, api: Api) -> Live | None:
        """The provider; what is left of an earlier one is changed in place."""
        found = _sso.provider(api)
        if found is None:
            return None
        closing = found.get("allow_password_backdoor") and not self.allow_password_backdoor
        outputs = {
            "id": found["id"],
            "slug": found.get("slug") or "",
            "changed": utc(str(found["updated_at"])) if found.get("updated_at") else None,
            "logins": _sso.logins(api) if closing else SignIns({}),
        }
        return Live(self._values(found), outputs)

    def make(self, api: Api, fingerprint: str) -> Live:
        """Let people sign in with Okta."""
        return self._set(api, None, TRUST)

    def update(self, api: Api, live: Live, attributes: frozenset[str]) -> Live:
        """Set what differs; the certificate goes along wherever trust changes."""
        api.calls.memo.forget()  # what was read for the plan may have moved since
        return self._set(api, _sso.provider(api), attributes)

    def delete(self, api: Api, live: Live) -> None:
        """Let nobody sign in with Okta any more.

        Raises:
            Unexpected: dbt answered with success and it is there still.
        """
        _sso.delete_provider(api, live.outputs["id"])
        if _sso.provider(api) is not None:
            raise self._not_done(api, "it is there still")

    def objection(self, live: Live | None, attributes: frozenset[str]) -> str:
        """Neither another provider in its place, nor passwords off on no evidence."""
        if live is not None and live.values["type"] != self.type:
            return f"the account signs in with {live.values['type']}: that is never replaced"
        in_use = live is not None and bool(live.values["sso_url"])
        if live is not None and in_use and "slug" in attributes:
            return f'people sign in at "{live.values["slug"]}": that address is never changed'
        shut = live is not None and live.values["allow_password_backdoor"] is False
        if shut and not self.allow_password_backdoor and attributes & {"entity_id", "sso_url"}:
            return "whom dbt trusts isn't changed while passwords are off: let them work first"
        if "allow_password_backdoor" in attributes and not self.allow_password_backdoor:
            return self._unproven(live, attributes)
        return ""

    def clings(self, live: Live) -> str:
        """As long as there is no other way in."""
        return (
            ""
            if live.values["allow_password_backdoor"]
            else (
                "nobody could get in without it: let passwords work first "
                "(allow_password_backdoor: true)"
            )
        )

    def mates(self, api: Api, live: Live | None) -> Mapping[str, str]:
        """The account's login URL slug, as it will be."""
        slug = self.slug or (live.outputs["slug"] if live else "")
        return {"login URL slug": slug} if slug else {}

    def only_by_sso(self) -> bool:
        """As declared."""
        return not self.allow_password_backdoor

    def population(self, api: Api) -> Population:
        """Who is in the account, its seats, and who may administer it."""
        return _population.population(api)

    def verify(self, api: Api, live: Live) -> Iterator[Check]:
        """Whom dbt trusts, as it shows it."""
        found = _sso.provider(api) or {}
        good = found.get("entity_id") == self.entity_id and found.get("sso_url") == self.sso_url
        yield Check(
            "dbt sends people to the app to sign in",
            "passed" if good else "failed",
            str(found.get("sso_url") or "there is no provider"),
        )

    def done(self, live: Live) -> str:
        """It was read back."""
        return "set up; read back"

    def _values(self, found: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": found.get("type"),
            "entity_id": found.get("entity_id") or "",
            "sso_url": found.get("sso_url") or "",
            "certificate_expires": self._expires(found),
            "slug": found.get("slug") or "",
            "allow_password_backdoor": bool(found.get("allow_password_backdoor")),
        }

    def _expires(self, found: Mapping[str, Any]) -> str | Unreadable | None:
        """The end of the certificate; to the day, as dbt may show no more than that."""
        ends = _sso.ends(found)
        if ends is None:
            return Unreadable("dbt doesn't say when the certificate ends")
        told = self.certificate_expires
        same = isinstance(told, str) and utc(told).date() == ends.date()
        return str(told) if same else ends.isoformat()

    def _unproven(self, live: Live | None, attributes: frozenset[str]) -> str:
        """Why it isn't seen yet that people can sign in with Okta; empty: it was."""
        if live is None or attributes & TRUST:
            return (
                "passwords stay on until somebody was seen to sign in with Okta: set SSO up first"
            )
        if not isinstance(self.sign_ins, SignIns):
            return (
                "passwords stay on: sign_ins: !ref okta.saml_app/NAME.sign_ins shows who signed in"
            )
        if _proves(self.sign_ins, live.outputs["logins"], live.outputs["changed"]):
            return ""
        return "nobody was seen to sign in with Okta since SSO was changed: passwords stay on"

    def _set(self, api: Api, found: Mapping[str, Any] | None, attributes: frozenset[str]) -> Live:
        body: dict[str, Any] = {
            "type": self.type,
            "entity_id": self.entity_id,
            "sso_url": self.sso_url,
            "allow_password_backdoor": self.allow_password_backdoor,
            **({} if self.slug is None else {"slug": self.slug}),
            **({"cert": self.certificate} if attributes & TRUST else {}),
        }
        _sso.set_provider(api, found, body)
        now = self.read(api)
        wrong = [x for x in _COMPARED if now is None or now.values[x] != getattr(self, x)]
        if now is None or wrong:
            raise self._not_done(api, f"{', '.join(wrong)} isn't as asked")
        return now

    def _not_done(self, api: Api, what: str) -> Unexpected:
        return Unexpected(
            f"dbt Cloud accepted the SSO settings, and {what}",
            ("asked", f"POST /api/v3/accounts/{api.account_id}/auth-provider/"),
            ("do", "look at SSO & SCIM in dbt's account settings, then run again"),
        )


_COMPARED = ("type", "entity_id", "sso_url", "allow_password_backdoor")


def _proves(by_okta: SignIns, by_dbt: SignIns, changed: datetime | None) -> bool:
    """Whether somebody whom Okta let through was in dbt right then, since *changed*."""
    for login, let_through in by_okta.last.items():
        came_in = by_dbt.last.get(login)
        if came_in is None or (changed is not None and came_in < changed):
            continue
        if -SKEW <= came_in - let_through <= AT_ONCE:
            return True
    return False
