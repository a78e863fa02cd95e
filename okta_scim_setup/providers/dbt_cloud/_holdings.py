"""An account's live SCIM tokens: which one Okta holds, which may go, and on what evidence. Pure.

The rules (design: rotation). Between two tokens of ours the newer one counts as Okta's, unless the
journal shows that its run ended before it was handed over. A superseded one may go once its
successor is proven and the grace is over; one that was never handed over, after the lease. Whatever
was used later than the current one stays: Okta may hold it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from okta_scim_setup.journal import Journal
from okta_scim_setup.live import Holding, ShownOnce
from okta_scim_setup.providers.dbt_cloud._proof import (
    LEASE,
    first_call,
    is_by_hand,
    rival,
    said,
    seen,
    why_not,
)
from okta_scim_setup.providers.dbt_cloud._token_name import TokenName
from okta_scim_setup.times import utc

LONGEST_WAIT = timedelta(seconds=610)
"""How long a request may wait for a rate limit before it is sent."""

GRACE = timedelta(hours=24)
"""How long a superseded token stays alive."""


SPREAD = 10
"""Due dates lie within the last tenth of the greatest age."""


@dataclass(frozen=True)
class Evidence:
    """What the tokens are judged by."""

    journal: Journal
    now: datetime
    """By dbt's clock."""
    grace: timedelta = GRACE


def holdings(
    rows: Sequence[Mapping[str, Any]],
    ours: Callable[[str], bool],
    adopted: int | None,
    evidence: Evidence,
) -> tuple[Holding, ...]:
    """Every live token, the current one marked, each other one with why it may go or stays.

    Args:
        rows: dbt's list.
        ours: whether a token's name is one that this resource gave.
        adopted: a token of other people that counts as current as long as none of ours is there.
        evidence: what tells more.
    """
    found = [_holding(row, ours, evidence.now) for row in rows]
    current = _current(found, adopted, evidence.journal)
    return tuple(
        replace(each, current=True, proven=seen(each, evidence.journal) is not None)
        if current and each.id == current.id
        else _judged(each, current, evidence)
        for each in found
    )


def shown_once(current: Holding, found: Sequence[Holding], journal: Journal) -> ShownOnce:
    """What remains known of the current one's value, and whether Okta may hold another.

    Args:
        current: the current one.
        found: every live token.
        journal: the tenant's.
    """
    name = TokenName.parse(current.name) if current.ours else None
    begun = journal.hand_over(current.name)
    unseen = seen(current, journal) is None
    return ShownOnce(
        current.id,
        current.made,
        current.used,
        name.fingerprint if name else None,
        rival=rival(found, current, journal),
        unanswered=bool(begun and not begun.acknowledged and unseen),
    )


def unproven(current: Holding, found: Sequence[Holding], journal: Journal) -> Iterator[str]:
    """Of two tokens of ours it is taken for granted that Okta holds the newer one; say so."""
    if seen(current, journal) is None and any(each.ours and not each.current for each in found):
        yield f"nothing shows yet that Okta uses {current.id}, so no other token is revoked"


def due(made: datetime, days: int, whose: str) -> datetime:
    """When a token of an age of at most *days* is to be replaced.

    Due dates are spread over the last tenth of the age, each tenant at its own: so many that were
    set up on one day don't fall due on one day.
    """
    share = int.from_bytes(hashlib.sha256(whose.encode()).digest()[:4]) / 2**32
    return made + timedelta(days=days * (1 - share / SPREAD))


def young(holding: Holding, evidence: Evidence) -> bool:
    """Whether a token may belong to a run that is at work elsewhere."""
    here = evidence.journal.made_here(holding.name)
    return holding.ours and not here and evidence.now - holding.made < LEASE


def _holding(row: Mapping[str, Any], ours: Callable[[str], bool], now: datetime) -> Holding:
    made, used = utc(row["created_at"]), row.get("last_used")
    return Holding(
        id=row["id"],
        name=row["name"],
        ours=ours(row["name"]),
        made=made,
        used=utc(used) if used else None,
        days=max((now - made).days, 0),
    )


def _current(found: Sequence[Holding], adopted: int | None, journal: Journal) -> Holding | None:
    """The newest of ours that was, or may have been, handed over; else the adopted one."""
    ours = [each for each in found if each.ours and not _left_behind(each, journal)]
    taken_over = [each for each in found if each.id == adopted]
    return max(ours or taken_over, key=lambda each: (each.made, each.id), default=None)


def _left_behind(each: Holding, journal: Journal) -> bool:
    """Whether the journal shows that the run that made it ended before it was handed over."""
    return journal.made_here(each.name) and journal.hand_over(each.name) is None


def _judged(each: Holding, current: Holding | None, evidence: Evidence) -> Holding:
    if not each.ours:
        return replace(each, stays="isn't ours")
    if current and _was_never_handed_over(each, current, evidence):
        return replace(each, evidence="it was never handed over")
    reason = why_not(each, current, evidence.journal)
    if reason or current is None:
        return replace(each, stays=reason)
    begun = evidence.journal.hand_over(current.name)
    first = begun and (begun.since or first_call(each, current, begun) or begun.tried)
    since = max(t for t in (current.made, each.used, first) if t)
    # Okta's log tells of a call, dbt with which token: a use of this one may show later still.
    by_log = is_by_hand(current, begun) and not said(each, begun)
    grace = GRACE if by_log else evidence.grace
    until = since + grace
    if grace and evidence.now <= until:
        return replace(each, stays=f"its grace ends at {until:%Y-%m-%d %H:%M} UTC", until=until)
    proof = seen(current, evidence.journal)
    return replace(each, evidence=f"Okta used {current.id} at {proof:%Y-%m-%d %H:%M:%S} UTC")


def _was_never_handed_over(each: Holding, current: Holding, evidence: Evidence) -> bool:
    """By the journal; or never used, older than the lease, while the current one is in use.

    Of one whose hand-over was begun, or that is for a person to enter, only the journal tells: its
    use may not show yet.
    """
    if current.used is None or (each.used is not None and each.used > current.used):
        return False
    begun = evidence.journal.hand_over(each.name)
    aged = each.used is None and evidence.now - each.made > LEASE
    unknown = begun is None and not is_by_hand(each, begun)
    return (aged and unknown) or _left_behind(each, evidence.journal)
