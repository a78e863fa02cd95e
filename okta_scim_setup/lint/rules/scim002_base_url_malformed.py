"""Okta can't use the SCIM base URL, or asks for paths that dbt doesn't know.

Okta takes no base URL that holds an underscore. It puts ``/Users`` behind what it was given, so a
slash at the end, or two in a row, lead to a path that isn't dbt's.

Remedy: let base_url be the account's own, !ref dbt_cloud.scim_config.base_url, or copy it from SSO
& SCIM in dbt's account settings without a slash at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from okta_scim_setup.lint.rule import Hit, Rule, at, present
from okta_scim_setup.playbook import Declared
from okta_scim_setup.results import Severity


class BaseUrlMalformed(Rule):
    """``SCIM002``; an underscore is an error, a slash too many a warning."""

    SEVERITY: ClassVar[Severity] = Severity.HIGH

    def written(self, declared: Declared) -> Iterator[Hit]:
        """The base URLs that the playbook writes out, and the tenant's own."""
        for declaration in present(declared, "okta.scim_provisioning"):
            url = declaration.resource.attributes()["base_url"]
            if isinstance(url, str):
                yield from (at(declaration, "base_url", hit) for hit in objections(url))
            else:
                place = declared.tenant.places.place_of(("dbt_cloud",))
                own = str(getattr(declared.tenant.settings.get("dbt_cloud"), "base_url", ""))
                hits = (at(declaration, "base_url", hit) for hit in objections(own))
                yield from (replace(hit, place=place) for hit in hits)


def objections(url: str) -> Iterator[Hit]:
    """What is wrong with a SCIM base URL."""
    path = url.partition("://")[2]
    if "_" in url:
        yield Hit("no underscore", url)
    if path.endswith("/"):
        yield Hit("no slash at the end", url, severity=Severity.MEDIUM)
    if "//" in path:
        yield Hit("single slashes", url, severity=Severity.MEDIUM)
