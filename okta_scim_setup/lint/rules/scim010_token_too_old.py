"""A SCIM token is a year old: whoever got hold of it in all that time can still use it.

dbt's SCIM tokens don't expire. With one, people are made and removed. dbt's guide wants them
replaced regularly. A token for which max_age is declared isn't told of here: its age is drift.

Remedy: okta-scim-setup rotate, or declare max_age for dbt_cloud.scim_token; remove one that nobody
needs with okta-scim-setup rotate --retire ID.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.lint.rule import Hit, Rule, Seen

OLDEST = 365
"""Days."""


class TokenTooOld(Rule):
    """``SCIM010``."""

    def found(self, seen: Seen) -> Iterator[Hit]:
        """The account's live tokens by their age; no GET of its own."""
        for token, _ in seen.wanted("dbt_cloud.scim_token"):
            for held in token.holdings(seen.api("dbt_cloud")):
                ages = held.current and token.attributes()["max_age"] is not None
                superseded = held.ours and not held.current
                if held.days > OLDEST and not ages and not superseded:
                    found = f'{held.id} "{held.name}" is {held.days} days old'
                    yield Hit(f"{OLDEST} days at most", found, token.address)
