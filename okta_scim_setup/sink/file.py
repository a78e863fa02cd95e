"""A token in a new file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from okta_scim_setup.errors import Refused, SetupError
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
        if not path.parent.is_dir():
            raise Refused(
                f"the folder {path.parent} doesn't exist",
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
            descriptor = os.open(path, NEW, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(token.reveal(to=SINK) + "\n")
                file.flush()
                os.fsync(descriptor)
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
        return Path(self.path.replace("{tenant}", tenant)).expanduser()
