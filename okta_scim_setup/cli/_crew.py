"""Who carries out orders: the workers of a dask cluster, or processes of this machine."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from typing import Any, Protocol

from okta_scim_setup.cli._order import Came, Order, carry_out
from okta_scim_setup.cli._part import Sight
from okta_scim_setup.errors import UsageError

DASK = "dask://"

PROCESSES = "processes:"

MOST_PROCESSES = 256

MOST_PORT = 65535

CONNECT = 10.0
"""Seconds until a scheduler that doesn't answer isn't there."""

LEAVE = 1.0
"""Seconds for a farewell to a scheduler."""

Told = Callable[[Order, Sight], object]


class Crew(Protocol):
    """Whoever carries out orders."""

    where: str
    """Who that is, as in *workers at scheduler:8786*."""
    trouble: str
    """Where to look for what they say."""

    @property
    def gone(self) -> bool:
        """Whether nobody will ever be there again."""

    def room(self) -> int:
        """How many orders they can carry out at once, as of now."""

    def submit(self, order: Order) -> Future[Came]:
        """Have it carried out."""

    def stop(self) -> None:
        """Have all that was submitted end as after a first signal."""

    def abandon(self, tenants: Sequence[str]) -> str:
        """Wait for nobody any more; what a person has to know.

        Args:
            tenants: who is being worked on.
        """


class Dask:
    """A cluster's workers; each thread of one carries out an order."""

    def __init__(self, client: Any, host: str) -> None:
        from distributed import Event  # noqa: PLC0415 -- an extra, and half a second

        self.where = f"workers at {host}"
        self.trouble = f"the scheduler at {host} and the workers' logs"
        self._client = client
        self._executor = client.get_executor(pure=False)
        self._stop = Event(f"okta-scim-setup-{uuid.uuid4().hex}", client=client)

    @property
    def gone(self) -> bool:
        """Whether the scheduler was lost for good: dask looks for it for some seconds."""
        return self._client.status in ("closing", "closed")

    def room(self) -> int:
        """The workers' threads; none while the scheduler can't be asked."""
        try:
            return sum(self._client.nthreads().values())
        except Exception:  # noqa: BLE001 -- whatever dask raises without a scheduler
            return 0

    def submit(self, order: Order) -> Future[Came]:
        """Give it to the scheduler."""
        found: Future[Came] = self._executor.submit(carry_out, order, self._stop)
        return found

    def stop(self) -> None:
        """Set the event for which a thread beside each run waits."""
        with suppress(Exception):  # without a scheduler nobody is there to be told
            self._stop.set()

    def abandon(self, tenants: Sequence[str]) -> str:
        """Nobody here can end them."""
        whom = ", ".join(tenants) or "nothing"
        return (
            f"left at once: {self.where} may still be at work on {whom}\n"
            f"  do       look at {self.trouble}; run it again when they are done"
        )


@contextmanager
def crew_at(address: str, told: Told) -> Iterator[Crew]:
    """Whoever is at ``dask://HOST:PORT``, or so many processes at ``processes:N``.

    Args:
        address: the value of --executor.
        told: is told how far an order is, where that can be seen.

    Raises:
        UsageError: nobody is there, there can't be, or dask isn't installed.
    """
    if number := processes(address):
        # multiprocessing, which no other run needs.
        from okta_scim_setup.cli._processes import Processes  # noqa: PLC0415

        with closing(Processes(number, told)) as crew:
            yield crew
        return
    with _dask(_host(address)) as client:
        yield Dask(client, _host(address))


def check(address: str) -> None:
    """Whether there can be anybody at *address*; nobody is asked.

    Raises:
        UsageError: there can't.
    """
    if not processes(address):
        _host(address)


def processes(address: str) -> int:
    """How many processes of this machine are meant; 0: a cluster.

    Raises:
        UsageError: it is no number of processes.
    """
    if not address.startswith(PROCESSES):
        return 0
    number = address.removeprefix(PROCESSES)
    if not (re.fullmatch(r"[0-9]{1,3}", number) and 1 <= int(number) <= MOST_PROCESSES):
        raise UsageError(
            f'--executor {address}: "{number}" is no number of processes',
            ("do", f"a number from 1 to {MOST_PROCESSES}; as many as there are cores"),
        )
    return int(number)


def _host(address: str) -> str:
    """HOST:PORT."""
    host, colon, port = address.removeprefix(DASK).rpartition(":")
    if not (address.startswith(DASK) and host and colon):
        raise UsageError(
            f'--executor takes {DASK}HOST:PORT or {PROCESSES}N, not "{address}"',
            ("do", "name a dask scheduler, or how many processes of this machine"),
        )
    if not (re.fullmatch(r"[0-9]{1,5}", port) and 1 <= int(port) <= MOST_PORT):
        raise UsageError(
            f'--executor {address}: "{port}" is no port',
            ("do", f"a number from 1 to {MOST_PORT}; a dask scheduler's is usually 8786"),
        )
    if re.search(r"[\s/@]", host):
        raise UsageError(
            f'--executor {address}: "{host}" is no host', ("do", f"{DASK}HOST:PORT, and no more")
        )
    return f"{host}:{port}"


@contextmanager
def _dask(host: str) -> Iterator[Any]:
    try:
        from distributed import Client  # noqa: PLC0415 -- an extra, and half a second
    except ImportError:
        raise UsageError(
            "--executor needs dask", ("do", "pip install 'okta-scim-setup[dask]'")
        ) from None
    try:
        client = Client(f"tcp://{host}", timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"no dask scheduler answers at {host}", ("but", str(error)), ("do", "start one there")
        ) from None
    try:
        yield client
    finally:
        client.close(timeout=LEAVE)
