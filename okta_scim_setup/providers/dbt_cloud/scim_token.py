"""The token with which Okta calls the account's SCIM endpoint. dbt shows it once, at its making.

Its name carries what must be remembered, since dbt has no other label: which account and resource
it is for, and the settings it was handed over with. A token that people made is never touched;
``adopt: ID`` takes one over that Okta holds already: it counts as this resource's, and is replaced
only by a rotation. ``okta-scim-setup rotate`` makes a new one and hands it over, as does raising
``rotate``, and ``max_age`` when it is due: at latest when the token is so many days old, sooner by
up to a tenth of that, so that many tenants don't fall due on one day.

A superseded token of ours stays alive for a grace of 24 hours and is retired only on evidence that
Okta uses its successor. One that was never handed over is retired after a lease of 15 minutes; a
younger one that no run on this machine made means that another run is at work, and this one stops.

``state: absent`` revokes those of ours, and only once whoever held them, declared absent as well,
was seen to be off: Okta with a dead token would leave people their access.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self
from uuid import uuid4

from pydantic import Field, model_validator

from okta_scim_setup.errors import ConfigError, NotYet, Refused
from okta_scim_setup.live import Holding, Live, Pending, Superfluous, current_of
from okta_scim_setup.providers.dbt_cloud import (
    _holdings,
    _proof,
    _token_hand_over,
    _token_making,
    _token_trial,
)
from okta_scim_setup.providers.dbt_cloud._holdings import GRACE, Evidence
from okta_scim_setup.providers.dbt_cloud._token_name import TokenName, receiver
from okta_scim_setup.providers.dbt_cloud._token_trial import TRIAL
from okta_scim_setup.resource import Mutability, Resource
from okta_scim_setup.results import Check, Drift, Severity

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api


class ScimToken(Resource):
    """``dbt_cloud.scim_token``."""

    AFTER: ClassVar[tuple[str, ...]] = ("dbt_cloud.scim_config",)
    SUPERSEDES: ClassVar[bool] = True
    MAKING: ClassVar[str] = "made, then handed over"
    OUTPUTS: ClassVar[tuple[str, ...]] = ("id", "token")
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD111", Severity.HIGH, "Okta holds no token of ours"),
        "rotate": Drift("AUD112", Severity.MEDIUM, "a new token was asked for and isn't made"),
        "retire": Drift("AUD113", Severity.LOW, "a superseded token is still alive"),
        "max_age": Drift("AUD114", Severity.MEDIUM, "the token that Okta holds is due for another"),
    }
    EXAMPLE: ClassVar[str] = "{kind: dbt_cloud.scim_token, name: okta}"

    adopt: int | None = None
    """The id of a token that Okta holds already."""
    rotate: Annotated[int, Mutability.IMMUTABLE] = 1
    """Raise it to have a new token made and handed over."""
    max_age: Annotated[int | None, Field(ge=7, le=3650), Mutability.IMMUTABLE] = None
    """Days after which a new token is made and handed over; on a custom SAML app a visit each."""

    @model_validator(mode="after")
    def _a_name_of_its_own(self) -> Self:
        if "/" in self.name or self.name == TRIAL:
            raise ValueError(f'the name must hold no slash, and "{TRIAL}" is test --mint\'s own')
        return self

    def held_by(self, api: Api, fingerprints: frozenset[str]) -> None:
        """Tokens that were made for another app aren't of this resource."""
        api.receivers[self.name] = frozenset(map(receiver, fingerprints))

    def read(self, api: Api) -> Live | None:
        """The token that Okta holds, as far as dbt's list can tell.

        Raises:
            ConfigError: the token to adopt isn't there, or the name is too long.
        """
        TokenName(api.account_id, self.name, self.rotate, "0" * 8, "0" * 8).checked()
        rows = api.scim_tokens()
        if self.adopt is not None and not any(self._ours(api, row["name"]) for row in rows):
            self._check_adopted(api, rows)
        found = self.holdings(api)
        current = current_of(found)
        if current is None:
            return None
        name = TokenName.parse(current.name) if current.ours else None
        rotation = name.rotation if name else 1
        age = {"max_age": Pending(overdue)} if (overdue := self._overdue(api, current)) else {}
        return Live(
            values={"rotate": rotation, **age},
            outputs={
                "id": current.id,
                "token": _holdings.shown_once(current, found, api.journal),
                "name": current.name,
            },
            superfluous=tuple(Superfluous(h.id, h.name, h.evidence) for h in found if h.evidence),
            notes=tuple(_holdings.unproven(current, found, api.journal)),
        )

    def left_over(self, api: Api) -> Live | None:
        """Every token of ours; what people made stays."""
        ours = sorted(each.id for each in self.holdings(api) if each.ours)
        return Live({}, outputs={"id": ours[-1], "ours": tuple(ours)}) if ours else None

    def delete(self, api: Api, live: Live) -> None:
        """Revoke every token of ours, now that nobody holds one; not found is success.

        Raises:
            Busy: one of them was made just now by another run.
        """
        found = self.holdings(api, afresh=True)
        _token_making.check_alone(found, api)
        for each in found:
            if each.ours:
                api.delete_scim_token(each.id)

    def holdings(
        self, api: Api, *, grace: bool = True, afresh: bool = False
    ) -> tuple[Holding, ...]:
        """Every SCIM token of the account: the current one, and why each other one stays or may go.

        Args:
            api: the account.
            grace: whether a superseded one has to wait for the end of its grace.
            afresh: whether to ask dbt, whatever was read before.
        """
        evidence = Evidence(api.journal, api.now(), GRACE if grace else timedelta())
        ours = lambda name: self._ours(api, name)  # noqa: E731 -- three lines more say no more
        rows = api.scim_tokens(fresh=afresh)
        found = _holdings.holdings(rows, ours, self.adopt, evidence)
        current = current_of(found)
        first = _proof.untold(current, api.journal) if current else None
        if current is None or first is None or api.transport.read_only:
            return found
        api.journal.note("tried", name=current.name, used=first.isoformat())
        return _holdings.holdings(rows, ours, self.adopt, evidence)

    def questions(self, api: Api) -> Iterator[datetime]:
        """From when on a call in Okta's own log would tell whether Okta holds the current one."""
        yield from _proof.questions(self.holdings(api), api.journal)

    def witness(self, api: Api, called: datetime) -> None:
        """Take it that Okta called the endpoint then, for as long as this run takes."""
        current = current_of(self.holdings(api))
        if current is not None:
            api.journal.hear(current.name, called)

    def observations(
        self, api: Api, live: Live, since: datetime
    ) -> Mapping[str, Callable[[], Any]]:
        """Every live SCIM token."""
        return {"tokens": lambda: self.holdings(api)}

    def confirm(self, api: Api, token_id: int) -> None:
        """Take it that a person saw Okta holding this token, the current one of ours.

        Raises:
            Refused: it isn't the current one.
        """
        current = current_of(self.holdings(api))
        if current is None or current.id != token_id:
            which = f"{current.id} is" if current else "none is there"
            raise Refused(
                f"token {token_id} isn't the current one of ours: {which}",
                ("do", "confirm the one that rotate made last. Nothing was written."),
            )
        now = api.now() + timedelta(seconds=1)  # a clock that ticks in seconds has ticked already
        api.journal.suppose("confirmed", name=current.name, used=now.isoformat())

    def named(self, api: Api, token_id: int) -> Superfluous | None:
        """A token that the operator named to be revoked, ours or not; None if there is none.

        Raises:
            Refused: Okta may hold it.
        """
        found = self.holdings(api)
        each = next((each for each in found if each.id == token_id), None)
        if each is None:
            return None
        current = current_of(found)
        reason = _proof.why_not(each, current, api.journal, api.now())
        if reason:
            confirm = f"see in Okta which it holds, then: --confirm {current.id}" if current else ""
            raise Refused(
                f'token {token_id} "{each.name}" isn\'t revoked: {reason}',
                ("do", confirm or "make one of ours first: okta-scim-setup apply"),
            )
        return Superfluous(each.id, each.name, "named with --retire")

    def renewed(self) -> Self:
        """The same, whatever was adopted: a rotation makes one of our own."""
        return self.model_copy(update={"adopt": None})

    def renewals(self) -> float:
        """How often a year `max_age` means a new token."""
        return 365 / self.max_age if self.max_age else 0.0

    def make(self, api: Api, fingerprint: str) -> Live:
        """Make a token that is handed over by API."""
        return _token_making.make(self, api, fingerprint, lambda: uuid4().hex[:8])

    def make_for_a_person(self, api: Api, fingerprint: str) -> Live:
        """Make a token that a person enters: its name says so, since its use proves less."""
        return _token_making.make(self, api, fingerprint, lambda: f"h{uuid4().hex[:7]}")

    def probe(self, api: Api, live: Live) -> Live:
        """Use the token once, directly; one that doesn't work is revoked, as Okta never had it."""
        return _token_hand_over.probe(api, live)

    def check_made(self, api: Api, live: Live) -> None:
        """See that it is alive, and this run not slower than others take it to be."""
        _token_hand_over.check_made(api, live)

    def entrust(self, api: Api, live: Live) -> None:
        """Note that a person is about to enter it."""
        _token_hand_over.entrust(api, live)

    def received(self, api: Api, live: Live) -> None:
        """Note that Okta said that it has it."""
        _token_hand_over.received(api, live)

    def discard(self, api: Api, live: Live) -> None:
        """Revoke a token that nobody got."""
        api.delete_scim_token(live.outputs["id"])

    def retire(self, api: Api, superfluous: Superfluous) -> None:
        """Revoke a token, unless Okta may hold it by now; not found is success.

        Raises:
            NotYet: what spoke for it when it was planned doesn't any more.
        """
        found = self.holdings(api, afresh=True)
        each = next((each for each in found if each.id == superfluous.id), None)
        if each is None:
            return
        current = current_of(found)
        reason = _proof.why_not(each, current, api.journal, api.now())
        if reason and not each.evidence:
            raise NotYet(f"{each.id} stays: {reason}")
        api.delete_scim_token(each.id)

    def verify(self, api: Api, live: Live) -> Iterator[Check]:
        """Whether Okta used the token since it was handed over: dbt's ``last_used`` has moved."""
        yield from _token_hand_over.verify(api, live)

    def trial(self, api: Api) -> Iterator[Check]:
        """Try the endpoint with a token of its own, and revoke that token whatever comes."""
        yield from _token_trial.trial(api)

    def done(self, live: Live) -> str:
        """Its id, and whether it was tried."""
        tried = "; dbt answers 200 to it" if "probed" in live.outputs else ""
        return f"{live.outputs['id']} made{tried}"

    def _check_adopted(self, api: Api, rows: Sequence[Mapping[str, Any]]) -> None:
        if any(row["id"] == self.adopt for row in rows):
            return
        near = ", ".join(f'{row["id"]} "{row["name"]}"' for row in rows)
        raise ConfigError(
            f"{api.account} has no SCIM token {self.adopt} to adopt",
            *((("near", near),) if near else ()),
            ("do", "give the id of the token that Okta holds, or leave adopt out"),
        )

    def _overdue(self, api: Api, current: Holding) -> str:
        """How old the token is, where another is due."""
        if self.max_age is None or not current.ours:  # an adopted one is replaced by rotate only
            return ""
        due = _holdings.due(current.made, self.max_age, f"{api.settings.identity}/{self.name}")
        if api.now() < due:
            return ""
        return f"{current.days} days old, due since {due:%Y-%m-%d}"

    def _ours(self, api: Api, text: str) -> bool:
        name = TokenName.parse(text)
        return bool(
            name
            and name.account_id == api.account_id
            and name.resource == self.name
            and name.is_for(api.receivers.get(self.name))
        )
