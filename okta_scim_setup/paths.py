"""What people write for a file or a folder."""

from __future__ import annotations

import os
from pathlib import Path


def path_of(text: str) -> Path:
    """The path that *text* means: ``~`` is the home folder.

    Where whose home that is isn't known it stays as it is: no such file will be found.
    """
    return Path(os.path.expanduser(text))  # noqa: PTH111 -- Path.expanduser raises there


def is_folder(path: Path) -> bool:
    """Whether a folder is there, as far as can be seen."""
    return os.path.isdir(path)  # noqa: PTH112 -- Path.is_dir raises where nothing can be seen
