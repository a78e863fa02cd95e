"""Where a playbook is: in the package by its name, or in a file by its path."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from okta_scim_setup.errors import ConfigError
from okta_scim_setup.language.document import read_text
from okta_scim_setup.language.near import near
from okta_scim_setup.paths import path_of


@cache
def shipped() -> tuple[str, ...]:
    """The names of the playbooks that are in the package."""
    folder = files("okta_scim_setup") / "playbooks"
    return tuple(
        sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml"))
    )


def is_path(name: str) -> bool:
    """Whether *name* is a path: whatever holds a slash or ends as a YAML file does."""
    return "/" in name or name.endswith((".yaml", ".yml"))


def check(name: str, base: Path) -> None:
    """See that there is such a playbook.

    Raises:
        ConfigError: there is none.
    """
    if is_path(name):
        path = _path(name, base)
        if not path.is_file():
            raise ConfigError(
                f"there is no playbook {path}",
                ("do", "a path is looked up from the folder of the file that it is written in"),
            )
    elif name not in shipped():
        known = ", ".join(shipped())
        do = f"use {known}, or give the path of a file"
        raise ConfigError(f'no playbook is called "{name}"', *near(name, shipped()), ("do", do))


def read(name: str, base: Path) -> tuple[str, str]:
    """The text of a playbook, and what messages call it.

    Raises:
        ConfigError: there is none, or it can't be read.
    """
    check(name, base)
    if is_path(name):
        path = _path(name, base)
        return read_text(path, str(path)), str(path)
    return _shipped_text(name), name


@cache
def _shipped_text(name: str) -> str:
    return (files("okta_scim_setup") / "playbooks" / f"{name}.yaml").read_text(encoding="utf-8")


def _path(name: str, base: Path) -> Path:
    return base / path_of(name)
