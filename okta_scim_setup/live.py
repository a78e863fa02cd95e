"""What is there: values, and what stands for those that can't be read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema


@dataclass(frozen=True)
class Unreadable:
    """A value that no API shows; not a difference by itself."""

    why: str

    def __str__(self) -> str:
        return f"(not readable: {self.why})"


@dataclass(frozen=True)
class Pending:
    """A value that was asked for and has not been seen done: a difference."""

    why: str

    def __str__(self) -> str:
        return f"({self.why})"


@dataclass(frozen=True)
class ShownOnce:
    """What remains known of a value that its service showed once, at its making."""

    id: int
    made: datetime
    used: datetime | None
    fingerprint: str | None
    """The hash of the settings that it was handed over with, from its name; None if adopted."""
    rival: datetime | None = None
    """When another live value of its kind was last used; later than *used* it casts doubt."""
    unanswered: bool = False
    """Whether its hand-over was begun and never acknowledged, and its use wasn't seen since."""

    @property
    def other_used(self) -> str:
        """Why another may be the receiver's: it was used since this one; empty if none was."""
        if self.rival is not None and (self.used is None or self.rival > self.used):
            return "another token was used since: Okta may hold that one"
        return ""

    @property
    def doubt(self) -> str:
        """Why the receiver may hold another; empty if nothing says so."""
        if self.unanswered and not self.other_used:
            return "its hand-over was never acknowledged: Okta may hold another"
        return self.other_used

    def __str__(self) -> str:
        return f"(token {self.id}, shown once)"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """A write-only field takes it in place of the value."""
        return core_schema.is_instance_schema(cls)


@dataclass(frozen=True)
class SignIns:
    """Who signed in and when last, by one service's account of it: evidence, never compared."""

    last: Mapping[str, datetime]
    """E-mail -> the last time."""

    def __str__(self) -> str:
        return "(who signed in, and when)"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """A field that takes evidence says so: ``SignIns | Ref``."""
        return core_schema.is_instance_schema(cls)


@dataclass(frozen=True, slots=True)
class Superfluous:
    """Something of ours that may go, and the evidence that nothing needs it."""

    id: int
    name: str
    evidence: str


@dataclass(frozen=True)
class Holding:
    """One live value of a kind that is shown once, as its service lists it: never the value."""

    id: int
    name: str
    ours: bool
    """Whether its name says that this resource made it."""
    made: datetime
    used: datetime | None
    days: int
    """Its age, by its service's clock."""
    current: bool = False
    """Whether the receiver holds it, as far as can be told, or it waits to be handed over."""
    proven: bool = False
    """Whether the receiver was seen to use it, or a person confirmed that it holds it."""
    evidence: str = ""
    """Why it may go; empty: it stays."""
    stays: str = ""
    """Why it stays; empty: it may go, or it is the current one."""
    until: datetime | None = None
    """When its grace ends, if that is all that it waits for."""


def current_of(holdings: Iterable[Holding]) -> Holding | None:
    """The one that the receiver holds, as far as can be told, or that waits to be handed over."""
    return next((each for each in holdings if each.current), None)


@dataclass(frozen=True, slots=True)
class Live:
    """What is there: *values* are compared with the declared ones, *outputs* serve references."""

    values: Mapping[str, Any]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    superfluous: tuple[Superfluous, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader of the plan should know about it."""
    entails: tuple[str, ...] = ()
    """What becomes otherwise in the service, besides the attributes, once it is as declared."""
    told: str = ""
    """What the outcome of the write that led to it says besides."""
    foreseen: bool = False
    """Whether it isn't there yet, and will be as told once what it belongs to has been made."""
