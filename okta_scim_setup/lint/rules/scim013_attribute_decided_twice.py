"""Nobody can tell which value people get: two kinds of resources decide on the same attribute.

An attribute of the app's users, such as licenseType, is filled by an expression for everybody
(okta.profile_mapping) or by the profile of each group (okta.group_assignment). With both, which one
counts depends on when somebody was assigned.

Remedy: declare one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from okta_scim_setup.lint.rule import Hit, Rule, at
from okta_scim_setup.playbook import Declaration, Declared
from okta_scim_setup.results import Severity


class AttributeDecidedTwice(Rule):
    """``SCIM013``."""

    SEVERITY: ClassVar[Severity] = Severity.HIGH

    def written(self, declared: Declared) -> Iterator[Hit]:
        """One pair of resources for each attribute that two kinds decide on."""
        first: dict[str, Declaration] = {}
        said: set[str] = set()
        for declaration in declared.resources:
            decided = frozenset() if declaration.absent else declaration.resource.decides()
            for what in sorted(decided - said):
                other = first.setdefault(what, declaration)
                if other.resource.kind != declaration.resource.kind:
                    said.add(what)
                    names = f"{other.resource.address} and {declaration.resource.address}"
                    found = f"{names} both decide on {what}"
                    hit = Hit("one that decides", found, also=(other.place,))
                    yield at(declaration, "", hit)
