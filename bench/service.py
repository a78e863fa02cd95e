# ruff: noqa: INP001 -- programs, no package
"""The simulator as a process of its own, started by the command line as anyone would."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Service:
    """A running simulator: what it said of itself, and its process."""

    summary: dict[str, Any]
    process: subprocess.Popen[str]

    @property
    def resident_kib(self) -> int:
        """The memory that the process holds, in KiB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("unreachable: Linux says VmRSS of every process")


@contextmanager
def serving(*options: str, ports: int = 1) -> Iterator[Service]:
    """Run `simulate` on as many free ports in a row, until the end of the block."""
    for _ in range(_ATTEMPTS):
        process = _start(_free_port(ports), options)
        line = process.stdout.readline() if process.stdout else ""
        if line:
            break
        process.wait()
        _close(process)
    else:
        raise RuntimeError("the simulator doesn't start")
    try:
        yield Service(json.loads(line), process)
    finally:
        process.terminate()
        process.wait()
        _close(process)


def _start(port: int, options: tuple[str, ...]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "okta_scim_setup", "simulate", "--port", str(port), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own


def _close(process: subprocess.Popen[str]) -> None:
    if process.stdout:
        process.stdout.close()


def _free_port(ports: int) -> int:
    """A port below those that outgoing connections take, with room for the others above it."""
    return random.randrange(10_000, 30_000 - ports)  # noqa: S311 - no secret
