"""Where a minted token may go besides Okta: terminal, new file, command. Nowhere by itself."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from okta_scim_setup.errors import UsageError
from okta_scim_setup.secret import Secret
from okta_scim_setup.sink.command import CommandSink
from okta_scim_setup.sink.file import FileSink
from okta_scim_setup.sink.terminal import TerminalSink

__all__ = [
    "FORMS",
    "CommandSink",
    "FileSink",
    "ForPeople",
    "Sink",
    "TerminalSink",
    "parse",
    "shared",
]

FORMS = ("terminal", "file:PATH", "cmd:COMMAND")
"""What ``--token-to`` takes."""


class Sink(Protocol):
    """What the operator named with ``--token-to``."""

    @property
    def keeps(self) -> bool:
        """Whether it keeps a copy, so that a token which needs no person goes there as well."""

    def check(self, tenant: str) -> None:
        """Refuse before anything is minted, if the token couldn't be put there."""

    def put(self, tenant: str, token: Secret) -> str:
        """Put the token there, and say where it is: what the runbook tells the person."""

    def forget(self, tenant: str) -> bool:
        """Give up what nobody has looked at yet; whether there was something."""


@dataclass(frozen=True)
class ForPeople:
    """A sink for the tokens that a person enters, and for no copies of others."""

    target: Sink
    keeps: ClassVar[bool] = False

    def check(self, tenant: str) -> None:
        """As the sink itself."""
        self.target.check(tenant)

    def put(self, tenant: str, token: Secret) -> str:
        """As the sink itself."""
        return self.target.put(tenant, token)

    def forget(self, tenant: str) -> bool:
        """As the sink itself."""
        return self.target.forget(tenant)


def shared(target: Sink | None) -> bool:
    """Whether the tokens of several tenants would be put in one place."""
    return isinstance(target, FileSink | CommandSink) and not target.tells_apart


def parse(text: str, *, terminal: bool, environment: Mapping[str, str]) -> Sink:
    """Read ``--token-to``.

    Args:
        text: one of `FORMS`.
        terminal: whether a person sits at one.
        environment: to recognise CI, whose logs keep what a terminal forgets.

    Raises:
        UsageError: it is none of them, or there is no terminal.
    """
    match text.partition(":"):
        case "terminal", "", "":
            if not terminal or environment.get("CI"):
                raise UsageError(
                    "--token-to terminal needs a terminal that nobody records",
                    ("do", "use --token-to file:PATH"),
                )
            return TerminalSink()
        case "file", _, path if path:
            return FileSink(path)
        case "cmd", _, command if command.strip():
            return CommandSink(_words(command))
    raise UsageError(
        f'--token-to takes {", ".join(FORMS[:-1])} or {FORMS[-1]}, not "{text}"',
        ("do", "for example --token-to file:scim-token.txt"),
    )


def _words(command: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(command))
    except ValueError:
        raise UsageError(
            "--token-to has a command in which a quote is opened and not closed",
            ("do", "write it as in a shell, and the whole in quotes of the other kind"),
        ) from None
