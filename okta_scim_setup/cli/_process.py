"""What the process is prepared for before a run: many open files, and a signal to stop."""

from __future__ import annotations

import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from okta_scim_setup.cli import _view
from okta_scim_setup.secret import Keeper
from okta_scim_setup.traffic.waiting import UNBROKEN
from okta_scim_setup.transport import Transport

BESIDES_LOCKS = 4_096
"""Files and connections that a run has open at most, locks aside: those to 128 hosts are kept."""

STOPPING = "\nstopping: what would be left half done is finished; again: at once\n"

STOPPING_READING = "\nstopping: what was read is reported\n"

LOOKS: ContextVar[bool] = ContextVar("looks", default=False)
"""Whether the main thread looks by itself whether the run was stopped."""


@contextmanager
def looking() -> Iterator[None]:
    """No signal breaks in meanwhile: whoever is at work here looks whether the run was stopped."""
    before = LOOKS.set(True)
    try:
        yield
    finally:
        LOOKS.reset(before)


def allow_open_files(locks: int) -> None:
    """Let connections and *locks* be open at once; usually 1,024 may be.

    A tenant that is written to has its lock from its plan on.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = BESIDES_LOCKS + locks
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))


def stop_when_interrupted(transport: Transport, keeper: Keeper) -> None:
    """A signal reaches the main thread only; the others may wait for a rate limit for a minute.

    What would leave a tenant half done is finished first; a second signal ends that as well. A run
    that only reads leaves nothing half done, so it ends at the first.
    """

    def end(_number: int, _frame: object) -> None:
        first = not transport.stopped
        spared = LOOKS.get() or (first and UNBROKEN.get())
        transport.stop()
        keeper.stop()
        if first and transport.read_only:
            transport.stop()
        if first:
            tell(STOPPING_READING if transport.read_only else STOPPING)
        if not spared:
            raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, end)
        signal.signal(signal.SIGTERM, end)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup stays nohup
            signal.signal(signal.SIGHUP, end)


def tell(text: str) -> None:
    """Say *text* on stderr: a signal's handler may call it."""
    if not _view.notice(text):
        # click.echo takes a lock that the code it interrupts may hold.
        with suppress(OSError):  # the terminal may be gone, which is what stopped it
            os.write(2, text.encode())
