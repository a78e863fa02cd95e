"""Somebody whom Okta doesn't know is active in dbt.

Nobody ends their access when they leave. It may be somebody whom Okta knew and who was deleted
there, an account of a machine, or one for emergencies: whoever may enter without Okta is named in
the tenant's ``dbt_cloud.break_glass``.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    for member in facts.strays:
        if facts.whereabouts.get(member.email, member) is None:
            found = "active in dbt, unknown in Okta"
            yield Seen(member.email, "assigned", found, targets=frozenset({member.email}))


CONTROL = Control(
    Drift("AUD403", Severity.CRITICAL, "somebody has dbt access and isn't in Okta at all"),
    kind="dbt_cloud.scim_config",
    needs=("assigned", "members", "break_glass"),
    find=_find,
    remedy=(
        "end their access in dbt: Account settings, Users, {attribute}; or name them in "
        "dbt_cloud.break_glass"
    ),
    events=("user.lifecycle.delete.initiated", "account.UserAdded"),
    settles=True,
)
