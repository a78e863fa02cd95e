"""What an audit looks for besides differences of the plan: one control, and what it saw. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from okta_scim_setup.facts import Facts
from okta_scim_setup.results import Drift


@dataclass(frozen=True)
class Seen:
    """One thing that isn't as it shall be."""

    attribute: str
    """What differs; of people their e-mail."""
    expected: Any
    found: Any
    name: str = ""
    """Of which resource of the control's kind; empty where there is one."""
    do: str = ""
    """What to do, where it isn't the control's remedy."""
    targets: frozenset[str] = frozenset()
    """What the services' logs call it: ids and names."""
    well: datetime | None = None
    """When all was well with it at last: no earlier event brought it about."""


@dataclass(frozen=True)
class Control:
    """One question that an audit asks of what was read."""

    drift: Drift
    kind: str
    """The kind of resource that a finding is about."""
    needs: tuple[str, ...]
    """The parts of `Facts` that it decides on: where one is missing, it isn't asked."""
    find: Callable[[Facts], Iterable[Seen]]
    remedy: str
    """What to do; ``{tenant}``, ``{attribute}`` and ``{name}`` are filled in."""
    fixable: bool = False
    """Whether ``apply`` puts it right."""
    by_a_person: bool = False
    events: tuple[str, ...] = ()
    """Types of log events that tell who brought it about."""
    settles: bool = False
    """Whether it passes by itself within minutes: what Okta is about to push."""

    @property
    def id(self) -> str:
        """The id of its findings."""
        return self.drift.id

    def seen(self, facts: Facts) -> tuple[Seen, ...]:
        """What it finds; nothing where something that it needs wasn't read."""
        if any(getattr(facts, part) is None for part in self.needs):
            return ()
        return tuple(self.find(facts))
