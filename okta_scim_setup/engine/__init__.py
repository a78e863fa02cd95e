"""Reads what is there and plans: what a tenant declares, beside what the services show.

The order of work follows from references and ``depends_on``. What is independent is read side by
side; what is written is written one after the other, each write read back by its kind.
"""

from okta_scim_setup.engine.counting import count_people
from okta_scim_setup.engine.planning import (
    Remaining,
    headline,
    look_again,
    make_plan,
    plan_of,
    remaining,
)
from okta_scim_setup.engine.reading import LOOK_UP, read
from okta_scim_setup.engine.snapshot import Apis, Snapshot, handed_to

__all__ = [
    "LOOK_UP",
    "Apis",
    "Remaining",
    "Snapshot",
    "count_people",
    "handed_to",
    "headline",
    "look_again",
    "make_plan",
    "plan_of",
    "read",
    "remaining",
]
