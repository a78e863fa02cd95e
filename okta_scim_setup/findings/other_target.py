"""A group is pushed to another group of dbt than declared.

Its people get what that other group may do.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    names = facts.group_names or {}
    for name, wanted in facts.of_kind("okta.group_push").items():
        target = wanted.get("target") or name
        for push in facts.pushes or ():
            found = names.get(push.target_id)
            if names.get(push.source_id) == name and found not in (None, target):
                targets = frozenset({push.source_id, push.target_id})
                yield Seen("target", target, found, name, targets=targets)


CONTROL = Control(
    Drift("AUD603", Severity.HIGH, "people are in another group of dbt than declared"),
    kind="okta.group_push",
    needs=("pushes", "group_names"),
    find=_find,
    remedy="in Okta: the app, Push Groups: unlink it; then okta-scim-setup apply --tenant {tenant}",
    events=("application.provision.group_push.mapping.created",),
)
