"""Groups by name: those that a run will need are looked up together, in one request."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from okta_scim_setup.providers.okta._calls import Calls
from okta_scim_setup.providers.okta._paths import escaped, path, query

LONGEST_URL = 1_500
"""Characters; some proxies refuse more than 2,000."""


@dataclass
class GroupSearch:
    """The org's groups, by exact name."""

    calls: Calls
    _expected: set[str] = field(default_factory=set)
    _found: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, names: Iterable[str]) -> None:
        """Say which names will be asked for."""
        with self._lock:
            self._expected.update(names)

    def named(self, name: str) -> list[dict[str, Any]]:
        """Every group of exactly this name; who asks meanwhile waits for the same answer."""
        with self._lock:
            if name not in self._found:
                wanted = sorted((self._expected | {name}) - self._found.keys())
                for some in _batches(wanted, len(self.calls.org_url)):
                    self._look_up(some)
            return self._found[name]

    def forget(self) -> None:
        """What was found may have changed; what is expected stays expected."""
        with self._lock:
            self._found.clear()

    def _look_up(self, names: list[str]) -> None:
        groups = self.calls.rows_afresh(_url(names))
        self._found.update({name: [g for g in groups if _name(g) == name] for name in names})


def _batches(names: list[str], more: int) -> Iterator[list[str]]:
    """*names* in as few lists as fit into an address each."""
    batch: list[str] = []
    for name in names:
        if batch and len(_url([*batch, name])) + more > LONGEST_URL:
            yield batch
            batch = []
        batch.append(name)
    if batch:
        yield batch


def _url(names: list[str]) -> str:
    terms = (f'profile.name eq "{escaped(name)}"' for name in names)
    return query(path("groups"), search=" or ".join(terms), limit=200)


def _name(group: Mapping[str, Any]) -> Any:
    # Okta's comparison isn't told to be exact in case, so it is made exact here.
    return (group.get("profile") or {}).get("name")
