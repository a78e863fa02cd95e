"""Whether Okta holds a token, by its uses, the journal, a person's word and Okta's own log. Pure.

The rules are those of docs/rotation.md; where evidence lacks, nothing may be revoked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from okta_scim_setup.journal import HandOver, Journal
from okta_scim_setup.live import Holding, current_of
from okta_scim_setup.providers.dbt_cloud._token_name import TokenName

LEASE = timedelta(minutes=15)
"""Longer than a run may take: a younger token may belong to a run that is at work elsewhere."""

DAY = timedelta(days=1)
"""How late dbt may show a use, at most (assumed)."""


def seen(current: Holding, journal: Journal) -> datetime | None:
    """When Okta was last seen to use the token, or a person confirmed that it holds it; or None.

    A use counts that our own trial can't have brought about: one later than the trial, where the
    journal knows it, or else later than the lease. Of a token that a person enters, a use may be
    the console's *Test Connector Configuration*, which needs no *Save*, any time: none counts by
    itself. It does beside a call to the endpoint in Okta's own log, as `why_not` compares.
    """
    begun = journal.hand_over(current.name)
    confirmed = begun.proven if begun else None
    used = current.used if _counts(current, begun) else None
    return max((time for time in (confirmed, used) if time), default=None)


def _counts(current: Holding, begun: HandOver | None) -> bool:
    """Whether the token's last use shows that Okta holds it."""
    used = current.used
    if used is None:
        return False
    if is_by_hand(current, begun):
        return any(used >= called - LEASE for called in begun.calls) if begun else False
    if begun and begun.before:
        # Okta tries a token before it keeps it: that shows nothing where it didn't keep it.
        return used > begun.before + (timedelta() if begun.acknowledged else LEASE)
    return used > current.made + LEASE


def is_by_hand(each: Holding, begun: HandOver | None) -> bool:
    """Whether a person enters the token: its name says so, or the journal."""
    name = TokenName.parse(each.name)
    return bool(begun and begun.by_hand) or bool(name and name.by_hand)


def untold(current: Holding, journal: Journal) -> datetime | None:
    """The first use of a token that a person enters, if the journal doesn't know of one yet."""
    begun = journal.hand_over(current.name)
    return current.used if begun and begun.by_hand and begun.tried is None else None


def questions(found: Sequence[Holding], journal: Journal) -> Iterator[datetime]:
    """From when on a call to the endpoint in Okta's own log would tell whether Okta holds it.

    After the last use of older ones, where a person entered the current one. And after its own last
    use, where somebody else's token was used since: by whom, dbt doesn't say.
    """
    current = current_of(found)
    if current is None:
        return
    begun = journal.hand_over(current.name)
    older = [each for each in found if each.ours and not each.current]
    if older and is_by_hand(current, begun) and not all(said(each, begun) for each in older):
        yield max(current.made, *(_latest_use(each) or each.made for each in older)) + LEASE
    if _strangers_use(found, current):
        yield (current.used or current.made) + LEASE


def rival(found: Sequence[Holding], current: Holding, journal: Journal) -> datetime | None:
    """When another token was last used that Okta may hold; None if none was.

    Those of other people may be somebody else's altogether. Theirs count as long as nothing shows
    that Okta uses the current one, and where Okta's log tells of a call that wasn't made with it.
    """
    proven = seen(current, journal) is not None
    others = (h for h in found if not h.current and (h.ours or not proven))
    ours = max((h.used for h in others if h.used), default=None)
    begun = journal.hand_over(current.name)
    asked = begun is not None and _strangers_use(found, current)
    called = max(begun.calls, default=None) if begun and asked else None
    if called and called > (current.used or current.made) + LEASE:
        return max(called, ours or called)
    return ours


def _strangers_use(found: Sequence[Holding], current: Holding) -> bool:
    """Whether a token of other people was used later than the current one."""
    since = current.used or current.made
    return any(h.used is not None and h.used > since for h in found if not h.ours)


def why_not(
    each: Holding, current: Holding | None, journal: Journal, now: datetime | None = None
) -> str:
    """Why a token may not be revoked, grace aside; empty if it may.

    Args:
        each: the token.
        current: the one that Okta holds, as far as can be told.
        journal: the tenant's.
        now: where there is no grace: by Okta's log alone nothing ends before a day is over, as dbt
            may show late with which token Okta called.
    """
    if current is None:
        return "no token of ours is there that could take its place"
    if each.id == current.id:
        return "it is the one that Okta holds, as far as can be told"
    if seen(current, journal) is None:
        return f"nothing shows yet that Okta uses {current.id}"
    if each.used is not None and (current.used is None or each.used >= current.used):
        return f"it was used later than {current.id}: Okta may hold it"
    begun = journal.hand_over(current.name)
    by_hand = is_by_hand(current, begun) and not said(each, begun)
    called = first_call(each, current, begun)
    if by_hand and called is None:
        return f"it may be what Okta called with last: nothing shows yet that it is {current.id}"
    if by_hand and called and now and now <= called + DAY:
        return f"dbt may not show yet with which token Okta called at {called:%Y-%m-%d %H:%M} UTC"
    return ""


def said(each: Holding, begun: HandOver | None) -> bool:
    """Whether a word, or a proof, speaks for the current token and this one wasn't used since."""
    proven = begun.proven if begun else None
    latest = _latest_use(each)
    return proven is not None and (latest is None or latest <= proven)


def first_call(each: Holding, current: Holding, begun: HandOver | None) -> datetime | None:
    """When Okta first called the endpoint with the current one rather than this one, by its log.

    The log may tell of a call later than it was, by less than the lease (assumed).
    """
    last = _latest_use(each)
    calls = begun.calls if begun else ()
    return min(
        (
            called
            for called in calls
            if (last is None or last < called - LEASE)
            and current.used is not None
            and current.used >= called - LEASE
        ),
        default=None,
    )


def _latest_use(each: Holding) -> datetime | None:
    """The last moment at which it may have been used, as finely as its time tells."""
    used = each.used
    if used is None or used.second or used.microsecond:
        return used
    return used + (
        timedelta(minutes=1) if used.minute else timedelta(hours=1) if used.hour else DAY
    )
