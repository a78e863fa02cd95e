"""A SCIM token is older than it should get: whoever got hold of it meanwhile can still use it.

dbt's SCIM tokens don't expire. With one, people are made and removed. dbt's guide wants them
replaced regularly. The age is the max_age that is declared, or else a year. A superseded token of
ours isn't told of here: it is retired by itself.

Remedy: okta-scim-setup rotate, or declare max_age for dbt_cloud.scim_token; remove one that nobody
needs with okta-scim-setup rotate --retire ID.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.lint.rule import Hit, Rule, Seen

OLDEST = 365
"""Days, where no max_age is declared."""


class TokenTooOld(Rule):
    """``SCIM010``."""

    def found(self, seen: Seen) -> Iterator[Hit]:
        """The account's live tokens by their age; no GET of its own."""
        for token, _ in seen.wanted("dbt_cloud.scim_token"):
            oldest = token.attributes()["max_age"] or OLDEST
            for held in token.holdings(seen.api("dbt_cloud")):
                most = oldest if held.current else OLDEST
                superseded = held.ours and not held.current
                if held.days > most and not superseded:
                    found = f'{held.id} "{held.name}" is {held.days} days old'
                    yield Hit(f"{most} days at most", found, token.address)
