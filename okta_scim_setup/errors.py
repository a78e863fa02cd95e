"""What can go wrong, each told as: what, from where, what was asked, what came back, what to do.

SetupError            1   a configuration, provider or tenant failed
  ConfigError         1   config or playbook: all problems of the files at once
  Refused             4   a guard said no, before the first write
  Busy                1   another run is at work on the tenant
  UsageError         64   the command line was wrong
  Unreachable         1   no answer: the request did not reach the service, or may not have
    OutcomeUnknown    1   no usable answer to a write: it may or may not have been done
  Unexpected          1   an answer came and it isn't what was asked for
    NotTaken          1   the first and only try of a hand-over was refused: nobody has the value
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

Label = Literal["from", "asked", "answered", "near", "but", "by", "do"]
"""What a note says: *from* a place in a file, *asked*, *answered*, *near* names, *but*, *by* whom,
what to *do*."""


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """A line that a person wrote."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    @classmethod
    def leading(cls, text: str) -> Place | None:
        """The place that a note begins with, as in ``config.yaml:16 variables.app``, if any."""
        found = re.match(r"(\S.*?):(\d+)(?=[\s,]|$)", text)
        return cls(found[1], int(found[2])) if found else None

    @property
    def in_a_file(self) -> bool:
        """Whether it is in a file of the reader's; a shipped playbook goes by its name alone."""
        return "/" in self.file or "." in self.file


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, in the words of the person who has to mend it."""

    title: str
    notes: tuple[tuple[Label, str], ...] = ()
    tenant: str = ""


class SetupError(Exception):
    """Something went wrong that isn't a bug of ours; carries one or more problems."""

    exit_code: ClassVar[int] = 1
    word: ClassVar[str] = "error"

    def __init__(self, title: str = "", *notes: tuple[Label, str], tenant: str = "") -> None:
        self.problems: tuple[Problem, ...] = (Problem(title, notes, tenant),) if title else ()
        super().__init__(title)

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> SetupError:
        """All *problems* at once, in the order given."""
        error = cls()
        error.problems = tuple(problems)
        return error

    def within(self, tenant: str, *notes: tuple[Label, str]) -> SetupError:
        """The same error, said of *tenant*, with *notes* in front of its own."""
        self.problems = tuple(
            replace(p, tenant=p.tenant or tenant, notes=(*notes, *p.notes)) for p in self.problems
        )
        return self

    def __str__(self) -> str:
        return "; ".join(problem.title for problem in self.problems)


class ConfigError(SetupError):
    """A config or playbook is wrong."""


class Refused(SetupError):
    """A guard said no, before the first write."""

    exit_code = 4
    word = "refused"


class Busy(SetupError):
    """Another run is at work on the tenant, here or elsewhere."""


class NotYet(SetupError):
    """What was to be removed stays for now: what spoke for it doesn't any more, or not yet."""


class UsageError(SetupError):
    """The command line was wrong."""

    exit_code = 64


class Unreachable(SetupError):
    """The service gave no answer to a request that may be sent again without harm."""


class OutcomeUnknown(Unreachable):
    """A write got no usable answer: it may or may not have been done, and only reading can tell."""


class Unexpected(SetupError):
    """The service answered, but not with what was asked for.

    *status* is the HTTP status, *code* the service's own error code where it has one.
    """

    def __init__(
        self,
        title: str,
        *notes: tuple[Label, str],
        tenant: str = "",
        status: int = 0,
        code: str = "",
    ) -> None:
        super().__init__(title, *notes, tenant=tenant)
        self.status = status
        self.code = code


class NotTaken(Unexpected):
    """A hand-over was refused at its first try, before anything may have been done.

    Only this says that the receiver hasn't the value. A refusal of anything later doesn't: not of
    a second try after a lost answer, nor of reading back what was set.
    """

    @classmethod
    def by(cls, error: Unexpected) -> NotTaken:
        """The same refusal, as that of a hand-over."""
        made = cls(status=error.status, code=error.code, title="")
        made.problems = error.problems
        return made
