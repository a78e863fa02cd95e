"""What a process of `processes` does: a module of its own, as each process imports it anew."""

from __future__ import annotations

import contextlib
import os
import sys


def run(arguments: list[str], output: str) -> None:
    """Run a command with everything that it prints in a file, and end with its exit code."""
    from okta_scim_setup import cli  # noqa: PLC0415 -- imported where it is forked from

    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    with contextlib.suppress(BrokenPipeError):
        code = cli.run(arguments)
        sys.stdout.flush()
    os._exit(code)
