"""``cmd:``, ``vault:`` and ``op:``: what a command of the operator's prints.

Vault and 1Password are asked through their own command lines, which know how to sign in. Nothing of
a reference can be taken for an option, and no shell reads it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from okta_scim_setup.errors import ConfigError
from okta_scim_setup.secret.command import CommandFailed
from okta_scim_setup.secret.schemes.scheme import Means, Scheme

CMD = "--allow-cmd"
"""The option that lets commands of the config's be run."""

_VAULT = re.compile(r"(?P<path>[^\s#?/-][^\s#?]*)#(?P<field>[^\s#]+)")
"""A path of a key-value engine, and one of the fields there."""

_OP = re.compile(r"//[^/\s][^/\x00-\x1f]*(/[^/\x00-\x1f]+){2,3}")
"""A vault, an item, in it perhaps a section, and a field (1Password's secret references)."""


def _words(text: str) -> list[str]:
    """A command as program and arguments; none if it can't be read."""
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _wrong_command(text: str) -> str:
    words = _words(text)
    if not words:
        return "has a quote that is opened and not closed"
    return "begins with an option, not a program" if words[0].startswith("-") else ""


def _command(text: str, means: Means) -> bytes:
    return _printed(_words(text), means, means.folder)


def _program_alone(text: str) -> str:
    """Arguments may be long, and hold what is nobody's business."""
    program, *rest = _words(text) or ["?"]
    return f"{program} ..." if rest else program


def _always(_text: str, _folder: Path) -> str:
    return CMD


def _wrong_vault(text: str) -> str:
    match = _VAULT.fullmatch(text)
    if match is None:
        return "isn't of the form PATH#FIELD"
    steps = match["path"].split("/")
    return "has an empty step, . or .. in its path" if {"", ".", ".."} & set(steps) else ""


def _vault(text: str, means: Means) -> bytes:
    path, _, field = text.partition("#")
    return _printed(["vault", "kv", "get", f"-field={field}", path], means)


def _wrong_op(text: str) -> str:
    return "" if _OP.fullmatch(text) else "isn't of the form //VAULT/ITEM/FIELD"


def _op(text: str, means: Means) -> bytes:
    return _printed(["op", "read", f"op:{text}"], means)


def _printed(argv: Sequence[str], means: Means, folder: Path | None = None) -> bytes:
    try:
        return means.commands.output(argv, folder)
    except CommandFailed as error:
        raise ConfigError(
            f"can't be had: {argv[0]} {error}",
            ("do", "run the command yourself to see why; what it says isn't repeated here"),
        ) from None


COMMAND = Scheme("cmd:COMMAND", _wrong_command, _command, _always, _program_alone)
VAULT = Scheme("vault:PATH#FIELD", _wrong_vault, _vault)
ONE_PASSWORD = Scheme("op://VAULT/ITEM/FIELD", _wrong_op, _op)
