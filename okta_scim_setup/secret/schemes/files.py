"""``file:PATH``: a file, from the config's folder; outside of it only where the operator says so.

So a changed config can't have any file of the machine read and sent away.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from okta_scim_setup.errors import ConfigError
from okta_scim_setup.paths import path_of
from okta_scim_setup.secret.command import LARGEST
from okta_scim_setup.secret.schemes.scheme import Means, Scheme

OUTSIDE = "--allow-outside"
"""The option that lets a file be anywhere."""


def _wrong(path: str) -> str:
    return "holds a NUL" if "\0" in path else ""


def _path(path: str, folder: Path) -> Path:
    # Those of os.path raise nothing: a loop of links is found when it is opened.
    return Path(os.path.realpath(folder / path_of(path)))


def _flag(path: str, folder: Path) -> str:
    return "" if _path(path, folder).is_relative_to(os.path.realpath(folder)) else OUTSIDE


def _fetch(path: str, means: Means) -> bytes:
    try:
        # What stands there might be a pipe that nobody writes to, and would be waited for.
        descriptor = os.open(_path(path, means.folder), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _unreadable("it isn't a regular file", means)
            return os.read(descriptor, LARGEST + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unreadable(error.strerror or type(error).__name__, means) from None


def _unreadable(why: str, means: Means) -> ConfigError:
    return ConfigError(
        f"can't be read: {why}",
        ("do", f"a file is looked up from the config's folder, {means.folder}"),
    )


SCHEME = Scheme("file:PATH", _wrong, _fetch, _flag)
