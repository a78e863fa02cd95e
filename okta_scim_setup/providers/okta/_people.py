"""Who is assigned to an app, as far as Okta tells."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from okta_scim_setup.people import LICENCE, Person
from okta_scim_setup.results import Check

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api


def arrived(api: Api, app_id: str) -> Check:
    """Whether everybody assigned is linked to somebody in the account."""
    people = assigned(api, app_id)
    linked = sum(person.linked for person in people)
    return Check(
        "everybody assigned is linked to a dbt user",
        "passed" if linked == len(people) else "warned",
        f"{linked} of {len(people)}",
    )


def assigned(api: Api, app_id: str) -> list[Person]:
    """Everybody assigned; somebody whose provisioning is queued counts as under way (specified).

    What somebody was assigned with personally goes before any group's profile; what came of groups
    is what they said until now.
    """
    return [
        Person(
            login=(user.get("credentials") or {}).get("userName") or user["id"],
            linked=bool(user.get("externalId")) or user.get("status") == "STAGED",
            licence=(user.get("profile") or {}).get(LICENCE),
            rank=-1.0 if user.get("scope") == "USER" else inf,
        )
        for user in api.app_users(app_id)
        if user.get("status") not in {"DEPROVISIONED", "UNASSIGNED"}
    ]
