"""Somebody who was provisioned hasn't accepted dbt's invitation for a long time.

Until they do they may have no licence, and pushes of groups that they are in may fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity

PATIENCE = timedelta(days=30)
"""How long an invitation may wait."""


def _find(facts: Facts) -> Iterator[Seen]:
    active = {member.email.casefold() for member in facts.members or () if member.active}
    for invite in facts.invites or ():
        old = facts.now - invite.made >= PATIENCE
        if invite.by_scim and old and invite.email.casefold() in active:
            found = f"sent {invite.made:%Y-%m-%d}, not accepted"
            yield Seen(invite.email, "accepted", found, targets=frozenset({invite.email}))


CONTROL = Control(
    Drift("AUD416", Severity.LOW, "somebody never came, and pushes of their groups may fail"),
    kind="dbt_cloud.scim_config",
    needs=("invites", "members"),
    find=_find,
    remedy="ask {attribute} to sign in to dbt; or take the app away in Okta",
)
