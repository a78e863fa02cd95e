"""Groups by name: those that a run will need are looked up together, as many as fit a request."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from okta_scim_setup.providers.okta._calls import Calls
from okta_scim_setup.providers.okta._paths import escaped, path, query

LONGEST_URL = 1_500
"""Characters; some proxies refuse more than 2,000."""


@dataclass
class GroupSearch:
    """The org's groups, by exact name; for all tenants of a run."""

    calls: Calls
    _expected: dict[str, None] = field(default_factory=dict)
    _found: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, names: Iterable[str]) -> None:
        """Say which names will be asked for; a tenant's own one after the other."""
        with self._lock:
            self._expected.update(dict.fromkeys(names))

    def named(self, name: str) -> list[dict[str, Any]]:
        """Every group of exactly this name; who asks meanwhile waits for the same answer."""
        with self._lock:
            if name not in self._found:
                self._look_up(sorted(self._with_those_expected(name)))
            return self._found[name]

    def forget(self, names: Iterable[str]) -> None:
        """What was found of *names* may have changed; they stay expected."""
        with self._lock:
            for name in names:
                self._found.pop(name, None)

    def _with_those_expected(self, name: str) -> list[str]:
        """*name*, and of the names that will be asked for those that fit into its address."""
        batch = [name]
        for other in _behind(name, list(self._expected)):
            if other not in self._found:
                if len(_url([*batch, other])) + len(self.calls.org_url) > LONGEST_URL:
                    break
                batch.append(other)
        return batch

    def _look_up(self, names: list[str]) -> None:
        groups = [_slim(group) for group in self.calls.rows_afresh(_url(names))]
        self._found.update({name: [g for g in groups if _name(g) == name] for name in names})


def _slim(group: Mapping[str, Any]) -> dict[str, Any]:
    """What is needed of a group: there may be thousands of them."""
    links = {"source": (group.get("_links") or {}).get("source") or {}}
    needed = {key: group[key] for key in ("id", "type", "source") if key in group}
    return {**needed, "profile": {"name": _name(group)}, "_links": links}


def _behind(name: str, names: list[str]) -> list[str]:
    """*names* from *name* on, those before it last: neighbours are asked for next."""
    at = names.index(name) if name in names else 0
    return [other for other in (*names[at:], *names[:at]) if other != name]


def _url(names: list[str]) -> str:
    terms = (f'profile.name eq "{escaped(name)}"' for name in names)
    return query(path("groups"), search=" or ".join(terms), limit=200)


def _name(group: Mapping[str, Any]) -> Any:
    # Okta's comparison isn't told to be exact in case, so it is made exact here.
    return (group.get("profile") or {}).get("name")
