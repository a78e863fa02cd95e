"""Apps by label: where several tenants of a run name one each, a listing finds them together."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from os.path import commonprefix
from typing import Any

from okta_scim_setup.providers.okta._calls import Calls
from okta_scim_setup.providers.okta._paths import path, query

PAGE = 200
"""The most apps that Okta gives at once (specified)."""

A_PAGE_IS_WORTH = 10
"""Labels for each further page that a listing may take: a listing is given up rather than dear."""

LEFT_OUT = frozenset({"_links", "accessibility", "visibility"})
"""What nobody here asks of an app; there may be thousands of them."""


@dataclass
class AppListing:
    """The org's apps, by exact label; for all tenants of a run."""

    calls: Calls
    _expected: set[str] = field(default_factory=set)
    _found: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _tried: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, label: str) -> None:
        """Say which label will be asked for."""
        with self._lock:
            self._expected.add(label)

    def labelled(self, label: str) -> list[dict[str, Any]] | None:
        """Every app of exactly this label; None if it is asked for alone, or not found together.

        Apps are told once: no two tenants of a run may name one, and whoever does remembers it.
        """
        with self._lock:
            if not self._tried and len(self._expected) > 1:
                self._tried = True
                self._list_all()
            found = self._found.get(label)
            if found:
                del self._found[label]
            return found

    def _list_all(self) -> None:
        """List what begins as all the labels do, unless that takes more than asking one by one."""
        most = 1 + len(self._expected) // A_PAGE_IS_WORTH
        prefix = commonprefix(list(self._expected)).strip()  # noqa: RUF071 -- labels, not paths
        begins = {"q": prefix} if prefix else {}
        apps = self.calls.first_rows(query(path("apps"), **begins, limit=PAGE), most)
        if apps is not None:
            self._found = {label: [] for label in self._expected}
            for app in map(_slim, apps):
                self._found.get(app["label"], []).append(app)


def _slim(app: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in app.items() if key not in LEFT_OUT}
