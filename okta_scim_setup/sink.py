"""Where a minted token may go besides Okta: a terminal, once, or a new file. Nowhere by itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from okta_scim_setup.errors import Refused, SetupError, UsageError
from okta_scim_setup.secret import SINK, Secret


class Sink(Protocol):
    """What the operator named with ``--token-to``."""

    def check(self, tenant: str) -> None:
        """Refuse before anything is minted, if the token couldn't be put there."""

    def put(self, tenant: str, token: Secret) -> str:
        """Put the token there, and say where it is: what the runbook tells the person."""

    def forget(self, tenant: str) -> bool:
        """Give up what nobody has looked at yet; whether there was something."""


@dataclass(frozen=True)
class FileSink:
    """A file that doesn't exist yet, readable by its owner alone.

    ``{tenant}`` in the path stands for the tenant's name.
    """

    path: str

    def check(self, tenant: str) -> None:
        """Refuse an existing file: it may hold a token that somebody still needs.

        Raises:
            Refused: the file exists, or its folder doesn't.
        """
        path = self._path(tenant)
        if os.path.lexists(path):
            raise Refused(
                f"{path} exists, and a token is written to a new file only",
                ("do", "name another file, for many tenants with {tenant} in it, or remove it"),
                tenant=tenant,
            )
        if not path.parent.is_dir():
            raise Refused(
                f"the folder {path.parent} doesn't exist",
                ("do", "make it, or name another file. Nothing was written."),
                tenant=tenant,
            )

    def put(self, tenant: str, token: Secret) -> str:
        """Write the file with mode 0600.

        Raises:
            SetupError: it can't be written.
        """
        path = self._path(tenant)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(token.reveal(to=SINK) + "\n")
        except OSError as error:
            raise SetupError(
                f"the token can't be written to {path}: {error.strerror}",
                ("do", "name a file that can be written, and run again. The token was revoked."),
                tenant=tenant,
            ) from None
        return f"the token in {path}"

    def forget(self, tenant: str) -> bool:
        """A file stays."""
        return False

    def _path(self, tenant: str) -> Path:
        return Path(self.path.replace("{tenant}", tenant)).expanduser()


@dataclass
class TerminalSink:
    """A terminal, once, on a screen that is cleared; held until the person asks for it."""

    held: dict[str, Secret] = field(default_factory=dict)

    def check(self, tenant: str) -> None:
        """A terminal always takes it."""

    def put(self, tenant: str, token: Secret) -> str:
        """Keep the token until the person presses the key."""
        self.held[tenant] = token
        return "press t: shown once, on a screen that is cleared"

    def forget(self, tenant: str) -> bool:
        """Drop a value that was never shown."""
        return self.held.pop(tenant, None) is not None

    def take(self, tenant: str) -> str | None:
        """The value, for showing it once; None after that."""
        token = self.held.pop(tenant, None)
        return None if token is None else token.reveal(to=SINK)


def parse(text: str, *, terminal: bool, environment: Mapping[str, str]) -> Sink:
    """Read ``--token-to``.

    Args:
        text: ``terminal`` or ``file:PATH``.
        terminal: whether a person sits at one.
        environment: to recognise CI, whose logs keep what a terminal forgets.

    Raises:
        UsageError: it is neither, or there is no terminal.
    """
    if text == "terminal":
        if not terminal or environment.get("CI"):
            raise UsageError(
                "--token-to terminal needs a terminal that nobody records",
                ("do", "use --token-to file:PATH"),
            )
        return TerminalSink()
    scheme, _, path = text.partition(":")
    if scheme != "file" or not path:
        raise UsageError(
            f'--token-to takes terminal or file:PATH, not "{text}"',
            ("do", "for example --token-to file:scim-token.txt"),
        )
    return FileSink(path)
