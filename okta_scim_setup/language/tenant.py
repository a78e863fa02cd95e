"""A tenant: what was written for it, merged, filled in and validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from okta_scim_setup import registry
from okta_scim_setup.errors import ConfigError, Label, Place, Problem
from okta_scim_setup.language import acceptance, playbook_files, terraform_outputs
from okta_scim_setup.language.config_files import Entry
from okta_scim_setup.language.node import Node, Tagged, merge
from okta_scim_setup.language.template import fill
from okta_scim_setup.language.tenant_keys import DEFAULT_PLAYBOOK, secret_paths, tenant_keys
from okta_scim_setup.language.validation import unknown_key, validated
from okta_scim_setup.paths import path_of
from okta_scim_setup.results import Acceptance
from okta_scim_setup.secret import SecretReference


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
    accept: tuple[Acceptance, ...] = ()
    """Who answers for which finding of an audit."""


def read_tenant(
    entry: Entry, *, environment: Mapping[str, str], base: Path
) -> tuple[Tenant | None, list[Problem]]:
    """The tenant, if nothing is wrong with what was written, and what is.

    Args:
        entry: what was written.
        environment: the variables that may fill gaps; empty where they may not.
        base: the config's folder.
    """
    return _Reading(entry, environment, base).tenant()


@dataclass
class _Reading:
    """One tenant on its way from what was written; what is wrong is collected."""

    entry: Entry
    environment: Mapping[str, str]
    base: Path
    problems: list[Problem] = field(default_factory=list)
    _bad: set[tuple[str | int, ...]] = field(default_factory=set)
    """Paths whose values were refused, so that nothing more is said of them."""
    _context: dict[str, Any] = field(default_factory=dict)
    """What templates see."""

    def tenant(self) -> tuple[Tenant | None, list[Problem]]:
        """The tenant, if nothing is wrong with it, and what is."""
        node = self._filled()
        tags = self._tags(node.children.get("tags"))
        playbook, base = self._playbook(node)
        settings = {name: self._settings(name, node) for name in registry.providers()}
        variables = self._mapping(node, "variables")
        accept = self._accept(node)
        made = Tenant(
            self.entry.name,
            self.entry.place,
            playbook,
            base,
            tags,
            variables,
            {name: model for name, model in settings.items() if model is not None},
            node,
            accept,
        )
        said = [replace(problem, tenant=self.entry.name) for problem in self.problems]
        return (None if said else made), said

    def _filled(self) -> Node:
        """What was written, merged, without what may not be repeated, filled in."""
        node = self.entry.node
        for under in self.entry.defaults:
            node = merge(under, node)
        node = self._known(replace(node, place=self.entry.place))
        node = self._without_misplaced(node)
        self._context = {"tenant": self.entry.name}
        try:
            self._context |= self._terraform(node)
            return fill(node, self._context)
        except ConfigError as error:
            self.problems += error.problems
            return self._without_unfilled(node)

    def _terraform(self, node: Node) -> dict[str, Any]:
        """The outputs of the file that ``terraform:`` names; nothing where it isn't written.

        Raises:
            ConfigError: they can't be had.
        """
        written = node.children.get("terraform")
        if written is None or written.value is None:
            return {}
        place = node.place_of(("terraform",))
        named = fill(written, self._context).value
        if not isinstance(named, str):
            do = "write terraform: FILE, as terraform output -json > FILE wrote it"
            raise ConfigError("terraform: must be a path", ("from", str(place)), ("do", do))
        try:
            found = terraform_outputs.outputs(Path(place.file).parent / path_of(named))
        except ConfigError as error:
            raise error.within("", ("from", str(place))) from None
        return {"terraform": found}

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
        for secret in sorted(secrets):
            written = node.at(secret)
            if written and written.value is not None and not _is(written, "!secret"):
                self._literal(secret, node.place_of(secret))
                node = node.replaced(secret, Node(_STAND_IN, written.place))
        for path, leaf in node.walk():
            if isinstance(leaf.value, Tagged) and path not in secrets:
                self._misplaced(leaf.value.tag, path, node)
        return node.without_paths(self._bad) if self._bad else node

    def _literal(self, path: tuple[str, str], place: Place) -> None:
        variable = registry.ambient(path[0]).get(path[1], "_".join(path).upper())
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
            self._say(
                f"{name}: a reference (!ref) has no place in a config",
                place,
                "use it in a playbook",
            )
        else:
            where = ", ".join(".".join(secret) for secret in sorted(secret_paths()))
            self._say(
                f"{name}: a secret has no place here", place, f"a secret may stand only in {where}"
            )

    def _without_unfilled(self, node: Node) -> Node:
        """The parts that can be filled in, so that the rest is still looked at."""
        parts: dict[str, Node] = {}
        for key, child in node.children.items():
            try:
                parts[key] = fill(child, self._context)
            except ConfigError:
                continue
        self._bad |= {(key,) for key in node.children if key not in parts}
        return replace(node, value=parts)

    def _tags(self, node: Node | None) -> tuple[str, ...]:
        if node is None or node.value is None:
            return ()
        items = node.value if isinstance(node.value, tuple) else (node,)
        tags = [c.value for c in items if isinstance(c.value, str) and len(c.value.split()) == 1]
        if isinstance(node.value, tuple) and len(tags) == len(items):
            return tuple(dict.fromkeys(tags))
        self._say("tags: must be a list of words", node.place, "write tags: [one, another]")
        return ()

    def _playbook(self, node: Node) -> tuple[str, Path]:
        written = node.children.get("playbook")
        if written is None or written.value is None or ("playbook",) in self._bad:
            return DEFAULT_PLAYBOOK, self.entry.folder
        place = node.place_of(("playbook",))
        folder = Path(place.file).parent
        if not isinstance(written.value, str):
            self._say("playbook: must be a name or a path", place, f"write {DEFAULT_PLAYBOOK}")
            return DEFAULT_PLAYBOOK, folder
        try:
            playbook_files.check(written.value, folder)
        except ConfigError as error:
            self.problems += error.within("", ("from", str(place))).problems
        return written.value, folder

    def _accept(self, node: Node) -> tuple[Acceptance, ...]:
        if ("accept",) in self._bad:
            return ()
        found, wrong = acceptance.read(node.children.get("accept"), node.place_of(("accept",)))
        self.problems += wrong
        return tuple(found)

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
        made, wrong = validated(model, section, title=title, fields=fields, extra={})
        extra = self._ambient(provider, section) if wrong and self.environment else {}
        if extra:
            made, wrong = validated(model, section, title=title, fields=fields, extra=extra)
        for name, problem in wrong:
            if not any(path[:2] == (provider, name) for path in self._bad):
                variable = registry.ambient(provider)[name] if name in extra else ""
                self.problems.append(_with_variable(problem, variable))
        return made

    def _ambient(self, provider: str, section: Node) -> dict[str, Any]:
        """What the environment says of fields that weren't written."""
        found: dict[str, Any] = {}
        for name, variable in registry.ambient(provider).items():
            value = self.environment.get(variable)
            if value and name not in section.children:
                secret = (provider, name) in secret_paths()
                place = section.place
                found[name] = (
                    SecretReference("env", variable, place, self.base) if secret else value
                )
        return found

    def _say(self, title: str, place: Place, do: str) -> None:
        self.problems.append(Problem(title, (("from", str(place)), ("do", do))))


_STAND_IN = Tagged("!secret", "env:STANDS_IN", Path())
"""Takes a literal secret's place, so that the rest is looked at."""


def _is(node: Node, tag: str) -> bool:
    return isinstance(node.value, Tagged) and node.value.tag == tag


def _with_variable(problem: Problem, variable: str) -> Problem:
    """The problem, told from the environment variable that the value came from."""
    note: tuple[Label, str] = ("from", f"{variable} in the environment")
    return replace(problem, notes=(note, *problem.notes)) if variable else problem
