"""The token with which Okta calls the account's SCIM endpoint. dbt shows it once, at its making.

Its name carries what must be remembered, since dbt has no other label: which account and resource
it is for, and the settings it was handed over with. A token that people made is never touched;
``adopt: ID`` takes one over that Okta holds already: it counts as this resource's, and is replaced
only by a rotation. Raising ``rotate`` asks for a new one.

A superseded token of ours stays alive for a grace of 24 hours and is retired only on evidence that
Okta uses its successor. One that was never handed over is retired after a lease of 15 minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self
from uuid import uuid4

from pydantic import model_validator

from okta_scim_setup import scim
from okta_scim_setup.errors import ConfigError, OutcomeUnknown, Unexpected
from okta_scim_setup.live import Live, ShownOnce, Superfluous
from okta_scim_setup.providers.dbt_cloud._token_name import TokenName
from okta_scim_setup.resource import Mutability, Resource
from okta_scim_setup.results import Check, Drift, Severity

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api

LEASE = timedelta(minutes=15)
"""Longer than a run may take: a younger unused token may belong to a run that is at work."""

GRACE = timedelta(hours=24)
"""How long a superseded token stays alive."""

TRIAL = "trial"
"""What a token is called that ``test --mint`` makes and revokes."""

PATIENCE = 30.0
"""Seconds to wait until dbt shows that Okta used the token."""


class ScimToken(Resource):
    """``dbt_cloud.scim_token``."""

    AFTER: ClassVar[tuple[str, ...]] = ("dbt_cloud.scim_config",)
    SUPERSEDES: ClassVar[bool] = True
    OUTPUTS: ClassVar[tuple[str, ...]] = ("id", "token")
    FINDINGS: ClassVar[Mapping[str, Drift]] = {
        "": Drift("AUD111", Severity.HIGH, "Okta holds no token of ours"),
        "rotate": Drift("AUD112", Severity.MEDIUM, "a new token was asked for and isn't made"),
        "retire": Drift("AUD113", Severity.LOW, "a superseded token is still alive"),
    }
    EXAMPLE: ClassVar[str] = "{kind: dbt_cloud.scim_token, name: okta}"

    adopt: int | None = None
    """The id of a token that Okta holds already."""
    rotate: Annotated[int, Mutability.IMMUTABLE] = 1
    """Raise it to have a new token made and handed over."""

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
        tokens = api.scim_tokens()
        if self.adopt is not None and self.rotate == 1:
            return self._adopted(api, tokens)
        ours = [(name, token) for token in tokens if (name := self._ours(api, token))]
        current = _current(ours)
        if current is None:
            return None
        name, token = current
        rest = [other for _, other in ours if other["id"] != token["id"]]
        return Live(
            values={"rotate": name.rotation},
            outputs=_outputs(token, name.fingerprint, tokens),
            superfluous=tuple(_superfluous(token, rest, api.now())),
        )

    def create(self, api: Api, fingerprint: str) -> Live:
        """Make a token. An unknown outcome is resolved by listing, never by asking again blindly.

        Raises:
            Unexpected: dbt made none, or lost the answer twice.
        """
        if self.adopt is not None and self.rotate == 1:
            raise ConfigError(
                f"token {self.adopt} is to be adopted, and its value is needed",
                ("but", "dbt showed it once, to somebody else"),
                ("do", "let Okta hold it first, raise rotate, or leave adopt out"),
            )
        for _ in range(2):
            name = self._name(api, fingerprint, uuid4().hex[:8])
            try:
                token, secret = api.create_scim_token(name.checked())
            except OutcomeUnknown:
                self._discard(api, str(name))
                continue
            return Live(
                values={"rotate": self.rotate},
                outputs={**_outputs(token, fingerprint, ()), "token": secret},
            )
        raise Unexpected(
            "dbt Cloud gave no answer to the making of a token, twice",
            ("asked", f"POST /api/v3/accounts/{api.account_id}/scim-config/tokens/"),
            ("do", "run again when dbt answers; what was made unseen has been revoked"),
        )

    def probe(self, api: Api, live: Live) -> Live:
        """Use the token once, directly; one that doesn't work is revoked, as Okta never had it.

        Raises:
            Unexpected: dbt doesn't accept the token it made.
        """
        if not scim.answers(api.transport, api.base_url, live.outputs["token"]):
            api.delete_scim_token(live.outputs["id"])
            raise Unexpected(
                f"dbt Cloud made token {live.outputs['id']} and doesn't accept it",
                ("asked", f"GET {api.base_url}/Users?startIndex=1&count=2"),
                ("do", "check the SCIM base URL. The token was revoked; nothing else changed."),
            )
        token_id = live.outputs["id"]
        # dbt may show a use late: what our own trial left must not be taken for Okta's use.
        seen = api.wait_until(lambda: (api.scim_token(token_id) or {}).get("last_used"), PATIENCE)
        api.settle(seen)
        return Live(live.values, {**live.outputs, "probed": seen})

    def discard(self, api: Api, live: Live) -> None:
        """Revoke a token that nobody got."""
        api.delete_scim_token(live.outputs["id"])

    def retire(self, api: Api, superfluous: Superfluous) -> None:
        """Revoke a token of ours."""
        api.delete_scim_token(superfluous.id)

    def verify(self, api: Api, live: Live) -> Iterator[Check]:
        """Whether Okta used the token since it was handed over: dbt's ``last_used`` has moved."""
        before = live.outputs.get("probed")
        token_id = live.outputs["id"]
        shows = "probed" not in live.outputs or before is not None
        patience = PATIENCE if shows else 0.0  # not even our own trial has shown
        seen = api.wait_until(lambda: _moved(api.scim_token(token_id), before), patience)
        seen = seen if shows else None
        yield Check(
            f"Okta used {token_id}",
            "passed" if seen else "warned",
            f"at {_clock(seen)}" if seen else "last_used hasn't moved; both tokens stay",
            reference="dbt scim-config/tokens last_used",
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

    def _adopted(self, api: Api, tokens: Sequence[Mapping[str, Any]]) -> Live:
        token = next((token for token in tokens if token["id"] == self.adopt), None)
        if token is None:
            raise ConfigError(
                f"{api.account} has no SCIM token {self.adopt} to adopt",
                *(
                    (("near", ", ".join(f'{t["id"]} "{t["name"]}"' for t in tokens)),)
                    if tokens
                    else ()
                ),
                ("do", "give the id of the token that Okta holds, or leave adopt out"),
            )
        return Live(values={"rotate": 1}, outputs=_outputs(token, None, tokens))

    def _ours(self, api: Api, token: Mapping[str, Any]) -> TokenName | None:
        name = TokenName.parse(token["name"])
        ours = name and name.account_id == api.account_id and name.resource == self.name
        return name if ours else None

    def _name(self, api: Api, fingerprint: str, run: str) -> TokenName:
        return TokenName(api.account_id, self.name, self.rotate, fingerprint, run)

    def _sweep(self, api: Api) -> None:
        """Revoke what an interrupted trial left behind; a younger one may be at work."""
        for token in api.scim_tokens(fresh=True):
            name = TokenName.parse(token["name"])
            old = api.now() - _time(token["created_at"]) > LEASE
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


def _current(
    ours: Sequence[tuple[TokenName, Mapping[str, Any]]],
) -> tuple[TokenName, Mapping[str, Any]] | None:
    """The newest: Okta holds it, or it waits to be handed over."""
    return max(ours, key=lambda pair: _time(pair[1]["created_at"]), default=None)


def _superfluous(
    current: Mapping[str, Any], rest: Sequence[Mapping[str, Any]], now: datetime
) -> Iterator[Superfluous]:
    """Which of the other tokens of ours may go, with the evidence; without it none may."""
    made, used = _time(current["created_at"]), current.get("last_used")
    proven = used is not None and _time(used) > made + LEASE
    for token in rest:
        age = now - _time(token["created_at"])
        if token.get("last_used") is None and age > LEASE and used is not None:
            yield Superfluous(token["id"], token["name"], "never used, older than the lease")
        elif proven and now - made > GRACE and _time(token["created_at"]) < made:
            evidence = f"Okta used {current['id']} at {used}; grace is over"
            yield Superfluous(token["id"], token["name"], evidence)


def _outputs(
    token: Mapping[str, Any], fingerprint: str | None, all_tokens: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    used = token.get("last_used")
    others = [t["last_used"] for t in all_tokens if t["id"] != token["id"] and t.get("last_used")]
    once = ShownOnce(
        token["id"],
        _time(token["created_at"]),
        _time(used) if used else None,
        fingerprint,
        rival=max(map(_time, others), default=None),
    )
    return {"id": token["id"], "token": once}


def _moved(token: Mapping[str, Any] | None, before: str | None) -> str | None:
    """When the token was last used, if that is later than *before*."""
    used = (token or {}).get("last_used")
    return used if used and (before is None or _time(used) > _time(before)) else None


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _clock(text: str) -> str:
    return _time(text).strftime("%Y-%m-%d %H:%M:%S UTC")
