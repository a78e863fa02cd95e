"""Nobody can tell which group a push joins: several have its name, or the same but for case.

Okta and dbt know a pushed group by its name. Where a name is there twice, members and permissions
go to one of the two; where two differ by case alone, a second group is made beside the first.

Remedy: rename all but one, in Okta or in dbt, or give the push another target.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from okta_scim_setup.lint.rule import Hit, Rule, Seen, at, present
from okta_scim_setup.playbook import Declared
from okta_scim_setup.resource import Resource

ONE = "one group of that name"


class GroupNameNotUnique(Rule):
    """``SCIM012``."""

    def written(self, declared: Declared) -> Iterator[Hit]:
        """Pushes whose names in dbt are the same, or the same but for case."""
        first: dict[str, str] = {}
        for declaration in present(declared, "okta.group_push"):
            name = _in_dbt(declaration.resource)
            other = first.setdefault(name.casefold(), name)
            known = other is not name
            if known:
                yield at(declaration, "", Hit(ONE, f'"{other}" and "{name}" are pushed'))

    def found(self, seen: Seen) -> Iterator[Hit]:
        """Groups in dbt that a push may mean; one GET, which SCIM007 shares."""
        pushes = [push for push, _ in seen.wanted("okta.group_push")]
        if not pushes or seen.api("dbt_cloud") is None:
            return
        there = _alike(group["name"] for group in seen.api("dbt_cloud").groups())
        for push in pushes:
            name = _in_dbt(push)
            found = there.get(name.casefold(), [])
            if len(found) > 1 or found not in ([], [name]):
                said = ", ".join(f'"{each}"' for each in sorted(found))
                yield Hit(ONE, f"dbt has {said}", push.address)


def _in_dbt(push: Resource) -> str:
    """What a pushed group is called in dbt."""
    return str(push.attributes()["target"] or push.name)


def _alike(names: Iterable[str]) -> dict[str, list[str]]:
    """Names, by what they are but for case."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        found[name.casefold()].append(name)
    return found
