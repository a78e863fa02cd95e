"""A SCIM token is handed over: in time, only one that works, and then seen in use.

The journal is told of each step before it is taken: what is found later is judged by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from okta_scim_setup import scim
from okta_scim_setup.errors import NotTaken, Unexpected
from okta_scim_setup.live import Live
from okta_scim_setup.providers.dbt_cloud._holdings import LONGEST_WAIT
from okta_scim_setup.providers.dbt_cloud._proof import LEASE
from okta_scim_setup.results import Check
from okta_scim_setup.times import utc

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api

PATIENCE = 30.0
"""Seconds to wait until dbt shows that Okta used the token."""


def probe(api: Api, live: Live) -> Live:
    """Use the token once, directly; one that doesn't work is revoked, as Okta never had it.

    Raises:
        Unexpected: dbt doesn't accept the token it made.
        NotTaken: this run was interrupted for too long; the token is revoked.
    """
    try:
        return _probed(api, live)
    except NotTaken:
        api.delete_scim_token(live.outputs["id"])
        raise


def _probed(api: Api, live: Live) -> Live:
    accepted = scim.answers(
        api.transport,
        api.base_url,
        live.outputs["token"],
        before=lambda: _check_in_time(api, live),
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
    _check_in_time(api, live)
    api.settle(seen)
    # Where not even that shows, it may show by a clock that is off, and later than answered.
    before = utc(seen) if seen else answered + LEASE
    if accepted == "late":  # what shows may be the first use, and the last one's comes yet
        before = max(before, answered)
        api.pause_until(answered)
    api.journal.note("handing over", name=live.outputs["name"], before=before.isoformat())
    probed = before.isoformat() if seen else None
    return Live(live.values, {**live.outputs, "probed": probed})


def check_made(api: Api, live: Live) -> None:
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
    _check_in_time(api, live)


def _check_in_time(api: Api, live: Live) -> None:
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


def entrust(api: Api, live: Live) -> None:
    """Note that a person is about to enter it."""
    api.journal.note("handing over", name=live.outputs["name"], before=None, by_hand=True)


def received(api: Api, live: Live) -> None:
    """Note that Okta said that it has it."""
    api.journal.note("handed over", name=live.outputs["name"])


def verify(api: Api, live: Live) -> Iterator[Check]:
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


def _minutes(age: timedelta) -> int:
    return int(age.total_seconds() // 60)


def _moved(token: Mapping[str, Any] | None, before: str | None) -> str | None:
    """When the token was last used, if that is later than *before*."""
    used = (token or {}).get("last_used")
    return used if used and (before is None or utc(used) > utc(before)) else None


def _clock(text: str) -> str:
    return utc(text).strftime("%Y-%m-%d %H:%M:%S UTC")
