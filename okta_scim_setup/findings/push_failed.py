"""Okta couldn't push somebody's changes to dbt.

It waits under Tasks in Okta's console; what Okta says of it is in the finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    for person in facts.assigned or ():
        if person.sync == "ERROR":
            log = facts.failures.events if facts.failures else ()
            said = next(
                (e.failure for e in log if person.id in e.targets), "Okta's log says nothing"
            )
            yield Seen(person.user_name, "pushed", said, targets=frozenset({person.id}))


CONTROL = Control(
    Drift("AUD414", Severity.HIGH, "somebody has more, or less, in dbt than Okta says"),
    kind="okta.scim_provisioning",
    needs=("assigned",),
    find=_find,
    remedy="in Okta: Dashboard, Tasks: mend what it says, then Retry",
    by_a_person=True,
)
