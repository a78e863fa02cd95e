"""Small commands that tests put on the PATH, and what they left behind."""

from __future__ import annotations

import os
import select
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 10.0
"""Seconds until what has been ended must be gone."""


@dataclass(frozen=True)
class Bench:
    """A folder of commands; each notes what it was called with."""

    folder: Path

    def command(self, name: str, script: str) -> Path:
        """Put a shell script there that notes its arguments first."""
        path = self.folder / name
        path.write_text(
            f'#!/bin/sh\nprintf "%s|" "$0" "$@" >>"{self.folder}/{name}.calls"\n'
            f'echo >>"{self.folder}/{name}.calls"\n{script}\n'
        )
        path.chmod(0o700)
        return path

    def calls(self, name: str) -> list[list[str]]:
        """The arguments of each call so far."""
        noted = self.folder / f"{name}.calls"
        lines = noted.read_text().splitlines() if noted.exists() else []
        return [line.split("|")[1:-1] for line in lines]


class Alive:
    """Tells when everybody has ended who was started by a command: each holds a pipe open.

    A script takes hold of it with ``exec 9>"$ALIVE"``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def all_ended(self) -> bool:
        """Whether nobody holds it any more, waiting a while for it; it must have been held."""
        poll, held = select.poll(), b""
        poll.register(self._file, select.POLLIN)
        while events := poll.poll(PATIENCE * 1000):
            read = os.read(self._file, 100)
            held += read
            if not read:
                break
        os.close(self._file)
        return bool(events and held)
