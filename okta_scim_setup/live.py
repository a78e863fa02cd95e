"""What is there: values, and what stands for those that can't be read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
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

    @property
    def doubtful(self) -> bool:
        """Whether another was used since this one, so that the receiver may hold that."""
        return self.rival is not None and (self.used is None or self.rival > self.used)

    def __str__(self) -> str:
        return f"(token {self.id}, shown once)"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """A write-only field takes it in place of the value."""
        return core_schema.is_instance_schema(cls)


@dataclass(frozen=True)
class Superfluous:
    """Something of ours that may go, and the evidence that nothing needs it."""

    id: int
    name: str
    evidence: str


@dataclass(frozen=True)
class Live:
    """What is there: *values* are compared with the declared ones, *outputs* serve references."""

    values: Mapping[str, Any]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    superfluous: tuple[Superfluous, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader of the plan should know about it."""
