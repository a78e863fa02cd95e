"""``config.yaml`` and what it includes, turned into tenants.

``defaults:`` lie under every tenant's own settings: mappings merge, lists and scalars replace, and
``null`` unsets. Templates see ``tenant``, the tenant's name. All problems of all files are told at
once, and never a value that stands where a secret belongs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from os import environ
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from okta_scim_setup import registry
from okta_scim_setup.config_files import Entry, entries
from okta_scim_setup.errors import ConfigError, Label, Place, Problem, UsageError
from okta_scim_setup.near import near
from okta_scim_setup.node import Node, Tagged, merge
from okta_scim_setup.secret import SecretReference
from okta_scim_setup.template import fill
from okta_scim_setup.tenant_keys import DEFAULT_PLAYBOOK, secret_paths, tenant_keys
from okta_scim_setup.validation import unknown_key, validated


@dataclass(frozen=True)
class Tenant:
    """Whom the tool sets SCIM up for."""

    name: str
    place: Place
    playbook: str
    """A shipped playbook's name, or a path relative to *base*."""
    base: Path
    """The folder of the file in which the playbook was written, or else the tenant."""
    tags: tuple[str, ...]
    variables: Node = field(compare=False, repr=False)
    """A mapping."""
    settings: Mapping[str, BaseModel] = field(compare=False, repr=False)
    """Each provider's section, as an instance of its ``Settings``."""
    places: Node = field(compare=False, repr=False)
    """Everything that was written for it, for messages."""


@dataclass(frozen=True)
class Config:
    """A config file, read with all that it includes."""

    path: Path
    tenants: tuple[Tenant, ...]


def load_config(path: Path) -> Config:
    """Read a config.

    Raises:
        ConfigError: something is wrong; all problems of all files at once.
    """
    found, problems = entries(path)
    tenants: list[Tenant] = []
    for entry in found:
        made, wrong = _Reading(entry, alone=len(found) == 1, base=path.parent).tenant()
        problems += wrong
        tenants += [made] if made else []
    problems += _shared_accounts(tenants)
    if problems:
        raise ConfigError.of(_once(problems))
    return Config(path, tuple(tenants))


def select(
    config: Config,
    *,
    tenants: Sequence[str] = (),
    tags: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> tuple[Tenant, ...]:
    """The tenants named in *tenants* that bear one of *tags*, without those in *exclude*.

    What isn't given doesn't narrow: nothing given selects all.

    Raises:
        UsageError: nobody has such a name or tag, or nobody is left.
    """
    names = {tenant.name for tenant in config.tenants}
    known_tags = {tag for tenant in config.tenants for tag in tenant.tags}
    for sort, given, known in (
        ("tenant", (*tenants, *exclude), names),
        ("tag", tags, known_tags),
    ):
        for name in given:
            if name not in known:
                where = ("from", str(config.path))
                raise UsageError(f'no {sort} is called "{name}"', where, *near(name, known))
    chosen = tuple(
        tenant
        for tenant in config.tenants
        if (not tenants or tenant.name in tenants)
        and (not tags or set(tags) & set(tenant.tags))
        and tenant.name not in exclude
    )
    if not chosen:
        raise UsageError("no tenant is left", ("do", "select fewer tags, or exclude fewer tenants"))
    return chosen


@dataclass
class _Reading:
    """One tenant on its way from what was written; what is wrong is collected."""

    entry: Entry
    alone: bool
    """Whether it is the config's only tenant: only then the environment may fill gaps."""
    base: Path
    problems: list[Problem] = field(default_factory=list)
    _bad: set[tuple[str | int, ...]] = field(default_factory=set)
    """Paths whose values were refused, so that nothing more is said of them."""

    def tenant(self) -> tuple[Tenant | None, list[Problem]]:
        """The tenant, if nothing is wrong with it, and what is."""
        node = self._filled()
        tags = self._tags(node.children.get("tags"))
        playbook, base = self._playbook(node)
        settings = {name: self._settings(name, node) for name in registry.providers()}
        variables = self._mapping(node, "variables")
        made = Tenant(
            self.entry.name, self.entry.place, playbook, base, tags, variables,
            {name: model for name, model in settings.items() if model is not None}, node,
        )  # fmt: skip
        said = [replace(problem, tenant=self.entry.name) for problem in self.problems]
        return (None if said else made), said

    def _filled(self) -> Node:
        """What was written, merged, without what may not be repeated, filled in."""
        node = self.entry.node
        for under in self.entry.defaults:
            node = merge(under, node)
        node = self._known(replace(node, place=self.entry.place))
        node = self._without_misplaced(node)
        try:
            return fill(node, {"tenant": self.entry.name})
        except ConfigError as error:
            self.problems += error.problems
            return self._without_unfilled(node)

    def _known(self, node: Node) -> Node:
        for key in node.children:
            if key not in tenant_keys():
                said = f'a tenant has no "{key}"'
                place = node.place_of((key,))
                self.problems.append(unknown_key(said, key, place, tenant_keys()))
        return node.only(*tenant_keys())

    def _without_misplaced(self, node: Node) -> Node:
        """Literals where secrets belong, and tags where they don't, are said and taken out."""
        secrets = secret_paths()
        for path in sorted(secrets):
            section = node.children.get(path[0])
            value = section.children.get(path[1]) if section else None
            if value is not None and value.value is not None and not _is(value, "!secret"):
                self._literal(path, node.place_of(path))
        for path, leaf in node.walk():
            if isinstance(leaf.value, Tagged) and path not in secrets and path[:2] not in self._bad:
                self._misplaced(leaf.value.tag, path, node)
        return _without(node, self._bad) if self._bad else node

    def _literal(self, path: tuple[str, str], place: Place) -> None:
        variable = registry.ambient(path[0]).get(path[1], "_".join(path).upper())
        self._bad.add(path)
        self._say(
            f"{'.'.join(path)}: a value stands where only a reference to a secret may",
            place,
            f"write !secret SCHEME:REFERENCE, such as !secret env:{variable}, "
            "and take the value out of the file and its history",
        )

    def _misplaced(self, tag: str, path: tuple[str | int, ...], node: Node) -> None:
        place, name = node.place_of(path), ".".join(map(str, path))
        self._bad.add(path)
        if tag == "!ref":
            self._say(f"{name}: a reference (!ref) has no place in a config", place,
                      "use it in a playbook")  # fmt: skip
        else:
            where = ", ".join(".".join(secret) for secret in sorted(secret_paths()))
            self._say(f"{name}: a secret has no place here", place,
                      f"a secret may stand only in {where}")  # fmt: skip

    def _without_unfilled(self, node: Node) -> Node:
        """The parts that can be filled in, so that the rest is still looked at."""
        parts: dict[str, Node] = {}
        for key, child in node.children.items():
            try:
                parts[key] = fill(child, {"tenant": self.entry.name})
            except ConfigError:  # noqa: PERF203 -- only when something is wrong
                continue
        self._bad |= {(key,) for key in node.children if key not in parts}
        return replace(node, value=parts)

    def _tags(self, node: Node | None) -> tuple[str, ...]:
        if node is None or node.value is None:
            return ()
        tags = [child.value for child in node.value] if isinstance(node.value, tuple) else [None]
        if all(isinstance(tag, str) and tag and not set(tag) & set(" \t\n,") for tag in tags):
            return tuple(dict.fromkeys(tags))
        self._say("tags: must be a list of words", node.place, "write tags: [one, another]")
        return ()

    def _playbook(self, node: Node) -> tuple[str, Path]:
        written = node.children.get("playbook")
        if written is None or written.value is None:
            return DEFAULT_PLAYBOOK, self.entry.folder
        if not isinstance(written.value, str) or not written.value.strip():
            place = node.place_of(("playbook",))
            self._say("playbook: must be a name or a path", place, f"write {DEFAULT_PLAYBOOK}")
            return DEFAULT_PLAYBOOK, self.entry.folder
        return written.value, Path(written.place.file).parent

    def _mapping(self, node: Node, key: str) -> Node:
        child = node.children.get(key)
        if child is None or child.value is None:
            return Node({}, self.entry.place)
        if not isinstance(child.value, dict):
            self._say(f"{key}: must be a mapping", node.place_of((key,)), f"write {key}: {{...}}")
            return Node({}, self.entry.place)
        return replace(child, place=node.place_of((key,)))

    def _settings(self, provider: str, node: Node) -> BaseModel | None:
        if (provider,) in self._bad:
            return None
        before = len(self.problems)
        section = self._mapping(node, provider)
        if len(self.problems) > before:
            return None
        set_keys = [key for key, child in section.children.items() if child.value is not None]
        return self._validated(provider, section.only(*set_keys))

    def _validated(self, provider: str, section: Node) -> BaseModel | None:
        """The section as it is; where that won't do, with the environment's help."""
        model = registry.settings(provider)
        title, fields = f"{provider}.", tuple(model.model_fields)
        made, problems = validated(model, section, title=title, fields=fields, extra={})
        extra = self._ambient(provider, section) if problems and self.alone else {}
        if extra:
            made, problems = validated(model, section, title=title, fields=fields, extra=extra)
        if not any(path[0] == provider for path in self._bad):
            self.problems += [_with_variables(p, provider, extra) for p in problems]
            return made
        said = tuple(f"{'.'.join(map(str, path))}" for path in self._bad if path[0] == provider)
        whole = f"{provider}:"  # what is said of the section as a whole may follow from it
        self.problems += [p for p in problems if not p.title.startswith((*said, whole))]
        return None

    def _ambient(self, provider: str, section: Node) -> dict[str, Any]:
        """What the environment says of fields that weren't written."""
        found: dict[str, Any] = {}
        for name, variable in registry.ambient(provider).items():
            value = environ.get(variable)
            if value and name not in section.children:
                secret = (provider, name) in secret_paths()
                place = section.place
                found[name] = (
                    SecretReference("env", variable, place, self.base) if secret else value
                )
        return found

    def _say(self, title: str, place: Place, do: str) -> None:
        self.problems.append(Problem(title, (("from", str(place)), ("do", do))))


def _is(node: Node, tag: str) -> bool:
    return isinstance(node.value, Tagged) and node.value.tag == tag


def _without(node: Node, paths: Set[tuple[str | int, ...]], at: tuple[Any, ...] = ()) -> Node:
    """*node* without what stands at *paths*."""
    if isinstance(node.value, dict):
        children = {
            key: _without(child, paths, (*at, key))
            for key, child in node.value.items()
            if (*at, key) not in paths
        }
        return replace(node, value=children)
    if isinstance(node.value, tuple):
        items = enumerate(node.value)
        kept = (_without(c, paths, (*at, i)) for i, c in items if (*at, i) not in paths)
        return replace(node, value=tuple(kept))
    return node


def _with_variables(problem: Problem, provider: str, extra: Mapping[str, Any]) -> Problem:
    """The problem, naming the environment variable that its value came from."""
    for name, variable in registry.ambient(provider).items():
        if name in extra and problem.title.startswith(f"{provider}.{name}:"):
            note: tuple[Label, str] = ("from", f"{variable} in the environment")
            return replace(problem, notes=(*problem.notes, note))
    return problem


def _shared_accounts(tenants: Sequence[Tenant]) -> Iterator[Problem]:
    """Two tenants with one account would undo each other's work."""
    first: dict[tuple[str, str], Tenant] = {}
    for tenant in tenants:
        for provider, settings in tenant.settings.items():
            identity = getattr(settings, "identity", None)
            if identity is None:
                continue
            other = first.setdefault((provider, identity), tenant)
            if other is not tenant:
                yield Problem(
                    f"{other.name} and {tenant.name} are the same {provider} account: {identity}",
                    (
                        ("from", f"{other.place} {other.name}"),
                        ("from", f"{tenant.place} {tenant.name}"),
                        ("do", "an account belongs to one tenant; remove or correct one of them"),
                    ),
                )


def _once(problems: Sequence[Problem]) -> list[Problem]:
    """What is wrong in ``defaults:`` is wrong for every tenant; it is said of the first."""
    same: dict[tuple[str, tuple[tuple[Label, str], ...]], list[Problem]] = {}
    for problem in problems:
        same.setdefault((problem.title, problem.notes), []).append(problem)
    return [
        first if not others else _said_of_many(first, len(others) + 1)
        for first, *others in same.values()
    ]


def _said_of_many(problem: Problem, count: int) -> Problem:
    said = [note for note in problem.notes if note[0] != "do"]
    do = [note for note in problem.notes if note[0] == "do"]
    but: tuple[Label, str] = ("but", f"it is the same for {count} tenants")
    return replace(problem, tenant="", notes=(*said, but, *do))
