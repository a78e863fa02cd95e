"""What a scheme is: a form that can be checked offline, and a way to fetch the value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from okta_scim_setup.secret.command import Commands


@dataclass(frozen=True)
class Means:
    """What a scheme has to fetch a value with."""

    folder: Path
    """The config's: what a relative path begins at."""
    commands: Commands

    @property
    def deadline(self) -> float:
        """Seconds that fetching may take."""
        return self.commands.deadline


def _nothing(_reference: str, _folder: Path) -> str:
    return ""


@dataclass(frozen=True)
class Scheme:
    """One place where secrets are kept."""

    form: str
    """How a reference is written: ``env:NAME``."""
    wrong: Callable[[str], str]
    """What is wrong with the form of a reference, as in "has no FIELD"; empty if nothing is."""
    fetch: Callable[[str, Means], bytes]
    """The value, as it is kept.

    Raises:
        ConfigError: it can't be had. Its title goes on from "the secret REFERENCE".
    """
    flag: Callable[[str, Path], str] = _nothing
    """The option without which a reference isn't followed; empty if it needs none."""
    shown: Callable[[str], str] = str
    """What messages repeat of a reference."""
