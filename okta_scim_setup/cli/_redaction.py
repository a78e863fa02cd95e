"""What hides a run's secrets in whatever is printed about it, even if it fails early."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Redaction:
    """One for each command line; hides something from the moment on when there are secrets."""

    masked: Callable[[str], str] = str
    """A text without the run's secrets."""
