"""What a lint rule is: the class that every rule extends, and what rules are given to look at."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from okta_scim_setup import results
from okta_scim_setup.address import Address
from okta_scim_setup.errors import Place
from okta_scim_setup.live import Live
from okta_scim_setup.playbook import Declaration, Declared
from okta_scim_setup.resource import Resource
from okta_scim_setup.results import Severity

if TYPE_CHECKING:
    from okta_scim_setup.engine import Snapshot


@dataclass(frozen=True)
class Hit:
    """One place where a rule doesn't hold."""

    expected: str
    found: str
    address: Address | None = None
    """The resource it is about, if it is about one."""
    attribute: str = ""
    do: str = ""
    """What to do here; by default the rule's remedy."""
    severity: Severity | None = None
    """By default the rule's."""
    place: Place | None = None
    """Where it was written, if that isn't the resource's own line."""
    also: tuple[Place, ...] = ()
    """Where else."""


@dataclass(frozen=True)
class Seen:
    """A tenant as it was read, for rules that need more than what was declared."""

    snapshot: Snapshot

    @property
    def declared(self) -> Declared:
        """What is wanted."""
        return self.snapshot.declared

    def api(self, provider: str) -> Any:
        """The connection to a provider; None if the tenant's playbook needs none."""
        return self.snapshot.apis.get(provider)

    def wanted(self, kind: str) -> Iterator[tuple[Resource, Live | None]]:
        """The resources of *kind* that shall be there, references filled in, and what is there."""
        for declaration in present(self.declared, kind):
            resource = self.snapshot.desired(declaration).resource
            yield resource, self.snapshot.live.get(resource.address)

    def app_ids(self) -> tuple[str, ...]:
        """The ids of the apps that SCIM is set up on, each once."""
        found = (getattr(r, "app", None) for r, _ in self.wanted("okta.scim_provisioning"))
        return tuple(dict.fromkeys(app for app in found if isinstance(app, str)))

    def scim_wanted(self) -> bool:
        """Whether the account shall take what Okta sends."""
        on = (getattr(r, "enabled", False) for r, _ in self.wanted("dbt_cloud.scim_config"))
        return any(on) or bool(self.app_ids())

    def now(self) -> datetime:
        """The time by dbt's clock."""
        moment: datetime = self.api("dbt_cloud").now()
        return moment


class Rule:
    """One rule. Its module's name is its id and name; its module's docstring documents it.

    The docstring's first line says what it means where it doesn't hold, the paragraphs after it
    why, and the last one, beginning with *Remedy:*, what to do.
    """

    SEVERITY: ClassVar[Severity] = Severity.MEDIUM

    def written(self, declared: Declared) -> Iterable[Hit]:
        """Where what was declared doesn't keep to it, without asking anybody."""
        return ()

    def found(self, seen: Seen) -> Iterable[Hit]:
        """Where what is there doesn't keep to it; may read, and sends only GET.

        Raises:
            SetupError: what it needs couldn't be read.
        """
        return ()

    @classmethod
    def about(cls) -> results.Rule:
        """What it says of itself."""
        number, _, name = cls.__module__.rpartition(".")[2].partition("_")
        text = inspect.cleandoc(import_module(cls.__module__).__doc__ or "")
        title, _, rest = text.partition("\n")
        reason, _, remedy = rest.partition("Remedy:")
        return results.Rule(
            id=number.upper(),
            name=name.replace("_", "-"),
            severity=cls.SEVERITY,
            title=title.rstrip("."),
            reason=_one_line(reason),
            remedy=_one_line(remedy),
        )


def present(declared: Declared, kind: str) -> Iterator[Declaration]:
    """The declarations of *kind* that shall be there."""
    return (d for d in declared.resources if d.resource.kind == kind and not d.absent)


def at(declaration: Declaration, attribute: str, hit: Hit) -> Hit:
    """*hit*, said of an attribute of *declaration*."""
    place = declaration.places.place_of((attribute,)) if attribute else declaration.place
    return replace(hit, address=declaration.resource.address, attribute=attribute, place=place)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
