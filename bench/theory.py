# ruff: noqa: INP001 -- programs, no package
"""The time that nobody can beat: fewest requests, the recorded buckets, and latency.

What is counted, and why it can't be less, is in docs/performance.md.
"""

import math
from dataclasses import dataclass

LATENCY = 0.2
"""Seconds of an answer on the simulator with ``--latency even``."""

WINDOW = 60.0
APPS_A_WINDOW = 50
"""Calls of the apps bucket a minute for one token (recorded; facts: okta 4)."""

A_PAGE = 200
"""Apps in a page of an org's listing."""


@dataclass(frozen=True)
class Least:
    """The fewest requests of one tenant with two groups, on an app with an API."""

    apps: int
    """In Okta's apps bucket, the listing aside."""
    others: int
    """In larger buckets, and to dbt."""
    one_by_one: int
    """How many of them have to follow one another."""


LEAST = {
    # Connection, toggles, people, groups, pushes; of dbt the switches and the tokens, and for lint
    # groups, SSO and IP restrictions.
    "no-op plan": Least(apps=5, others=2 + 3, one_by_one=2),
    # As a plan; certificates; of dbt people, licences, invitations and licence maps; the pushed
    # groups' names, and the people of each.
    "audit": Least(apps=5 + 1, others=5 + 4 + 1 + 2, one_by_one=4),
    # As a plan; each write of settings and groups, read back; and in the end the people.
    "first apply": Least(apps=5 + 13, others=6 + 10 + 2, one_by_one=3 + 23),
}


def requests(verb: str, tenants: int, orgs: int) -> int:
    """The fewest requests of a run; what finds groups by name, some 25 at once, is in it."""
    least, per_org = LEAST[verb], math.ceil(tenants / orgs)
    searches = orgs * math.ceil(2 * per_org / 25) if verb == "first apply" else 0
    listings = orgs * math.ceil(per_org / A_PAGE)
    logs = orgs if verb == "audit" else 0  # what failed, for all tenants of an org
    return tenants * (least.apps + least.others) + listings + searches + logs


def seconds(verb: str, tenants: int, orgs: int) -> float:
    """The time of a run by the limits alone, of the org with the most tenants."""
    least, per_org = LEAST[verb], math.ceil(tenants / orgs)
    calls = per_org * least.apps + math.ceil(per_org / A_PAGE)
    full_windows = math.ceil(calls / APPS_A_WINDOW) - 1
    return full_windows * WINDOW + least.one_by_one * LATENCY
