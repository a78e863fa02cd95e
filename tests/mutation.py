"""One change of a converged tenant, and what an audit has to find of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tenants import API, HAND, Tenants

ADMIN, PERSON, TOOL, TIME = "an admin", "a person who comes or leaves", "another tool", "time"

DAY = 86_400


NEVER_TOLD = frozenset(
    {
        # dbt's log has no event for SCIM switches, SCIM tokens that are revoked, and permissions.
        *("AUD101", "AUD103", "AUD152", "AUD111", "AUD161", "AUD163", "AUD164", "AUD165"),
        # A certificate differs by what either service's log tells, and neither says so.
        "AUD146",
        # What never happened has none either; nor has, on the simulator, what has one elsewhere.
        *("AUD217", "AUD411", "AUD414", "AUD306", "AUD417"),
    }
)
"""Findings of which no log tells."""

UNTOLD = frozenset(
    {
        ("AUD611", "the group is renamed in dbt"),  # the event bears the new name
        ("AUD613", "somebody is moved to other groups by hand"),  # it names the person only
        ("AUD413", "somebody is given another user name"),
        ("AUD002", "the app that would be made anew is renamed"),  # its id isn't known any more
    }
)
"""Changes whose events can't be told from those of something else."""


@dataclass(frozen=True)
class Mutation:
    """One change, and what is found of it: the id and the attribute of a finding."""

    kind: str
    """The kind that it is about, or *people* and the like for what no kind declares."""
    attribute: str
    what: str
    by: str
    side: str
    make: Callable[[Tenants], object]
    found: str
    """The id of the finding; AUD910: the tenant can't be read any more, which is a finding too."""
    named: str = ""
    """The attribute that the finding names; *attribute* where it is empty."""
    tenant: str = API
    also: frozenset[str] = frozenset()
    """Ids of findings that come with it, since one change has several effects."""
    wait: float = 3600.0
    """Seconds until the audit."""

    @property
    def traced(self) -> bool:
        """Whether a log tells who did it: not of what time does, nor of what has no event."""
        untold = (self.found, self.what) in UNTOLD or self.found in NEVER_TOLD
        return self.by != TIME and not untold

    @property
    def name(self) -> str:
        way = "custom SAML app" if self.tenant == HAND else "app with an API"
        return f"{self.kind} {self.attribute}: {self.what} ({way})"


EMAIL = "alan.turing@acme.example"
RADIA = "radia.perlman@acme.example"
GONE = frozenset({"AUD401", "AUD402", "AUD403", "AUD415", "AUD613"})
WIPED = frozenset(
    {"AUD111", *(f"AUD20{n}" for n in (1, 2, 3)), *(f"AUD21{n}" for n in range(1, 7))}
)
ON_BOTH = (API, HAND)
