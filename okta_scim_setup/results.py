"""What came out: clicks, checks, outcomes, findings and the result of one tenant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any, Literal

from okta_scim_setup.errors import Place


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
    seen: str = ""
    """By what it is seen done."""


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

    @property
    def rank(self) -> int:
        """0 for the least bad."""
        return list(Severity).index(self)

    @property
    def is_error(self) -> bool:
        """Whether a lint rule that says so is an error; else it is a warning."""
        return self in (Severity.HIGH, Severity.CRITICAL)


@dataclass(frozen=True)
class Drift:
    """What it means that an attribute isn't as declared."""

    id: str
    """Stable, so that reports and exceptions can name it."""
    severity: Severity
    means: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a resource was written, for whoever has to change it."""

    written: Place
    """In the playbook."""
    attributes: Mapping[str, Place] = field(default_factory=dict)
    """Those that were written, each with its line in the playbook."""
    origins: tuple[Place, ...] = ()
    """Where the tenant's variables were set that went into it."""
    tenant: Place | None = None
    """Where the tenant was written."""

    def of(self, attribute: str = "") -> tuple[Place, ...]:
        """The places to look at for *attribute*, or for the whole resource: the nearest first."""
        nearest = self.attributes.get(attribute, self.written)
        places = (nearest, *self.origins, *((self.tenant,) if self.tenant else ()))
        return tuple(dict.fromkeys(places))


@dataclass(frozen=True, slots=True)
class Reading:
    """One request that showed something."""

    asked: str
    """Method and path."""
    id: str = ""
    """The service's own number of it; empty where it gives none."""
    at: datetime | None = None
    """When, by the service's clock."""

    def __str__(self) -> str:
        return f"{self.id} ({self.asked})" if self.id else self.asked


MOST_READINGS = 4
"""Requests that a finding names; a long list has many pages."""


@dataclass(frozen=True)
class Evidence:
    """What a finding rests on."""

    seen: datetime | None = None
    """When it was read."""
    request: str = ""
    """The requests that showed it, each with the service's own number where it gives one."""

    @classmethod
    def of(cls, readings: Iterable[Reading], seen: datetime | None) -> Evidence:
        """What *readings* show, or what was seen at *seen* by who knows which."""
        each = tuple(dict.fromkeys(readings))
        said = [str(reading) for reading in each[:MOST_READINGS]]
        said += [f"{len(each) - MOST_READINGS} more"] if len(each) > MOST_READINGS else []
        times = [reading.at for reading in each if reading.at]
        return cls(max(times, default=seen), ", ".join(said))


@dataclass(frozen=True)
class Trail:
    """Who brought a finding about, and when, as far as the services' logs tell."""

    who: str = ""
    """Empty where it isn't known."""
    when: datetime | None = None
    address: str = ""
    """From which IP address."""
    event: str = ""
    """The type of the event, in the log's own words."""
    source: str = ""
    """Which log."""
    others: int = 0
    """How many other events since may have done it as well; this is the last."""
    unknown: str = ""
    """Why nobody is named."""

    def __str__(self) -> str:
        if not self.who:
            return f"unknown: {self.unknown}"
        place = f" from {self.address}" if self.address else ""
        moment = f", {self.when:%Y-%m-%d %H:%M} UTC" if self.when else ""
        last = f", the last of {self.others + 1} such events" if self.others else ""
        return f"{self.who}{place}{moment} ({self.source}: {self.event}{last})"


@dataclass(frozen=True)
class Rule:
    """What a lint rule says of itself."""

    id: str
    """Stable, such as SCIM001, so that reports and exceptions can name it."""
    name: str
    """The same in words, such as ``username-not-email``."""
    severity: Severity
    title: str
    reason: str
    remedy: str


Cause = Literal["differs", "drifted", "not-applied"]
"""*drifted*: it was as declared before; *not-applied*: it was declared otherwise before, and nobody
applied it; *differs*: which of the two isn't known."""


@dataclass(frozen=True)
class History:
    """What a former audit knows of a finding."""

    standing: Literal["", "new", "open"] = ""
    """Empty where no former audit was asked."""
    cause: Cause = "differs"
    since: datetime | None = None
    """When it was last read and in order: it came about after that."""
    first: datetime | None = None
    """When an audit saw it first."""


NOT_SEEN = "AUD91"
"""How the ids of findings begin that say that nothing was seen."""


@dataclass(frozen=True)
class Acceptance:
    """Somebody answers for a finding for a while."""

    finding: str
    """The finding's id."""
    reason: str
    owner: str
    expires: date
    """The last day, in UTC, on which it holds."""
    place: Place
    """Where it was written."""
    address: str = ""
    """The resource that it is for; empty for all of the tenant's."""
    attribute: str = ""
    """The attribute that it is for; empty for all of them."""

    def covers(self, found: Finding) -> bool:
        """Whether it is for *found*."""
        here = self.address in {"", found.address} and self.attribute in {"", found.attribute}
        return here and found.id == self.finding

    def holds(self, now: datetime) -> bool:
        """Whether it hasn't expired."""
        return now < datetime.combine(self.expires + timedelta(1), time(), UTC)

    def __str__(self) -> str:
        return f"until {self.expires} by {self.owner}: {self.reason}"


@dataclass(frozen=True)
class Finding:
    """One thing that an audit, or lint, found."""

    id: str
    severity: Severity
    tenant: str
    address: str
    attribute: str
    expected: Any
    """As declared; `wording.said` says it to people."""
    found: Any
    means: str
    do: str
    by_a_person: bool = False
    fixable: bool = True
    """Whether ``apply`` puts it right, by API or with a step for a person."""
    places: tuple[Place, ...] = ()
    """Where it was declared, the nearest first."""
    evidence: Evidence = Evidence()
    trail: Trail | None = None
    """Who and when; None where the logs weren't asked."""
    drift: bool = True
    """Whether something was seen that isn't as declared; else nothing was seen at all, or it is
    advice."""
    rule: Rule | None = None
    """The lint rule that says it: then it is advice, whatever was declared."""
    history: History = History()
    acceptance: Acceptance | None = None
    """Who answers for it, or did."""
    accepted: bool = False
    """Whether somebody does now, so that the audit doesn't fail on it."""

    @property
    def unseen(self) -> bool:
        """Whether it says that nothing was seen at all, so that nobody can answer for it."""
        return not self.drift and self.rule is None

    @property
    def counts(self) -> bool:
        """Whether it is drift, or a mistake by lint's rules, that nobody answers for."""
        warning = self.rule is not None and not self.severity.is_error
        return not self.unseen and not warning and not self.accepted

    def fails_at(self, least: Severity) -> bool:
        """Whether an audit fails on it that fails from *least* on."""
        return self.counts and self.severity.rank >= least.rank


@dataclass(frozen=True)
class Past:
    """A finding of a former audit."""

    id: str
    severity: Severity
    address: str
    attribute: str
    expected: str
    """In words, as all of it."""
    found: str
    means: str
    history: History = History()

    @property
    def about(self) -> tuple[str, str, str]:
        """What it is about, whatever was found: its id, the resource, the attribute."""
        return self.id, self.address, self.attribute
