"""The log: on stderr, without secrets and without anything else that libraries would show."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from inspect import ismethod
from typing import TextIO
from weakref import WeakMethod

OURS = "okta_scim_setup"

OTHERS = ("urllib3", "requests", "okta", "okta-sdk-python", "jwcrypto", "asyncio")
"""They write headers and bodies when asked for much, so they are never asked."""


_runs: list[WeakMethod[Callable[[str], str]]] = []
"""What masks each run that this process is at: a cluster's worker may be at several."""


class _Redacting(logging.Formatter):
    """Masks what a record came to: message, arguments, exception, stack."""

    def __init__(self, masked: Callable[[str], str]) -> None:
        super().__init__("%(asctime)s  %(message)s", "%H:%M:%S")
        self._masked = masked

    def format(self, record: logging.LogRecord) -> str:
        kept = record.exc_text
        try:
            said = self._masked(super().format(record))
            for masked in filter(None, (run() for run in tuple(_runs))):
                said = masked(said)
            return said
        finally:
            record.exc_text = kept  # or the next handler would find the traceback unmasked


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that it can be told from those of others."""

    aside: Callable[[], AbstractContextManager[None]] = nullcontext

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record beside what else is on the screen."""
        with self.aside():
            super().emit(record)


def configure(
    verbosity: int,
    stream: TextIO | None = None,
    *,
    masked: Callable[[str], str] = str,
    aside: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> None:
    """Let all loggers write to *stream*: ours more or less, others warnings only.

    Args:
        verbosity: 0 for warnings; from 1 on each request.
        stream: by default stderr.
        masked: a text without the run's secrets.
        aside: what a line is written within, so that it doesn't run into what is drawn there.
    """
    _runs[:] = [run for run in _runs if run() is not None]
    if ismethod(masked):
        _runs.append(WeakMethod(masked))
    handler = _Handler(stream or sys.stderr)
    handler.aside = aside
    handler.setFormatter(_Redacting(masked))
    ours, root = logging.getLogger(OURS), logging.getLogger()
    for logger in (ours, root):
        for old in [each for each in logger.handlers if isinstance(each, _Handler)]:
            logger.removeHandler(old)
        logger.addHandler(handler)
    ours.setLevel(logging.INFO if verbosity else logging.WARNING)
    ours.propagate = False
    for name in OTHERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
