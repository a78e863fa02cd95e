"""Files that a run writes: looked at before it starts, written whole or not at all when it ends."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from okta_scim_setup.errors import SetupError, UsageError
from okta_scim_setup.paths import path_of

MODE = 0o666
"""Of a new file, before the process's umask."""


def writable(file: str) -> Path:
    """The path of a file that can be written: said before a run starts, not after it.

    Nothing is made or emptied: an interrupted run leaves the report of the one before.

    Raises:
        UsageError: it can't.
    """
    path = path_of(file)
    why = _obstacle(path)
    if why:
        raise UsageError(f"{path} can't be written: {why}", ("do", "name another file"))
    return path


def write(path: Path, text: str) -> None:
    """Put *text* in place of what is there, as a whole.

    Raises:
        SetupError: it can't be written; what was there still is.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe, or /dev/stdout
            path.write_text(text, encoding="utf-8")
        else:
            _replace(path.resolve(), text)
    except OSError as error:
        raise SetupError(
            f"{path} can't be written: {error.strerror}", ("do", "name another file")
        ) from None


def _obstacle(path: Path) -> str:
    """Why *path* can't be written; empty if it can."""
    try:
        if path.is_dir():
            return "it is a folder"
        if path.exists() and not os.access(path, os.W_OK):
            return "it is read-only"
        if path.exists() and not path.is_file():
            return ""
        with tempfile.TemporaryFile(dir=path.resolve().parent):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(_mode(path))
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _mode(path: Path) -> int:
    """The mode of the file that is replaced, or what a new one gets."""
    if path.exists():
        return path.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return MODE & ~mask
