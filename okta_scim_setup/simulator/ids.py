"""Identifiers in the shape of the real services', the same in every run."""

import hashlib
import secrets
from dataclasses import dataclass

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 20
_TAIL = "1d7"


@dataclass(slots=True)
class Ids:
    """A source of Okta ids (`0oa...`, 20 characters) and of dbt's integers; hold the lock."""

    made: int = 0
    last_number: int = 8799

    def okta(self, prefix: str) -> str:
        """The next Okta id: a prefix such as `0oa`, then letters and digits (recorded)."""
        self.made += 1
        seed = hashlib.blake2b(f"{prefix}{self.made}".encode(), digest_size=16).digest()
        body = "".join(_ALPHABET[byte % 62] for byte in seed)
        return (prefix + body)[: _LENGTH - len(_TAIL)] + _TAIL

    def number(self) -> int:
        """The next integer id, as dbt numbers users, groups and tokens."""
        self.last_number += 1
        return self.last_number


def error_id() -> str:
    """The id of one Okta error answer: `oae` and 22 characters (recorded)."""
    return "oae" + secrets.token_urlsafe(17)[:22]


def okta_api_token() -> str:
    """A new Okta API token: `00` and 40 characters (reported)."""
    return "00" + secrets.token_urlsafe(40).replace("-", "x").replace("_", "y")[:40]


def dbt_token(prefix: str = "dbtc_") -> str:
    """A new dbt service token (`dbtc_`) or SCIM token (`dbts_`)."""
    return prefix + secrets.token_urlsafe(33)
