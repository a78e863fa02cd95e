"""One run per tenant on this machine: a lock that the kernel takes back when its process dies.

Runs on other machines are told by the age of the tokens that they made (the lease, `rotation`).
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from okta_scim_setup.errors import Busy, SetupError

BUFFER = 512
"""Bytes; who holds a lock is said in fewer, and a run may hold thousands."""


@dataclass
class Lock:
    """The lock of one tenant; the file stays, since removing it would let two runs hold one each.

    The file says who holds it, for whoever doesn't get it.
    """

    path: Path
    _file: IO[str] | None = field(default=None, repr=False)

    def acquire(self) -> None:
        """Take it, or say who has it; taken once already, it is kept.

        Raises:
            Busy: another run is at work on this tenant.
            SetupError: the file can't be made.
        """
        if self._file is not None:
            return
        file = _opened(self.path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = _said(file)
            file.close()
            raise Busy(
                f"another run is at work on this tenant{holder}",
                ("do", "wait until it is done, and run again. Nothing was written."),
            ) from None
        file.seek(0)
        file.truncate()
        json.dump(_ourselves(), file)
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _opened(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SetupError(
            f"{path} can't be made: {error.strerror}",
            ("do", "name a folder that can be written: --journal DIR. Nothing was written."),
        ) from None
    return os.fdopen(descriptor, "r+", BUFFER, encoding="utf-8")


def _ourselves() -> dict[str, str | int]:
    who = "somebody"
    with suppress(KeyError, OSError):  # a container may know no name for its user
        who = getpass.getuser()
    return {
        "process": os.getpid(),
        "by": f"{who}@{socket.gethostname()}",
        "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
    }


def _said(file: IO[str]) -> str:
    """Who holds it, as far as they have written it."""
    try:
        holder = json.load(file)
        return f": process {holder['process']} of {holder['by']}, since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        return ""
