"""Somebody was invited to dbt by hand, though SCIM manages who is there.

Whoever accepts it is in dbt without Okta knowing.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    names = {p.user_name.casefold() for p in facts.assigned or ()}
    names |= {email.casefold() for email in facts.break_glass or ()}
    for invite in facts.invites or ():
        if not invite.by_scim and invite.email.casefold() not in names:
            found = f"invited by hand at {invite.made:%Y-%m-%d %H:%M} UTC"
            yield Seen(invite.email, "invited by SCIM", found, targets=frozenset({invite.email}))


CONTROL = Control(
    Drift("AUD417", Severity.HIGH, "somebody may come into dbt without Okta"),
    kind="dbt_cloud.scim_config",
    needs=("invites", "assigned", "break_glass"),
    find=_find,
    remedy="withdraw the invitation in dbt: Account settings, Users; give the app in Okta instead",
    events=("invite.Added", "account.UserInvited"),
)
