"""A group that Okta pushes isn't managed by SCIM in dbt.

One of the same name was made by hand; Okta's members don't reach it.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.findings.pushed import pushed
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    for name, target, push in pushed(facts):
        found = [group for group in facts.groups or () if group.name == target]
        if push.pushed and found and not any(group.managed for group in found):
            targets = frozenset({push.source_id, target})
            yield Seen("target", "managed by SCIM", "not managed", name, targets=targets)


CONTROL = Control(
    Drift("AUD612", Severity.MEDIUM, "Okta's changes of the group don't reach dbt"),
    kind="okta.group_push",
    needs=("pushes", "group_names", "groups"),
    find=_find,
    remedy="rename the group in dbt, then in Okta: the app, Push Groups, {name}: Push now",
    events=("user_group.Added", "user_group.Changed"),
)
