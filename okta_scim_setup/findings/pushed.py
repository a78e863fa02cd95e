"""The declared pushes that are there and active, with the group of dbt that each is to. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts, Push


def pushed(facts: Facts) -> Iterator[tuple[str, str, Push]]:
    """The declared name, the group's name in dbt, and the push."""
    names = facts.group_names or {}
    for name, wanted in facts.of_kind("okta.group_push").items():
        for push in facts.pushes or ():
            if names.get(push.source_id) == name and push.status == "ACTIVE":
                yield name, str(wanted.get("target") or name), push
