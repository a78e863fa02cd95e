"""What the process is prepared for before a run: many open files, and a signal to stop."""

from __future__ import annotations

import os
import resource
import signal
import threading
from contextlib import suppress

from okta_scim_setup.secret import Keeper
from okta_scim_setup.traffic.waiting import UNBROKEN
from okta_scim_setup.transport import Transport

BESIDES_LOCKS = 512
"""Files and connections that a run has open at most, locks aside."""

STOPPING = b"\nstopping: what would be left half done is finished; again: at once\n"


def allow_open_files(tenants: int) -> None:
    """A tenant that is written to has its lock open from its plan on; usually 1,024 may be."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = BESIDES_LOCKS + tenants
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))


def end_waits_when_interrupted(transport: Transport, keeper: Keeper) -> None:
    """A signal reaches the main thread only; the others may wait for a rate limit for a minute.

    What would leave a tenant half done is finished first; a second signal ends that as well.
    """

    def end(_number: int, _frame: object) -> None:
        first = not transport.stopped
        transport.stop()
        keeper.stop()
        if first:
            # click.echo takes a lock that the code it interrupts may hold.
            with suppress(OSError):  # the terminal may be gone, which is what stopped it
                os.write(2, STOPPING)
        if not (first and UNBROKEN.get()):
            raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, end)
        signal.signal(signal.SIGTERM, end)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup stays nohup
            signal.signal(signal.SIGHUP, end)
