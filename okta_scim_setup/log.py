"""The log: on stderr, without anything that other libraries would show."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

OURS = "okta_scim_setup"

OTHERS = ("urllib3", "requests", "okta", "okta-sdk-python", "jwcrypto", "asyncio")
"""They write headers and bodies when asked for much, so they are never asked."""


def configure(verbosity: int, stream: TextIO | None = None) -> None:
    """Let our loggers write to *stream*, by default stderr: warnings; from 1 on each request."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", "%H:%M:%S"))
    ours = logging.getLogger(OURS)
    for old in list(ours.handlers):
        ours.removeHandler(old)
    ours.addHandler(handler)
    ours.setLevel(logging.INFO if verbosity else logging.WARNING)
    ours.propagate = False
    for name in OTHERS:
        logging.getLogger(name).setLevel(logging.WARNING)
