"""A command of the operator's: run without a shell, with a deadline, and ended whole.

It gets no terminal, and what it says on stderr is dropped: there may be a secret in it.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path

DEADLINE = 30.0
"""Seconds that a command may take."""

LARGEST = 1 << 16
"""Bytes of the longest value; a private key has less than a tenth of it."""

LOOK_EVERY = 0.05
"""Seconds between two looks whether a silent command has ended: what it left running in the
background may hold its output open."""


class CommandFailed(Exception):
    """It wasn't there, didn't end in time, or didn't end well; the message has no output in it."""


class Commands:
    """Runs commands, in several threads if need be; `stop` ends them all.

    Args:
        deadline: seconds that each may take.
    """

    def __init__(self, deadline: float = DEADLINE) -> None:
        self.deadline = deadline
        self._lock = threading.RLock()  # a signal's handler may stop what its own thread began
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def output(self, argv: Sequence[str], folder: Path | None = None) -> bytes:
        """What the command prints, `LARGEST` bytes at most.

        Args:
            argv: program and arguments; no secret may be among them.
            folder: where it runs; by default where we do.

        Raises:
            CommandFailed: see there.
            KeyboardInterrupt: the run was stopped meanwhile.
        """
        with self._started(argv, folder, b"", subprocess.PIPE) as process:
            return self._waited_for(process)

    def feed(self, argv: Sequence[str], data: bytes) -> None:
        """Give *data* to the command on its stdin; what it prints is dropped.

        Args:
            argv: program and arguments; no secret may be among them.
            data: a value, which is less than a pipe holds.

        Raises:
            CommandFailed: see there.
            KeyboardInterrupt: the run was stopped meanwhile.
        """
        with self._started(argv, None, data, subprocess.DEVNULL) as process:
            self._waited_for(process)

    def stop(self) -> None:
        """End all that run, and start no more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                _end(process)

    @contextmanager
    def _started(
        self, argv: Sequence[str], folder: Path | None, data: bytes, stdout: int
    ) -> Iterator[subprocess.Popen[bytes]]:
        process = self._start(argv, folder, subprocess.PIPE if data else subprocess.DEVNULL, stdout)
        try:
            if process.stdin:
                # It can't block, see `feed`; one that doesn't read says so itself.
                with suppress(BrokenPipeError), process.stdin as pipe:
                    pipe.write(data)
            yield process
        finally:
            with self._lock:
                self._running.discard(process)
                _end(process)
            process.wait()
            if process.stdout:
                process.stdout.close()

    def _start(
        self, argv: Sequence[str], folder: Path | None, stdin: int, stdout: int
    ) -> subprocess.Popen[bytes]:
        # In a thread: a signal in the middle of it would leave a command that nobody knows of.
        started: Future[subprocess.Popen[bytes]] = Future()
        about = (started, argv, folder, stdin, stdout)
        threading.Thread(target=self._spawn, args=about, daemon=True).start()
        return started.result()

    def _spawn(
        self,
        started: Future[subprocess.Popen[bytes]],
        argv: Sequence[str],
        folder: Path | None,
        stdin: int,
        stdout: int,
    ) -> None:
        with self._lock:
            if self._stopped:
                started.set_exception(KeyboardInterrupt())
                return
            try:
                process = subprocess.Popen(  # noqa: S603 -- the operator's own, without a shell
                    list(argv),
                    cwd=folder,
                    stdin=stdin,
                    stdout=stdout,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # a group to end as a whole, and no terminal to ask on
                )
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else "a NUL is in it"
                started.set_exception(CommandFailed(f"can't be run: {why}"))
                return
            self._running.add(process)
        started.set_result(process)

    def _waited_for(self, process: subprocess.Popen[bytes]) -> bytes:
        """What it printed, once it has ended well."""
        until, printed = time.monotonic() + self.deadline, bytearray()
        pipe = process.stdout
        while not self._ended(process, pipe.fileno() if pipe else None, printed):
            if len(printed) > LARGEST:
                raise CommandFailed(f"printed more than {LARGEST} bytes")
            if time.monotonic() > until:
                raise CommandFailed(f"didn't end within {self.deadline:g} s")
        with self._lock:
            if self._stopped:
                raise KeyboardInterrupt
        if process.returncode < 0:
            raise CommandFailed(f"was ended by signal {-process.returncode}")
        if process.returncode:
            raise CommandFailed(f"ended with exit code {process.returncode}")
        return bytes(printed)

    def _ended(
        self, process: subprocess.Popen[bytes], pipe: int | None, printed: bytearray
    ) -> bool:
        """Whether it has; waits a moment for it, or for what it prints."""
        over = process.poll() is not None
        if pipe is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_EVERY)
            return over
        if not _readable(pipe, 0 if over else LOOK_EVERY):
            return over
        read = os.read(pipe, LARGEST)
        printed += read
        if not read and not over:
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_EVERY)
        return over and not read


def _readable(pipe: int, seconds: float) -> bool:
    """Whether something can be read, or the other end is closed, within so many seconds."""
    poll = select.poll()  # select itself takes no number above 1023
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with all that it started."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
