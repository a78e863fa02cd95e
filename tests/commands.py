"""Small commands that tests put on the PATH, and what they left behind."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


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
        """Wait until nobody holds it any more; it must have been held."""
        os.set_blocking(self._file, True)
        held = b""
        while read := os.read(self._file, 100):
            held += read
        os.close(self._file)
        return held != b""
