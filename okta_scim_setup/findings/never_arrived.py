"""Somebody has the app in Okta and never arrived in dbt.

Okta knows no id of theirs in dbt (``externalId``). Whoever was assigned before SCIM was on isn't
provisioned by itself; else a push failed, and waits under Tasks.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    if not facts.of_kind("okta.scim_provisioning"):
        return
    for person in facts.assigned or ():
        if person.external_id is None and facts.settled(person.changed):
            found = "assigned, never arrived" + (", its push is queued" if person.under_way else "")
            yield Seen(person.user_name, "linked", found, targets=frozenset({person.id}))


CONTROL = Control(
    Drift("AUD411", Severity.MEDIUM, "somebody who shall have dbt access has none"),
    kind="okta.scim_provisioning",
    needs=("assigned",),
    find=_find,
    remedy="in Okta: the app, Assignments, Provision User; or Dashboard, Tasks, Retry",
    fixable=True,
    by_a_person=True,
    events=("application.provision.user.push", "application.user_membership.add"),
)
