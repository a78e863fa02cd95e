"""A token's name is our memory: the one label that a fresh runner and a colleague can both read.

``okta-scim-setup/<account id>/<resource name>/r<N>/<8 hex>/<run id>``, at most 64 characters. The
8 hex are two hashes: of the settings at the hand-over, and of the app it was made for.
"""

from __future__ import annotations

from dataclasses import dataclass

from okta_scim_setup.errors import ConfigError

OURS = "okta-scim-setup"
LONGEST = 64


NOBODY = "0000"
"""Whom a token was made for that is handed to nobody."""


def receiver(fingerprint: str) -> str:
    """The part that tells whom a token was made for."""
    return fingerprint[4:]


@dataclass(frozen=True)
class TokenName:
    """What a token of ours says of itself."""

    account_id: int
    resource: str
    rotation: int
    fingerprint: str
    run: str

    def __str__(self) -> str:
        parts = (
            OURS,
            self.account_id,
            self.resource,
            f"r{self.rotation}",
            self.fingerprint,
            self.run,
        )
        return "/".join(map(str, parts))

    @property
    def by_hand(self) -> bool:
        """Whether it was made for a person to enter: its run begins with ``h``, which isn't hex."""
        return self.run.startswith("h")

    def is_for(self, receivers: frozenset[str] | None) -> bool:
        """Whether it was made for one of *receivers*, or for nobody; None: nobody knows them."""
        return receivers is None or receiver(self.fingerprint) in {*receivers, NOBODY}

    def checked(self) -> str:
        """The name as text.

        Raises:
            ConfigError: it is longer than a token's name may be.
        """
        text = str(self)
        if len(text) > LONGEST:
            spare = len(self.resource) - (len(text) - LONGEST)
            raise ConfigError(
                f'the name "{self.resource}" is too long for dbt_cloud.scim_token',
                ("but", f"it becomes part of a token's name of at most {LONGEST} characters"),
                ("do", f"use at most {max(spare, 1)} characters"),
            )
        return text

    @classmethod
    def parse(cls, text: str) -> TokenName | None:
        """Read a token's name; None if the token isn't ours."""
        parts = text.split("/")
        if len(parts) != 6 or parts[0] != OURS:  # noqa: PLR2004 -- as many as __str__ writes
            return None
        _, account_id, resource, rotation, fingerprint, run = parts
        numbers = account_id, rotation[1:]
        if rotation[:1] != "r" or not all(n.isascii() and n.isdigit() for n in numbers):
            return None
        return cls(int(account_id), resource, int(rotation[1:]), fingerprint, run)
