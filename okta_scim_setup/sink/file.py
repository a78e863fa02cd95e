"""A token in a new file."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from okta_scim_setup.errors import Refused, SetupError
from okta_scim_setup.paths import is_folder, path_of
from okta_scim_setup.secret import SINK, Secret

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class FileSink:
    """A file that doesn't exist yet, readable by its owner alone.

    ``{tenant}`` in the path stands for the tenant's name.
    """

    path: str
    keeps: ClassVar[bool] = True

    @property
    def tells_apart(self) -> bool:
        """Whether each tenant has a file of its own."""
        return "{tenant}" in self.path

    def check(self, tenant: str) -> None:
        """Refuse an existing file: it may hold a token that somebody still needs.

        Raises:
            Refused: the file exists, or its folder doesn't.
        """
        path = self._path(tenant)
        if os.path.lexists(path):
            raise Refused(
                f"{path} exists, and a token is written to a new file only",
                ("do", "name another file, for many tenants with {tenant} in it, or remove it"),
                tenant=tenant,
            )
        if not is_folder(path.parent):
            raise Refused(
                f"the folder {path.parent} doesn't exist, or can't be looked into",
                ("do", "make it, or name another file. Nothing was written."),
                tenant=tenant,
            )

    def put(self, tenant: str, token: Secret) -> str:
        """Write the file with mode 0600, and wait until it is on the disk.

        Raises:
            SetupError: it can't be written.
        """
        path = self._path(tenant)
        try:
            _write(path, token.reveal(to=SINK))
        except OSError as error:
            raise SetupError(
                f"the token can't be written to {path}: {error.strerror}",
                ("do", "name a file that can be written, and run again. The token was revoked."),
                tenant=tenant,
            ) from None
        return f"the token in {path}"

    def forget(self, tenant: str) -> bool:
        """A file stays."""
        return False

    def _path(self, tenant: str) -> Path:
        return path_of(self.path.replace("{tenant}", tenant))


def _write(path: Path, value: str) -> None:
    """Write a new file and see it to the disk; what couldn't be written whole isn't left."""
    descriptor = os.open(path, NEW, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{value}\n")
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise
