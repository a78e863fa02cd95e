"""A token on a terminal, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from okta_scim_setup.errors import SetupError
from okta_scim_setup.secret import SINK, Secret


@dataclass
class TerminalSink:
    """A terminal, once, on a screen that is cleared; held until the person asks for it."""

    held: dict[str, Secret] = field(default_factory=dict)
    keeps: ClassVar[bool] = False

    def check(self, tenant: str) -> None:
        """A terminal always takes it."""

    def put(self, tenant: str, token: Secret) -> str:
        """Keep the token until the person presses the key.

        Raises:
            SetupError: another one waits to be shown; two at once would be mixed up.
        """
        if tenant in self.held:
            raise SetupError(
                "the terminal shows one token at a time, and another one waits to be shown",
                ("do", "let files take them: --token-to file:PATH. This one was revoked."),
            )
        self.held[tenant] = token
        return "press t: shown once, on a screen that is cleared"

    def forget(self, tenant: str) -> bool:
        """Drop a value that was never shown."""
        return self.held.pop(tenant, None) is not None

    def take(self, tenant: str) -> str | None:
        """The value, for showing it once; None after that."""
        token = self.held.pop(tenant, None)
        return None if token is None else token.reveal(to=SINK)
