"""A token to a command of the operator's: a store's own command line."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import ClassVar

from okta_scim_setup.errors import Refused, SetupError
from okta_scim_setup.secret import SINK, Secret
from okta_scim_setup.secret.command import CommandFailed, Commands


@dataclass(frozen=True)
class CommandSink:
    """A command that reads the token on its stdin, to the end, without a line break behind it.

    Stores keep what they read, and a token that is kept with a line break is a wrong token.
    ``{tenant}`` in an argument stands for the tenant's name; it never makes two arguments of one.
    """

    words: tuple[str, ...]
    keeps: ClassVar[bool] = True
    commands: Commands = field(default_factory=Commands, compare=False)

    @property
    def tells_apart(self) -> bool:
        """Whether the command is told which tenant's token it gets."""
        return any("{tenant}" in word for word in self.words)

    def check(self, tenant: str) -> None:
        """Refuse a program that isn't there.

        Raises:
            Refused: it isn't, or the tenant's name would be taken for an option.
        """
        if shutil.which(self.words[0]) is None:
            raise Refused(
                f"no program {self.words[0]} is found that could take the token",
                ("do", "install it, or correct --token-to. Nothing was written."),
                tenant=tenant,
            )
        filled = zip(self.words, self._argv(tenant), strict=True)
        if any(new.startswith("-") and not word.startswith("-") for word, new in filled):
            raise Refused(
                f'the name "{tenant}" would be an option of {self.words[0]}',
                ("do", "put something before {tenant} in --token-to. Nothing was written."),
                tenant=tenant,
            )

    def put(self, tenant: str, token: Secret) -> str:
        """Run the command with the token on its stdin; what it prints isn't shown.

        Raises:
            SetupError: it failed, or didn't end in time; it may have the token all the same.
        """
        try:
            self.commands.feed(self._argv(tenant), token.reveal(to=SINK).encode())
        except CommandFailed as error:
            raise SetupError(
                f"the token can't be given to {self.words[0]}: it {error}",
                ("do", "run the command yourself to see why. The token was revoked."),
                tenant=tenant,
            ) from None
        return f"the token that {self.words[0]} was given"

    def forget(self, tenant: str) -> bool:
        """What a command took stays there."""
        return False

    def _argv(self, tenant: str) -> list[str]:
        return [word.replace("{tenant}", tenant) for word in self.words]
