"""The SSO app that people sign in with: found by its exact label or by its id, or made.

SCIM is set up on the app of the SSO integration, so that comes first. The app must be active. Its
*Application username format* must be Email: dbt looks people up by e-mail and refuses anything
else. Changing the format of a live app touches everybody who is assigned, so a person does it.

With ``create: true`` a custom SAML app is made, as dbt's SSO guide has it, where the org has none
with that label. One that is there is never written to: Okta's API takes an app only whole, and that
resets its provisioning (reported). What differs is a step for a person, who is told why.

``state: absent`` is a step for a person as well, after everything that refers to the app is gone:
from then on nobody signs in by it. The app stays in Okta, inactive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from okta_scim_setup.errors import ConfigError, Unexpected
from okta_scim_setup.facts import Log, Whereabouts
from okta_scim_setup.live import Live, Pending
from okta_scim_setup.people import Person
from okta_scim_setup.providers.okta import (
    _app_search,
    _apps,
    _log,
    _observation,
    _people,
    _saml,
    _saml_by_hand,
    _sso_guide,
)
from okta_scim_setup.resource import Channel, Resource
from okta_scim_setup.results import Click, Drift, Severity

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api

OF_METADATA = frozenset({"entity_id", "sso_url", "certificate", "certificate_expires"})
"""Outputs that take a request more."""


class SamlApp(Resource):
    """``okta.saml_app``."""

    OUTPUTS: ClassVar[tuple[str, ...]] = (
        "id",
        "name",
        "label",
        "audience",
        "entity_id",
        "sso_url",
        "certificate",
        "certificate_expires",
        "sign_ins",
    )
    TOUCHES_PEOPLE: ClassVar[bool] = True
    MAKING_TOUCHES_PEOPLE: ClassVar[bool] = False
    EXCLUSIVE: ClassVar[tuple[str, ...]] = ("label", "id")
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD002", Severity.HIGH, "people can't sign in with Okta, or still can"),
        "username_format": Drift(
            "AUD001", Severity.HIGH, "dbt refuses people whose user name isn't their e-mail"
        ),
        "single_sign_on_url": Drift("AUD004", Severity.HIGH, "people are sent elsewhere"),
        "audience": Drift("AUD005", Severity.HIGH, "dbt doesn't accept who signs in"),
        "relay_state": Drift("AUD006", Severity.LOW, "who starts in Okta may land elsewhere"),
        "attribute_statements": Drift("AUD007", Severity.HIGH, "dbt isn't told who signs in"),
        "group_filter": Drift("AUD008", Severity.MEDIUM, "dbt isn't told people's groups"),
        "renew_certificate": Drift(
            "AUD009", Severity.HIGH, "nobody can sign in once the certificate has ended"
        ),
    }
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "renew_certificate": frozenset({"certificate", "certificate_expires"})
    }
    EVENTS: ClassVar[tuple[str, ...]] = ("application.lifecycle.update",)
    EXAMPLE: ClassVar[str] = "{kind: okta.saml_app, name: dbt, label: dbt Cloud}"

    label: str | None = None
    """The app's exact label."""
    id: str | None = None
    """The app's id, where labels aren't unique."""
    username_format: Literal["email"] = "email"
    """*Application username format*; SCIM with dbt works with Email only."""
    create: bool = False
    """Whether it is made where the org has none with the label; then the rest is dbt's guide's."""
    single_sign_on_url: str | None = None
    """*Single sign-on URL*: ``https://HOST/login/callback?connection=SLUG``. None: as it is."""
    audience: str | None = None
    """*Audience URI (SP Entity ID)*: ``urn:auth0:ENTITY:SLUG``. None: as it is."""
    relay_state: str | None = None
    """*Default RelayState*: the login URL slug, as `create` has it. None: as it is."""
    attribute_statements: dict[str, str] | None = None
    """*Attribute Statements*: name and expression. None: as they are."""
    group_filter: str | None = None
    """*Group Attribute Statements*: a pattern of the groups that are sent. None: as it is."""
    renew_certificate: Annotated[int | None, Field(ge=1, le=365)] = None
    """Days before its end from which a person is asked for another signing certificate."""

    @classmethod
    def events(cls, attribute: str) -> tuple[str, ...]:
        """That a certificate comes to its end is nobody's doing."""
        return () if attribute == "renew_certificate" else cls.EVENTS

    @model_validator(mode="before")
    @classmethod
    def _as_the_guide_has_it(cls, given: Any) -> Any:
        return _sso_guide.filled_in(given)

    @field_validator("single_sign_on_url")
    @classmethod
    def _a_url(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https://[\w.-]+(:\d+)?/\S*", value):
            raise ValueError("must be https://HOST/..., as dbt's SSO settings show it")
        return value

    @model_validator(mode="after")
    def _one_of_label_and_id(self) -> Self:
        if not self.label and not self.id:
            raise ValueError("a label or an id is required")
        if self.create and (not self.label or self.id):
            raise ValueError("create: true goes with a label, and with no id")
        if self.create and not (self.single_sign_on_url and self.audience):
            raise ValueError("create: true needs single_sign_on_url and audience")
        return self

    def asked_for(self, api: Api, outputs: frozenset[str]) -> None:
        """Metadata and System Log are read only for those who refer to them."""
        api.asked_of_apps[self._which] = api.asked_of_apps.get(self._which, frozenset()) | outputs

    def expect(self, api: Api) -> None:
        """The app is looked up together with those of other tenants."""
        if self.label and not self.id:
            api.expect_app(self.label)

    def read(self, api: Api) -> Live | None:
        """Find the app; None where it is to be made.

        Raises:
            ConfigError: there is none, there are several, or it isn't active.
        """
        app = self._found(api)
        if app is None:
            return None
        if app["status"] != "ACTIVE":
            raise ConfigError(
                f'app "{app["label"]}" {app["id"]} in {api.org} is {app["status"].lower()}',
                ("do", "activate it in Okta, or name another app. Nothing was written."),
            )
        return self._live(api, app)

    def left_over(self, api: Api) -> Live | None:
        """The app, active or not; None if there is none."""
        label = str(self.label)
        app = api.app(self.id) if self.id else _app_search.by_label(api, label, may_lack=True)
        return self._live(api, app) if app else None

    def make(self, api: Api, fingerprint: str) -> Live:
        """Make the app and read it back.

        Raises:
            OutcomeUnknown: it may have been made; whoever looks for the label finds it.
            Unexpected: Okta answered with success, and it isn't as asked for.
        """
        api.forget()
        if (there := self.read(api)) is not None:
            return there  # somebody else was quicker: never a second one
        told = _sso_guide.statements(self.attribute_statements or {}, str(self.group_filter))
        signs_on = _sso_guide.sign_on(
            str(self.single_sign_on_url), str(self.audience), self.relay_state or "", told
        )
        made = _saml.make(api.calls, str(self.label), _apps.EMAIL_TEMPLATE, signs_on)
        app = api.app(str(made["id"])) or made
        now = self._live(api, app)
        shown = ("username_format", *_saml_by_hand.SIGN_ON)
        wrong = [x for x in shown if now.values[x] != getattr(self, x)]
        if wrong or app["status"] != "ACTIVE":
            raise Unexpected(
                f'Okta made the app "{self.label}" and {", ".join(wrong) or "it"} isn\'t as asked',
                ("asked", "POST /api/v1/apps?activate=true"),
                ("do", f"look at the app {app['id']} in Okta, then run again"),
            )
        return now

    def channel(self, attribute: str, live: Live | None) -> Channel:
        """What is there is changed by a person, whatever the app."""
        return "manual" if live else "api"

    def why_by_hand(self, live: Live) -> str:
        """It isn't a matter of what the API can do."""
        return _saml_by_hand.why(self, live)

    def clicks(self, live: Live, attributes: frozenset[str]) -> Iterable[Click]:
        """The Sign On page, and the SAML settings."""
        return _saml_by_hand.clicks(self, live, attributes)

    def gone(self, live: Live) -> bool:
        """Inactive is absent: nobody signs in by it."""
        return bool(live.outputs["status"] != "ACTIVE")

    def farewell(self, live: Live) -> Iterable[Click]:
        """A person deactivates it: the way in of everybody who is assigned."""
        yield _saml_by_hand.farewell(live)

    def people(self, api: Api, live: Live | None) -> Iterable[Person]:
        """Everybody who is assigned."""
        return _people.assigned(api, live.outputs["id"]) if live else ()

    def losing(self, api: Api, live: Live, gone: frozenset[str]) -> Iterable[Person]:
        """Everybody who is assigned."""
        return () if self.gone(live) else _people.assigned(api, live.outputs["id"])

    def mates(self, api: Api, live: Live | None) -> Mapping[str, str]:
        """The account's login URL slug, which is in the app's addresses."""
        url = live.values["single_sign_on_url"] if live else self.single_sign_on_url
        audience = live.values["audience"] if live else self.audience
        slug = _sso_guide.slug(str(url or ""), str(audience or ""))
        return {"login URL slug": slug} if slug else {}

    def headline(self, live: Live) -> str:
        """The app as people know it."""
        return f'app "{live.outputs["label"]}" {live.outputs["id"]}'

    def done(self, live: Live) -> str:
        """Its id, by which people find it."""
        return f"{live.outputs['id']} made; read back"

    def observations(
        self, api: Api, live: Live, since: datetime
    ) -> Mapping[str, Callable[[], Any]]:
        """Who has the app, what is pushed, its certificate, and what failed."""
        return _observation.of_app(api, live.outputs["id"], since)

    def log(self, api: Api, live: Live, targets: frozenset[str], since: datetime) -> Log:
        """Okta's System Log, as far as it is about the app, or about people and groups."""
        ids = (each for each in targets if each.startswith(_log.IDS))
        return _log.of_app(api.calls, live.outputs["id"], ids, since)

    def whereabouts(self, api: Api, emails: Iterable[str]) -> Mapping[str, Whereabouts | None]:
        """As Okta's directory says."""
        return _observation.whereabouts(api, emails)

    def _live(self, api: Api, app: Mapping[str, Any]) -> Live:
        found = _apps.username_format(app)
        outputs = {
            "id": app["id"],
            "name": app["name"],
            "label": app["label"],
            "status": app["status"],
            "audience": _saml.settings(app).get("audience") or "",
            "link": api.admin_link(_apps.page(app)),
            "assigned": "the" if found == "email" else len(api.app_users(app["id"])),
        }
        values: dict[str, Any] = {"username_format": found, **_saml.signs_on(app)}
        asked = api.asked_of_apps.get(self._which, frozenset())
        if app["status"] == "ACTIVE" and (asked & OF_METADATA or self.renew_certificate):
            told = _saml.metadata(api.calls, app)
            outputs |= {
                "entity_id": told.entity_id,
                "sso_url": told.sso_url,
                "certificate": told.certificate,
                "certificate_expires": told.expires.isoformat(),
            }
            values["renew_certificate"] = self._renewal(api, told)
        if "sign_ins" in asked:
            outputs["sign_ins"] = _saml.sign_ins(api.calls, app["id"])
        return Live(values, outputs)

    def _renewal(self, api: Api, told: _saml.Metadata) -> int | Pending | None:
        left = told.expires - api.now()
        if self.renew_certificate is None or left > timedelta(days=self.renew_certificate):
            return self.renew_certificate
        return Pending(f"the certificate ends on {told.expires:%Y-%m-%d}")

    @property
    def _which(self) -> str:
        return str(self.id or self.label)

    def _found(self, api: Api) -> Mapping[str, Any] | None:
        if self.id:
            return _app_search.by_id(api, self.id, self.label)
        return _app_search.by_label(api, str(self.label), may_lack=self.create)
