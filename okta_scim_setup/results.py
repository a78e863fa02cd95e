"""What came out: clicks, checks, outcomes, findings and the result of one tenant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal


@dataclass(frozen=True)
class Click:
    """One thing that a person does in a console, and the attributes by which it is seen done."""

    order: int
    """Its place in the guide: pages in the order in which a person visits them."""
    page: str
    note: str = ""
    """What to know before doing it."""
    ticks: tuple[tuple[str, bool], ...] = ()
    """Labels of checkboxes, and whether they shall be ticked."""
    fields: tuple[tuple[str, str], ...] = ()
    """Labels of the page and the values to enter."""
    press: str = ""
    """The label of a button that does it."""
    then: str = ""
    """The buttons that keep it."""
    attributes: frozenset[str] = frozenset()
    link: str = ""
    secret: str = ""
    """The label of the field whose value is a secret."""
    blocks: bool = True
    """Whether what depends on it has to wait."""


@dataclass(frozen=True)
class Check:
    """One question asked of the outside world, and the answer."""

    title: str
    status: Literal["passed", "failed", "skipped", "warned"]
    detail: str = ""
    reference: str = ""
    proves: int | None = None
    """The id of the token whose use by its receiver it shows."""


class Severity(Enum):
    """How bad a finding is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Drift:
    """What it means that an attribute isn't as declared."""

    id: str
    """Stable, so that reports and exceptions can name it."""
    severity: Severity
    means: str


@dataclass(frozen=True)
class Finding:
    """One thing that an audit found."""

    id: str
    severity: Severity
    tenant: str
    address: str
    attribute: str
    expected: str
    found: str
    means: str
    do: str
    by_a_person: bool = False
