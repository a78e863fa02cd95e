"""GitHub Actions hides values that a step names to it: ``::add-mask::``, one line for each.

The line holds the value, so it is printed only where the runner reads our stdout itself and takes
it out: not into a file, a ``tee``, a ``$(...)`` or a report of another format. Whether it does is
looked up: the pipe that our stdout is must be open in an ancestor called Runner.Worker. Comparing
it with our parent's stdout alone would be fooled by ``$(tool; other)`` and ``exec > >(tee log)``.
Where it can't be told, as on macOS, in a job's container or for another user, nothing is printed,
and our own redaction is what there is.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import click

RUNNER = "Runner.Worker"
"""The process of GitHub's runner that runs a job's steps and reads what they print."""

PROCESSES = Path("/proc")


def announcer(
    formats: Sequence[str], environment: Mapping[str, str], stdout: TextIO | None = None
) -> Callable[[str], None] | None:
    """What names values to GitHub's runner; None where it must not be done.

    Args:
        formats: what goes to stdout; another format than text is read by a program.
        environment: to recognise GitHub Actions.
        stdout: by default ours.
    """
    stream = stdout or sys.stdout
    if environment.get("GITHUB_ACTIONS") != "true":
        return None
    if any(name != "text" for name in formats):
        return None
    return _announce if _read_by_the_runner(stream) else None


def _announce(value: str) -> None:
    """Name *value*, escaped as the runner's commands have it."""
    escaped = value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    with suppress(BrokenPipeError):  # nobody reads it, so nobody has to hide it
        click.echo(f"::add-mask::{escaped}")


def _read_by_the_runner(stream: TextIO) -> bool:
    try:
        ours = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    if not stat.S_ISFIFO(ours.st_mode):
        return False
    return any(_holds(process, ours) for process in _runners())


def _runners() -> Iterator[Path]:
    """Our ancestors that are called as GitHub's runner is."""
    number = os.getppid()
    while number > 0:
        process = PROCESSES / str(number)
        try:
            program = (process / "cmdline").read_bytes().split(b"\0")[0]
            # Behind the name, which may hold anything, in brackets: the state and the parent.
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
        except (OSError, IndexError, UnicodeDecodeError):
            return
        if program.rpartition(b"/")[2] == RUNNER.encode():
            yield process
        number = int(parent)


def _holds(process: Path, pipe: os.stat_result) -> bool:
    """Whether *process* has *pipe* open."""
    try:
        found = list((process / "fd").iterdir())
    except OSError:
        return False
    for entry in found:
        with suppress(OSError):
            if os.path.samestat(entry.stat(), pipe):
                return True
    return False
