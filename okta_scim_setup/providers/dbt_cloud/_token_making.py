"""A SCIM token is made: never asked for twice blindly, never beside one of another run.

An answer that is lost is looked for in dbt's list; what was made without being shown is revoked,
as nobody has its value. Of two runs that make one at once the earlier goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from okta_scim_setup.errors import Busy, ConfigError, OutcomeUnknown, SetupError, Unexpected
from okta_scim_setup.journal import Journal
from okta_scim_setup.live import Holding, Live
from okta_scim_setup.providers.dbt_cloud import _holdings, _proof
from okta_scim_setup.providers.dbt_cloud._holdings import Evidence
from okta_scim_setup.providers.dbt_cloud._proof import LEASE
from okta_scim_setup.providers.dbt_cloud._token_name import TokenName
from okta_scim_setup.times import utc

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api
    from okta_scim_setup.providers.dbt_cloud.scim_token import ScimToken

MOST_UNPROVEN = 10
"""Tokens that were handed over and that nothing shows Okta to use: no other is made then."""


def make(wanted: ScimToken, api: Api, fingerprint: str, run: Callable[[], str]) -> Live:
    """Make a token. An unknown outcome is resolved by listing, never by asking again blindly.

    Args:
        wanted: the resource that it is for.
        api: the account.
        fingerprint: what its name tells of whom it is handed over to, and with which settings.
        run: gives an id of this run, another one for each attempt.

    Raises:
        Busy: another run made one just now; what this one made is revoked.
        ConfigError: one that people made is to be adopted, and its value is needed.
        SetupError: nothing shows of any of the last ones that Okta took it.
        Unexpected: dbt made none, or lost the answer twice.
    """
    found = wanted.holdings(api, afresh=True)
    _check_ours(wanted, found)
    check_alone(found, api)
    _check_taken(found, api)
    for _ in range(2):
        name = TokenName(api.account_id, wanted.name, wanted.rotate, fingerprint, run()).checked()
        api.journal.note("minting", name=name)
        try:
            token, secret = api.create_scim_token(name)
        except OutcomeUnknown:
            revoke_unseen(api, name)
            continue
        api.journal.note("minted", name=name, id=token["id"])
        _check_first(wanted, api, token)
        made = utc(token["created_at"])
        once = {"id": token["id"], "token": secret, "name": name, "made": made}
        return Live(values={"rotate": wanted.rotate}, outputs=once)
    raise Unexpected(
        "dbt Cloud gave no answer to the making of a token, twice",
        ("asked", f"POST /api/v3/accounts/{api.account_id}/scim-config/tokens/"),
        ("do", "run again when dbt answers; what was made unseen has been revoked"),
    )


def check_alone(found: Sequence[Holding], api: Api) -> None:
    """Stop where a run elsewhere seems to be at work: a token younger than the lease.

    Raises:
        Busy: there is one, and no run on this machine made it.
    """
    evidence = Evidence(api.journal, api.now())
    for each in found:
        if _holdings.young(each, evidence):
            raise _busy(each)


def revoke_unseen(api: Api, name: str) -> None:
    """Revoke what was made and never shown: its value is lost and Okta never had it."""
    for token in api.scim_tokens(fresh=True):
        if token["name"] == name:
            api.delete_scim_token(token["id"])


def _check_ours(wanted: ScimToken, found: Sequence[Holding]) -> None:
    """Make none in place of one that is to be adopted: a rotation does that."""
    if wanted.adopt is None or wanted.rotate != 1 or any(each.ours for each in found):
        return
    raise ConfigError(
        f"token {wanted.adopt} is to be adopted, and its value is needed",
        ("but", "dbt showed it once, to somebody else"),
        ("do", "let Okta hold it first, or replace it: okta-scim-setup rotate"),
    )


def _check_taken(found: Sequence[Holding], api: Api) -> None:
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


def _check_first(wanted: ScimToken, api: Api, token: Mapping[str, Any]) -> None:
    """Of two runs that made one at once the earlier goes on; the other takes its own back.

    Both look after they have made theirs, so at least the later one sees both.
    """
    mine = (utc(token["created_at"]), token["id"])
    evidence = Evidence(api.journal, api.now())
    for each in wanted.holdings(api):
        if _holdings.young(each, evidence) and (each.made, each.id) < mine:
            api.delete_scim_token(token["id"])
            raise _busy(each)


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
