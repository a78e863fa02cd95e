"""An older token of ours is alive long after another took its place.

Nothing shows yet that Okta uses the new one, so it isn't revoked by itself: see in Okta which one
it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.findings.tokens import called
from okta_scim_setup.results import Drift, Severity

BEYOND = timedelta(hours=25)
"""The grace, and an hour for who retires it."""


def _find(facts: Facts) -> Iterator[Seen]:
    for token in facts.tokens or ():
        waits = token.evidence or token.until  # the plan retires it, or will
        if token.ours and not token.current and not waits and facts.now - token.made > BEYOND:
            found = f"{token.id} is alive: {token.stays}"
            yield Seen("tokens", "one of ours", found, targets=called(token))


CONTROL = Control(
    Drift("AUD502", Severity.MEDIUM, "a token lives that nobody needs, or Okta uses an old one"),
    kind="dbt_cloud.scim_token",
    needs=("tokens",),
    find=_find,
    remedy="see which Okta holds, then: okta-scim-setup rotate --tenant {tenant} --confirm ID",
    events=("service_token.created",),
)
