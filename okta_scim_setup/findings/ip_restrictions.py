"""IP restrictions were changed, and Okta wasn't seen to come through since.

dbt asks them of Okta as well: where Okta's addresses aren't let in, nothing is pushed any more. As
soon as Okta has used its token again, this is over.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    rules = facts.ip_rules
    used = max((t.used for t in facts.tokens or () if t.current and t.used), default=None)
    if rules is None or not rules.enabled or rules.changed is None:
        return
    if used is None or used < rules.changed:
        seen = f"Okta was last seen {used:%Y-%m-%d %H:%M} UTC" if used else "Okta was never seen"
        found = f"{', '.join(rules.names)}: changed {rules.changed:%Y-%m-%d %H:%M} UTC; {seen}"
        yield Seen("ip_restrictions", "Okta is let in", found, targets=frozenset())


CONTROL = Control(
    Drift("AUD711", Severity.HIGH, "Okta may be shut out: leavers would keep their access"),
    kind="dbt_cloud.scim_config",
    needs=("ip_rules", "tokens"),
    find=_find,
    remedy="let Okta's addresses in (Account settings), then in Okta: Test Connector Configuration",
    events=("ip_restrictions.changed", "ip_restrictions.toggled", "ip_restrictions.removed"),
)
