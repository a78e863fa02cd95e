"""What the page shows of each tenant: a row of cells, one for each kind, and what is open in it.

Which is worse than which is said here once, for the order of rows, the state of a cell and the
details alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report.content import Content
from okta_scim_setup.report.entries import Entry, entries, in_sync

WORST = ("failed", "differs", "waiting", "skipped", "accepted", "passed", "absent")

SEVERITIES = ("critical", "high", "medium", "low", "")
"""The worst first; empty where nothing is said of it."""

WHOLE = "as a whole"
"""The column of what is about no resource."""


@dataclass(frozen=True)
class Row:
    """One tenant."""

    number: int
    name: str
    entries: tuple[Entry, ...]
    kept: tuple[str, ...]
    """The addresses of resources that are as declared."""
    note: str = ""
    gone: tuple[str, ...] = ()
    """What a former audit found and this one doesn't."""

    @cached_property
    def cells(self) -> Mapping[str, tuple[str, Sequence[Entry]]]:
        """Each column's state, and what is said there."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.kind or WHOLE, []).append(entry)
        kept = {address.partition("/")[0]: ("passed", ()) for address in self.kept}
        return {**kept, **{kind: (_worst(some), some) for kind, some in found.items()}}

    @property
    def state(self) -> str:
        """The worst of its cells."""
        return min((state for state, _ in self.cells.values()), key=WORST.index, default="passed")

    @property
    def severities(self) -> str:
        """The severities of what was found, for the filter."""
        return " ".join(dict.fromkeys(e.severity for e in self.entries if e.severity))

    @cached_property
    def open(self) -> tuple[Entry, ...]:
        """What is to be looked at, the worst first."""
        return tuple(sorted(filter(is_open, self.entries), key=badness))

    @property
    def severity(self) -> str:
        """The worst severity of what is to be looked at."""
        return min((e.severity for e in self.open), key=SEVERITIES.index, default="")

    @property
    def controls(self) -> str:
        """The ids of what is to be looked at, for the filter."""
        return " ".join(dict.fromkeys(filter(None, map(control_of, self.open))))

    @property
    def standings(self) -> str:
        """What a former audit knows of what was found, for the filter."""
        gone = ("resolved",) if self.gone else ()
        return " ".join(dict.fromkeys((*filter(None, (e.standing for e in self.entries)), *gone)))


def rows_of(content: Content) -> list[Row]:
    """A row for each tenant, the worst first."""
    rows = [_row(content, number, result) for number, result in enumerate(content.results, 1)]
    return sorted(rows, key=lambda row: (WORST.index(row.state), SEVERITIES.index(row.severity)))


def _row(content: Content, number: int, result: TenantResult) -> Row:
    seen = result.plan.seen if result.plan else None
    note = f"Read {seen:%Y-%m-%d %H:%M:%S} UTC." if seen else ""
    unseen = ", ".join(dict.fromkeys(result.plan.unseen)) if result.plan else ""
    note += f" No API shows {unseen}." if unseen else ""
    return Row(
        number,
        content.mask(result.tenant),
        entries(content, result),
        in_sync(content, result),
        content.mask(note),
        tuple(content.mask(f"{p.id} {p.address} {p.attribute}".strip()) for p in result.resolved),
    )


def columns_of(rows: Iterable[Row]) -> list[str]:
    """The kinds that the page has a column for; the last one is for the tenant as a whole."""
    found = {column for row in rows for column in row.cells}
    return sorted(found - {WHOLE}) + ([WHOLE] if WHOLE in found else [])


def controls_of(rows: Iterable[Row]) -> dict[str, str]:
    """By the ids of all that is to be looked at: what each means."""
    found = {control: e.means for row in rows for e in row.open if (control := control_of(e))}
    return dict(sorted(found.items()))


def control_of(entry: Entry) -> str:
    """The id of a finding; of anything else nothing."""
    return entry.rule if entry.severity else ""


def is_open(entry: Entry) -> bool:
    """Whether it is to be looked at."""
    return entry.state not in {"passed", "accepted"}


def badness(entry: Entry) -> tuple[int, int]:
    """Smaller, the worse it is."""
    return WORST.index(entry.state), SEVERITIES.index(entry.severity)


def _worst(some: Sequence[Entry]) -> str:
    return min((entry.state for entry in some), key=WORST.index)
