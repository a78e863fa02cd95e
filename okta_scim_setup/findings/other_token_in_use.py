"""Okta pushed since its token was last used.

So it pushes with another token, or to another account.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity

TOLERANCE = timedelta(hours=25)
"""How exact ``last_used`` is isn't documented: it may be a day."""


def _find(facts: Facts) -> Iterator[Seen]:
    current = next((token for token in facts.tokens or () if token.current), None)
    times = [*(p.pushed for p in facts.assigned or ()), *(p.pushed for p in facts.pushes or ())]
    last = max((time for time in times if time), default=None)
    if current is None or current.used is None or last is None:
        return
    if last - current.used > TOLERANCE:
        found = f"last used {current.used:%Y-%m-%d %H:%M}, last push {last:%Y-%m-%d %H:%M} UTC"
        yield Seen("token", "used by the last push", found)


CONTROL = Control(
    Drift("AUD506", Severity.HIGH, "Okta holds another token, or talks to another account"),
    kind="dbt_cloud.scim_token",
    needs=("tokens", "assigned", "pushes"),
    find=_find,
    remedy="see which it holds; then: okta-scim-setup rotate --tenant {tenant}",
    events=("application.lifecycle.update",),
)
