"""Okta reports an error of a group push, in its own words.

Members that came or left since aren't in dbt's group.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    for push in facts.pushes or ():
        if push.error:
            name = (facts.group_names or {}).get(push.source_id, push.source_id)
            targets = frozenset({push.source_id, push.target_id})
            yield Seen("status", "pushed", push.error, name, targets=targets)


CONTROL = Control(
    Drift("AUD602", Severity.HIGH, "changes of the group's members don't follow"),
    kind="okta.group_push",
    needs=("pushes", "group_names"),
    find=_find,
    remedy="mend what Okta says, then: okta-scim-setup apply --tenant {tenant}",
    fixable=True,
    events=("application.provision.group_push.pushed",),
)
