"""A playbook: loaded, filled in for a tenant, validated, and put in the order of work.

Shipped playbooks are in the package and go by name; a path means a file. An error names the
playbook's line and, where a variable is at fault, the tenant's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from okta_scim_setup.address import Address, Ref
from okta_scim_setup.config import Tenant
from okta_scim_setup.errors import ConfigError, Label, Place, Problem
from okta_scim_setup.language import playbook_files
from okta_scim_setup.language.document import parse
from okta_scim_setup.language.draft import Draft, Template, Unknown
from okta_scim_setup.language.drafts import RESERVED, Drafts, template
from okta_scim_setup.language.near import meant, near
from okta_scim_setup.language.node import Node, Tagged
from okta_scim_setup.language.ordering import Before, before, in_order
from okta_scim_setup.language.playbook_files import shipped
from okta_scim_setup.language.template import fill
from okta_scim_setup.language.validation import unknown_key
from okta_scim_setup.resource import Resource

__all__ = ["Declaration", "Declared", "Playbook", "declare", "declared", "load_playbook", "shipped"]

TOP = ("variables", "resources")
"""The keys of a playbook."""


@dataclass(frozen=True)
class Playbook:
    """What is wanted, as a template."""

    name: str
    """As the config names it."""
    variables: Node
    """A mapping from each variable's name to its default; null: it must be set."""
    resources: tuple[Node, ...]

    @cached_property
    def templates(self) -> tuple[Template | Unknown, ...]:
        """Its resources before they are filled in."""
        return tuple(map(template, self.resources))


@dataclass(frozen=True, slots=True)
class Declaration:
    """One resource that is wanted."""

    resource: Resource
    place: Place
    """The line in the playbook."""
    depends_on: frozenset[Address]
    """What comes first: whom it refers to, names in ``depends_on``, and kinds that always do."""
    absent: bool
    """Whether it shall not be there."""
    places: Node = field(compare=False, repr=False)
    """Its attributes as they were filled in, with their lines."""
    owner: str = ""
    """Who writes it, if it isn't us: then it is only read, and its outputs serve."""
    protected: bool = False
    """Whether it is never removed or replaced."""
    origins: tuple[str, ...] = ()
    """Where the tenant's variables were set that went into it: ``config.yaml:16 variables.app``."""
    address: Address = field(init=False)
    """What the resource is called."""
    refs: Mapping[str, Ref] = field(init=False)
    """By attribute, whom it waits for."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", self.resource.address)
        object.__setattr__(self, "refs", dict(self.resource.refs()))


@dataclass(frozen=True)
class Declared:
    """All that is wanted for a tenant, in the order of work; file order among equals."""

    tenant: Tenant
    resources: tuple[Declaration, ...]

    def where(self, declaration: Declaration) -> str:
        """Where *declaration* was written, and the tenant's variables that went into it."""
        written = f"{declaration.place} {declaration.resource.address}"
        origins = declaration.origins
        return ", ".join([*origins, f"used in {written}" if origins else written])


def load_playbook(name: str, base: Path) -> Playbook:
    """Read a playbook.

    Args:
        name: a shipped playbook's name, or a path: whatever holds a slash or ends in ``.yaml``.
        base: the folder that a path is looked up from.

    Raises:
        ConfigError: there is none, or it isn't one; all problems of the file at once.
    """
    text, shown_as = playbook_files.read(name, base)
    return _parsed(name, text, shown_as)


def declared(tenant: Tenant) -> Declared:
    """What the tenant's own playbook comes to.

    Raises:
        ConfigError: there is none, or something doesn't fit; all problems at once.
    """
    return declare(load_playbook(tenant.playbook, tenant.base), tenant)


def declare(playbook: Playbook, tenant: Tenant) -> Declared:
    """Fill *playbook* in for *tenant*, validate it, and put it in order.

    Raises:
        ConfigError: something doesn't fit; all problems at once.
    """
    values, problems = _values(playbook, tenant)
    lacking = frozenset(playbook.variables.children) - values.keys()
    drafts = Drafts({**values, "tenant": tenant.name}, tenant.variables, lacking)
    for each in playbook.templates:
        drafts.read(each)
    needs, wrong = before(drafts.found, drafts.unsure)
    problems += [*drafts.problems, *wrong]
    order: list[Address] = []
    try:
        order = in_order(needs, {draft.address: draft.place for draft in drafts.found})
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError.of(replace(p, tenant=tenant.name) for p in dict.fromkeys(problems))
    return Declared(tenant, tuple(_declarations(drafts.found, needs, order)))


def _declarations(
    drafts: list[Draft], needs: Before, order: list[Address]
) -> Iterator[Declaration]:
    by_address = {draft.address: draft for draft in drafts}
    for draft in map(by_address.__getitem__, order):
        if draft.resource is None:
            raise AssertionError("unreachable: what doesn't fit is a problem")
        yield Declaration(
            draft.resource,
            draft.place,
            needs[draft.address],
            draft.absent,
            draft.node,
            draft.owner,
            draft.protected,
            draft.origins,
        )


def _values(playbook: Playbook, tenant: Tenant) -> tuple[dict[str, Any], list[Problem]]:
    """Each variable's value, the tenant's or else the default, if nothing is wrong with it."""
    known, written = playbook.variables.children, tenant.variables.children
    problems = [_unknown_variable(name, playbook, tenant) for name in written if name not in known]
    misspelt = meant(written, known)
    values: dict[str, Any] = {}
    for name, default in known.items():
        own = written.get(name)
        if own is not None and own.value is not None:
            wrong = list(_other_sort(name, own, default, tenant))
            problems += wrong
            values |= {} if wrong else {name: own.plain()}
        elif default.value is None:
            problems += [] if name in misspelt else [_missing(name, playbook, tenant)]
        else:
            try:
                values[name] = fill(default, {"tenant": tenant.name}).plain()
            except ConfigError as error:
                problems += error.problems
    return values, problems


def _unknown_variable(name: str, playbook: Playbook, tenant: Tenant) -> Problem:
    known = playbook.variables.children
    place = tenant.variables.place_of((name,))
    notes: list[tuple[Label, str]] = [("from", f"{place} variables.{name}"), *near(name, known)]
    said = f"it has {', '.join(known)}" if known else "it has none"
    return Problem(f'{playbook.name} has no variable "{name}"', (*notes, ("do", said)))


def _missing(name: str, playbook: Playbook, tenant: Tenant) -> Problem:
    declared = playbook.variables.place_of((name,))
    return Problem(
        f"variables.{name} must be set",
        (
            ("from", f"{tenant.place} {tenant.name}, declared at {declared}"),
            ("do", f"write {name}: ... under the tenant's variables:"),
        ),
    )


def _other_sort(name: str, written: Node, default: Node, tenant: Tenant) -> Iterator[Problem]:
    """A value that isn't a list, a mapping or a truth where the default is one."""
    for sort, said in (((tuple, dict), "a list or a mapping"), ((bool,), "true or false")):
        if isinstance(default.value, sort) and not isinstance(written.value, sort):
            place = tenant.variables.place_of((name,))
            notes: tuple[tuple[Label, str], ...] = (("from", str(place)),)
            but: tuple[Label, str] = ("but", f"the playbook's default is at {default.place}")
            yield Problem(f"variables.{name}: must be {said}", (*notes, but))


@lru_cache(maxsize=100)
def _parsed(name: str, text: str, shown_as: str) -> Playbook:
    """The playbook in *text*; the same text is read once."""
    root = parse(text, shown_as, Path())
    problems = [
        unknown_key(f'unknown key "{key}"', key, root.place_of((key,)), TOP)
        for key in root.children
        if key not in TOP
    ]
    variables = root.children.get("variables", Node(None, root.place))
    resources = root.children.get("resources", Node(None, root.place))
    problems += _not_variables(variables)
    if "resources" not in meant(root.children, TOP):
        problems += _not_resources(resources)
    if problems:
        raise ConfigError.of(problems)
    named = variables if variables.value is not None else Node({}, variables.place)
    return Playbook(name, named, resources.value)


def _not_variables(node: Node) -> Iterator[Problem]:
    if node.value is not None and not isinstance(node.value, dict):
        yield _at(node.place, "variables: must be a mapping", "write NAME: DEFAULT lines")
    for name in node.children:
        place = node.place_of((name,))
        if not name.isidentifier():
            yield _at(place, f'variables: "{name}" can\'t be a name', "use letters, digits and _")
        elif name in RESERVED:
            yield _at(place, f'variables: "{name}" has a meaning already', "take another name")
    for path, leaf in node.walk():
        if isinstance(leaf.value, Tagged):
            title = f"variables.{path[0]}: {leaf.value.tag} has no place here"
            yield _at(leaf.place, title, "use it in an attribute")


def _not_resources(node: Node) -> Iterator[Problem]:
    if not isinstance(node.value, tuple):
        yield _at(node.place, "resources: must be a list", "begin each with - kind:")
        return
    for item in node.value:
        if not isinstance(item.value, dict):
            yield _at(item.place, "a resource must be a mapping", "begin it with - kind:")


def _at(place: Place, title: str, do: str) -> Problem:
    return Problem(title, (("from", str(place)), ("do", do)))
