"""A config and the files it includes, as entries: one for each tenant, still to be filled in.

A message calls a file by its path as seen from where the config was named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from okta_scim_setup.errors import ConfigError, Label, Place, Problem
from okta_scim_setup.language import tenant_table
from okta_scim_setup.language.document import load
from okta_scim_setup.language.node import Node
from okta_scim_setup.language.validation import unknown_key

TOP = ("tenants", "defaults", "include")
"""The keys of a config; an included file has no ``include`` of its own."""


@dataclass(frozen=True)
class Entry:
    """A tenant as it was written."""

    name: str
    place: Place
    node: Node
    """A mapping."""
    defaults: tuple[Node, ...]
    """What lies under it, the nearest first."""

    @property
    def folder(self) -> Path:
        """Where the file is that it was written in."""
        return Path(self.place.file).parent


def entries(path: Path) -> tuple[list[Entry], list[Problem]]:
    """Every tenant of a config and of what it includes, and what is wrong with the files.

    Raises:
        ConfigError: the config itself can't be read.
    """
    root = load(path)
    reading = _Files(path.parent)
    found = reading.tenants_of(root, TOP, ())
    defaults = reading.defaults_of(root)
    for included, place in reading.included(root, path):
        found += reading.read(included, place, defaults)
    if not found and not reading.problems:
        do = "write tenants: with at least one, or include files"
        reading.problems.append(Problem(f"{path} has no tenants", (("do", do),)))
    return list(reading.once(found)), reading.problems


class _Files:
    """Reads a config's files one by one; what is wrong is collected in *problems*."""

    def __init__(self, folder: Path) -> None:
        self.problems: list[Problem] = []
        self._folder = folder

    def tenants_of(
        self, root: Node, known: tuple[str, ...], under: tuple[Node, ...]
    ) -> list[Entry]:
        """The tenants of a file that has ``tenants:``."""
        for key in root.children:
            if key not in known:
                place = root.place_of((key,))
                self.problems.append(unknown_key(f'unknown key "{key}"', key, place, known))
        tenants = root.children.get("tenants")
        if tenants is None or tenants.value is None:
            return []
        if not isinstance(tenants.value, dict):
            self._say(
                "tenants: must be a mapping",
                root.place_of(("tenants",)),
                "write NAME: and below it what is the tenant's own",
            )
            return []
        defaults = (*self.defaults_of(root), *under)
        return [
            Entry(name, tenants.keys[name], node, defaults)
            for name, child in tenants.value.items()
            if (node := self._entry(name, child, tenants.keys[name])) is not None
        ]

    def defaults_of(self, root: Node) -> tuple[Node, ...]:
        """What a file's ``defaults:`` say."""
        defaults = root.children.get("defaults")
        if defaults is None or defaults.value is None:
            return ()
        if not isinstance(defaults.value, dict):
            place = root.place_of(("defaults",))
            self._say("defaults: must be a mapping", place, "write it as a tenant's")
            return ()
        return (defaults,)

    def included(self, root: Node, config: Path) -> Iterator[tuple[Path, Place]]:
        """The files that ``include:`` names, each once, by pattern and name; and where it does."""
        node = root.children.get("include")
        if node is None or node.value is None:
            return
        patterns = node.value if isinstance(node.value, tuple) else (node,)
        seen = {config.resolve()}
        for pattern in patterns:
            if not isinstance(pattern.value, str) or not pattern.value.strip():
                self._say(
                    "include: must be a path or a list of paths",
                    pattern.place,
                    "write include: [clients/*.yaml, clients.csv]",
                )
                continue
            matches = self._matches(pattern.value)
            if not matches:
                self._say(
                    f'include: "{pattern.value}" matches no file',
                    pattern.place,
                    f"paths are looked up from {self._folder}/",
                )
            for path in matches:
                if path.resolve() not in seen:
                    seen.add(path.resolve())
                    yield path, pattern.place

    def read(self, path: Path, place: Place, defaults: tuple[Node, ...]) -> list[Entry]:
        """The tenants of an included file."""
        try:
            match path.suffix:
                case ".csv":
                    return self._table(path, defaults)
                case ".yaml" | ".yml":
                    return self._file(path, load(path, base=self._folder), defaults)
        except ConfigError as error:
            self.problems += error.problems
            return []
        self._say(f"{path} can't be included", place, "name .yaml, .yml or .csv files")
        return []

    def _table(self, path: Path, defaults: tuple[Node, ...]) -> list[Entry]:
        table, problems = tenant_table.read(path)
        self.problems += problems
        found = [Entry(name, node.place, node, defaults) for name, node in table]
        return [e for e in found if self._entry(e.name, e.node, e.place) is not None]

    def _file(self, path: Path, root: Node, defaults: tuple[Node, ...]) -> list[Entry]:
        """A file without ``tenants:`` is one tenant, named as the file."""
        if "tenants" in root.children:
            return self.tenants_of(root, TOP[:2], defaults)
        node = self._entry(path.stem, root, root.place)
        return [Entry(path.stem, root.place, node, defaults)] if node is not None else []

    def once(self, found: list[Entry]) -> Iterator[Entry]:
        """The entries, without those whose name is taken."""
        first: dict[str, Entry] = {}
        for entry in found:
            other = first.setdefault(entry.name, entry)
            if other is entry:
                yield entry
                continue
            froms: tuple[tuple[Label, str], ...] = (
                ("from", str(other.place)),
                ("from", str(entry.place)),
            )
            title = f'two tenants are called "{entry.name}"'
            self.problems.append(Problem(title, (*froms, ("do", "rename one of them"))))

    def _matches(self, pattern: str) -> list[Path]:
        found = glob(pattern, root_dir=self._folder, recursive=True)  # noqa: PTH207 -- ** and /
        if not found and not has_magic(pattern):
            return []
        return sorted(p for f in found if (p := self._folder / f).is_file())

    def _entry(self, name: str, node: Node, place: Place) -> Node | None:
        """A tenant's mapping; None, and a problem, if it can't be one."""
        if not name or not name.isprintable() or "/" in name or any(c.isspace() for c in name):
            self._say(
                f"\"{name}\" can't be a tenant's name",
                place,
                "use printable characters without spaces and slashes",
            )
            return None
        if node.value is None:
            return Node({}, place)
        if isinstance(node.value, dict):
            return node
        self._say(f"{name}: must be a mapping", place, "write what is the tenant's own below it")
        return None

    def _say(self, title: str, place: Place, do: str) -> None:
        self.problems.append(Problem(title, (("from", str(place)), ("do", do))))
