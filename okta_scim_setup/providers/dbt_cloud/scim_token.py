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

from okta_scim_setup import scim
from okta_scim_setup.errors import (
    Busy,
    ConfigError,
    NotTaken,
    NotYet,
    OutcomeUnknown,
    Refused,
    SetupError,
    Unexpected,
)
from okta_scim_setup.journal import Journal
from okta_scim_setup.live import Holding, Live, Pending, ShownOnce, Superfluous, current_of
from okta_scim_setup.providers.dbt_cloud import _holdings, _proof
from okta_scim_setup.providers.dbt_cloud._holdings import GRACE, LONGEST_WAIT, Evidence
from okta_scim_setup.providers.dbt_cloud._proof import LEASE
from okta_scim_setup.providers.dbt_cloud._token_name import TokenName, receiver
from okta_scim_setup.resource import Mutability, Resource
from okta_scim_setup.results import Check, Drift, Severity
from okta_scim_setup.times import utc

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api

TRIAL = "trial"
"""What a token is called that ``test --mint`` makes and revokes."""

MOST_UNPROVEN = 10
"""Tokens that were handed over and that nothing shows Okta to use: no other is made then."""

PATIENCE = 30.0
"""Seconds to wait until dbt shows that Okta used the token."""


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

    def read(self, api: Api) -> Live | None:
        """The token that Okta holds, as far as dbt's list can tell.

        Raises:
            ConfigError: the token to adopt isn't there, or the name is too long.
        """
        self._name(api, "0" * 8, "0" * 8).checked()
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
            outputs=_outputs(current, name.fingerprint if name else None, found, api),
            superfluous=tuple(Superfluous(h.id, h.name, h.evidence) for h in found if h.evidence),
            notes=tuple(_unproven(current, found, api)),
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
        self._check_alone(found, api)
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
        """Make a token that is handed over by API; see `_make`."""
        return self._make(api, fingerprint, lambda: uuid4().hex[:8])

    def make_for_a_person(self, api: Api, fingerprint: str) -> Live:
        """Make a token that a person enters: its name says so, since its use proves less."""
        return self._make(api, fingerprint, lambda: f"h{uuid4().hex[:7]}")

    def _make(self, api: Api, fingerprint: str, run: Callable[[], str]) -> Live:
        """Make a token. An unknown outcome is resolved by listing, never by asking again blindly.

        Raises:
            Busy: another run made one just now; what this one made is revoked.
            Unexpected: dbt made none, or lost the answer twice.
        """
        found = self.holdings(api, afresh=True)
        if self.adopt is not None and self.rotate == 1 and not any(h.ours for h in found):
            raise ConfigError(
                f"token {self.adopt} is to be adopted, and its value is needed",
                ("but", "dbt showed it once, to somebody else"),
                ("do", "let Okta hold it first, or replace it: okta-scim-setup rotate"),
            )
        self._check_alone(found, api)
        self._check_taken(found, api)
        for _ in range(2):
            name = self._name(api, fingerprint, run()).checked()
            api.journal.note("minting", name=name)
            try:
                token, secret = api.create_scim_token(name)
            except OutcomeUnknown:
                self._discard(api, name)
                continue
            api.journal.note("minted", name=name, id=token["id"])
            self._check_first(api, token)
            made = utc(token["created_at"])
            once = {"id": token["id"], "token": secret, "name": name, "made": made}
            return Live(values={"rotate": self.rotate}, outputs=once)
        raise Unexpected(
            "dbt Cloud gave no answer to the making of a token, twice",
            ("asked", f"POST /api/v3/accounts/{api.account_id}/scim-config/tokens/"),
            ("do", "run again when dbt answers; what was made unseen has been revoked"),
        )

    def probe(self, api: Api, live: Live) -> Live:
        """Use the token once, directly; one that doesn't work is revoked, as Okta never had it.

        Raises:
            Unexpected: dbt doesn't accept the token it made.
            NotTaken: this run was interrupted for too long; the token is revoked.
        """
        try:
            return self._probed(api, live)
        except NotTaken:
            self.discard(api, live)
            raise

    def _probed(self, api: Api, live: Live) -> Live:
        accepted = scim.answers(
            api.transport,
            api.base_url,
            live.outputs["token"],
            before=lambda: self._check_in_time(api, live),
        )
        if not accepted:
            api.delete_scim_token(live.outputs["id"])
            raise Unexpected(
                f"dbt Cloud made token {live.outputs['id']} and doesn't accept it",
                ("asked", f"GET {api.base_url}/Users?startIndex=1&count=2"),
                ("do", "check the SCIM base URL. The token was revoked; nothing else changed."),
            )
        # A trial that shows later was at most now, by a clock that ticks in seconds.
        answered = api.now() + timedelta(seconds=2)
        token_id = live.outputs["id"]
        # dbt may show a use late: what our own trial left must not be taken for Okta's use.
        seen = api.wait_until(lambda: (api.scim_token(token_id) or {}).get("last_used"), PATIENCE)
        self._check_in_time(api, live)
        api.settle(seen)
        # Where not even that shows, it may show by a clock that is off, and later than answered.
        before = utc(seen) if seen else answered + LEASE
        if accepted == "late":  # what shows may be the first use, and the last one's comes yet
            before = max(before, answered)
            api.pause_until(answered)
        api.journal.note("handing over", name=live.outputs["name"], before=before.isoformat())
        probed = before.isoformat() if seen else None
        return Live(live.values, {**live.outputs, "probed": probed})

    def check_made(self, api: Api, live: Live) -> None:
        """See that it is alive, and this run not slower than others take it to be.

        A machine may have slept since: another run would take its token for a dead run's.

        Raises:
            NotTaken: it is gone, or the lease has run out. Nobody got it.
        """
        there = api.scim_token(live.outputs["id"])
        if there is None:
            raise NotTaken(
                f"token {live.outputs['id']} is gone before it was handed over",
                ("but", "this run made it just now: somebody, or another run, has revoked it"),
                ("do", "run again. Okta goes on with the token that it holds."),
            )
        self._check_in_time(api, live)

    def _check_in_time(self, api: Api, live: Live) -> None:
        """Refuse to hand over a token that another run may take for a dead run's by now.

        Raises:
            NotTaken: it is to be discarded; nobody got it.
        """
        age = api.now() - live.outputs["made"]
        if age < LEASE - LONGEST_WAIT:  # the hand-over may have to wait as well
            return
        raise NotTaken(
            f"token {live.outputs['id']} was made {_minutes(age)} minutes ago and isn't handed "
            "over: this run was interrupted for too long",
            ("do", "run again. The token was revoked; Okta goes on with the one that it holds."),
        )

    def entrust(self, api: Api, live: Live) -> None:
        """Note that a person is about to enter it."""
        name = live.outputs["name"]
        api.journal.note("handing over", name=name, before=None, by_hand=True)

    def received(self, api: Api, live: Live) -> None:
        """Note that Okta said that it has it."""
        api.journal.note("handed over", name=live.outputs["name"])

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
        before = live.outputs.get("probed")
        token_id = live.outputs["id"]
        shows = "probed" not in live.outputs or before is not None
        patience = PATIENCE if shows else 0.0  # not even our own trial has shown
        seen = api.wait_until(lambda: _moved(api.scim_token(token_id), before), patience)
        seen = seen if shows else None
        if seen and "made" in live.outputs:  # later than our own trial, as no earlier one is known
            by_hand = "probed" not in live.outputs
            event = "tried" if by_hand else "proven"
            api.journal.note(event, name=live.outputs["name"], used=seen)
        yield Check(
            f"Okta used {token_id}",
            "passed" if seen else "warned",
            f"at {_clock(seen)}" if seen else "last_used hasn't moved; both tokens stay",
            reference="dbt scim-config/tokens last_used",
            proves=token_id if seen else None,
        )

    def trial(self, api: Api) -> Iterator[Check]:
        """Try the endpoint with a token of its own, and revoke that token whatever comes."""
        name = TokenName(api.account_id, TRIAL, 0, "0" * 8, uuid4().hex[:8]).checked()
        self._sweep(api)
        try:
            token, secret = api.create_scim_token(name)
        except OutcomeUnknown:
            self._discard(api, name)
            raise
        try:
            yield from scim.probe(api.transport, api.base_url, secret)
        finally:
            api.delete_scim_token(token["id"])
        yield Check("the trial's token is revoked", "passed", str(token["id"]))

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

    def _check_alone(self, found: Sequence[Holding], api: Api) -> None:
        """Stop where a run elsewhere seems to be at work: a token younger than the lease."""
        evidence = Evidence(api.journal, api.now())
        for each in found:
            if _holdings.young(each, evidence):
                raise _busy(each)

    def _check_taken(self, found: Sequence[Holding], api: Api) -> None:
        """Make no more where nothing shows of any of the last ones that Okta took it."""
        unproven = [
            each
            for each in found
            if each.ours and _sent(each, api.journal) and _proof.seen(each, api.journal) is None
        ]
        if len(unproven) >= MOST_UNPROVEN:
            used = max((h for h in found if h.used), key=lambda h: h.used or h.made, default=None)
            shown = f"; dbt shows the use of {used.id} last" if used else ""
            most = ", ".join(str(each.id) for each in unproven if each is not used)
            raise SetupError(
                f"{len(unproven)} tokens were sent to Okta, and nothing shows that it uses any",
                ("but", f"it may hold any of them, so none is revoked and no other made{shown}"),
                ("do", "see in Okta that the connection can be saved"),
                ("do", f"revoke in dbt those that it doesn't hold, and run again: {most}"),
            )

    def _check_first(self, api: Api, token: Mapping[str, Any]) -> None:
        """Of two runs that made one at once the earlier goes on; the other takes its own back.

        Both look after they have made theirs, so at least the later one sees both.
        """
        mine = (utc(token["created_at"]), token["id"])
        evidence = Evidence(api.journal, api.now())
        for each in self.holdings(api):
            if _holdings.young(each, evidence) and (each.made, each.id) < mine:
                api.delete_scim_token(token["id"])
                raise _busy(each)

    def held_by(self, api: Api, fingerprints: frozenset[str]) -> None:
        """Tokens that were made for another app aren't of this resource."""
        api.receivers[self.name] = frozenset(map(receiver, fingerprints))

    def _ours(self, api: Api, text: str) -> bool:
        name = TokenName.parse(text)
        return bool(
            name
            and name.account_id == api.account_id
            and name.resource == self.name
            and name.is_for(api.receivers.get(self.name))
        )

    def _name(self, api: Api, fingerprint: str, run: str) -> TokenName:
        return TokenName(api.account_id, self.name, self.rotate, fingerprint, run)

    def _sweep(self, api: Api) -> None:
        """Revoke what an interrupted trial left behind; a younger one may be at work."""
        for token in api.scim_tokens(fresh=True):
            name = TokenName.parse(token["name"])
            old = api.now() - utc(token["created_at"]) > LEASE
            if (
                name
                and name.rotation == 0
                and name.resource == TRIAL
                and name.account_id == api.account_id
                and old
            ):
                api.delete_scim_token(token["id"])

    def _discard(self, api: Api, name: str) -> None:
        """Its value is lost and Okta never had it."""
        for token in api.scim_tokens(fresh=True):
            if token["name"] == name:
                api.delete_scim_token(token["id"])


def _minutes(age: timedelta) -> int:
    return int(age.total_seconds() // 60)


def _sent(each: Holding, journal: Journal) -> bool:
    """Whether its hand-over by API was begun."""
    begun = journal.hand_over(each.name)
    return begun is not None and not begun.by_hand


def _busy(other: Holding) -> Busy:
    until = other.made + LEASE
    return Busy(
        f"token {other.id} was made at {other.made:%H:%M:%S} UTC, not by a run on this machine: "
        "another run may be at work",
        ("do", f"run again after {until:%H:%M} UTC. No token of this run is left."),
    )


def _outputs(
    current: Holding, fingerprint: str | None, found: Sequence[Holding], api: Api
) -> dict[str, Any]:
    begun = api.journal.hand_over(current.name)
    unseen = _proof.seen(current, api.journal) is None
    unanswered = bool(begun and not begun.acknowledged and unseen)
    once = ShownOnce(
        current.id,
        current.made,
        current.used,
        fingerprint,
        rival=_proof.rival(found, current, api.journal),
        unanswered=unanswered,
    )
    return {"id": current.id, "token": once, "name": current.name}


def _unproven(current: Holding, found: Sequence[Holding], api: Api) -> Iterator[str]:
    """Of two tokens of ours it is taken for granted that Okta holds the newer one; say so."""
    if _proof.seen(current, api.journal) is None and any(
        each.ours and not each.current for each in found
    ):
        yield f"nothing shows yet that Okta uses {current.id}, so no other token is revoked"


def _moved(token: Mapping[str, Any] | None, before: str | None) -> str | None:
    """When the token was last used, if that is later than *before*."""
    used = (token or {}).get("last_used")
    return used if used and (before is None or utc(used) > utc(before)) else None


def _clock(text: str) -> str:
    return utc(text).strftime("%Y-%m-%d %H:%M:%S UTC")
