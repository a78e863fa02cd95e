"""One transport for all traffic of a run: deadlines, pacing, retries, and a mode that only reads.

What is sent twice, and what a failure means: GET, PUT and DELETE are repeated after a fault of the
network or of the service. POST and PATCH are sent once; without a usable answer their outcome is
unknown. 429 is a definite refusal, so everybody waits and asks again.
"""

from __future__ import annotations

import logging
import random as chance
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from requests import PreparedRequest, RequestException
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from okta_scim_setup import __version__, hosts
from okta_scim_setup.errors import ConfigError
from okta_scim_setup.traffic import failures, wire
from okta_scim_setup.traffic.exchange import Answer, Credential, Request
from okta_scim_setup.traffic.failures import Fault, WriteForbidden
from okta_scim_setup.traffic.pacer import Pacer
from okta_scim_setup.traffic.pacing import Key, refused_for
from okta_scim_setup.traffic.turns import WHOSE, Turn
from okta_scim_setup.traffic.waiting import OnWait, ServerClocks, Waits, elapsed
from okta_scim_setup.traffic.wire import TooSlow, Wire

__all__ = ["Answer", "Credential", "Request", "Transport", "WriteForbidden"]

ATTEMPTS = 4
"""How often a repeatable request is sent at most."""

PATIENCE = 610.0
"""Seconds that one request waits for a service that says 429, all in all: dbt may send it away for
five minutes twice."""

TOKEN_PATH = "/oauth2/v1/token"  # noqa: S105 -- a path
"""The one path that a reader may POST to."""

TOO_MANY_REQUESTS = 429

T = TypeVar("T")


@dataclass
class Transport:
    """The way out; one for a run, for many threads.

    Everything but *read_only* has a default that fits: *allowed_hosts* are those that the operator
    named besides the services' own, *total* seconds is what one attempt may take from connecting
    to the last byte, *share* is the part of Okta's rate limits that is ours.
    """

    read_only: bool
    allowed_hosts: frozenset[str] = frozenset()
    connect: float = 5.0
    read: float = 30.0
    total: float = 60.0
    share: float = 1.0
    on_wait: OnWait | None = None
    sleep: Callable[[float], object] | None = None
    clock: Callable[[], float] = elapsed
    random: Callable[[], float] = chance.random
    requests: int = 0
    """Sent so far, retries included; signing in isn't counted."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _shared: dict[Hashable, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pacer = Pacer(self.share)
        self._wire = Wire()
        self._clocks = ServerClocks(self.clock)
        self._waits = Waits(self.clock, self.sleep, self.on_wait)

    @property
    def waited(self) -> float:
        """Seconds during which at least one request waited for a rate limit."""
        return self._waits.total

    def send(self, request: Request) -> Answer:
        """Send *request*, again where that does no harm, and give its answer.

        Raises:
            Unreachable: there was no answer.
            OutcomeUnknown: there was no usable answer to a write.
            Unexpected: the answer is an error, or not what an API says.
            WriteForbidden: a write in a run that only reads; nothing was sent.
            ConfigError: a secret isn't for this host; nothing was sent.
        """
        self._permit(request)
        attempt, refusals, patience = 0, 0, PATIENCE
        while True:
            answer = self._attempt(request)
            if isinstance(answer, Answer) and answer.status == TOO_MANY_REQUESTS:
                wait = self._refused(request, answer, refusals)
                if wait > patience:
                    raise failures.error(request, answer)
                refusals, patience = refusals + 1, patience - wait
                continue
            if isinstance(answer, Answer) and request.accepts(answer):
                attempts = attempt + refusals + 1
                return answer if attempts == 1 else replace(answer, attempts=attempts)
            attempt += 1
            if attempt == ATTEMPTS or not failures.worth_repeating(request, answer):
                raise failures.error(request, answer)
            # Full jitter: many that failed together don't come back together.
            self.pause(self.random() * min(8.0, 0.5 * 2**attempt))

    def shared(self, key: Hashable, make: Callable[[], T]) -> T:
        """What the whole run has one of: made by the first who asks for it.

        Args:
            key: what it is; of a secret in it, its ``kin``.
            make: makes it, without sending anything.
        """
        with self._lock:
            if key not in self._shared:
                self._shared[key] = make()
            found: T = self._shared[key]
        return found

    def now(self, host: str) -> datetime:
        """The time by the clock of *host*, or by ours as long as it hasn't answered."""
        return self._clocks.now(host)

    def pause(self, seconds: float) -> None:
        """Do nothing for so long.

        Raises:
            KeyboardInterrupt: the run was stopped meanwhile.
        """
        self._waits.pause(seconds)

    def wait_until(self, ask: Callable[[], T | None], patience: float) -> T | None:
        """Ask until there is an answer, for *patience* seconds at most; None if none came.

        Raises:
            KeyboardInterrupt: the run was stopped meanwhile.
        """
        until, step = self.clock() + patience, 0.25
        while not (found := ask()) and self.clock() < until:
            self.pause(min(step, max(until - self.clock(), 0.01)))
            step = min(step * 1.5, 3.0)
        return found

    @property
    def stopped(self) -> bool:
        """Whether the run was interrupted."""
        return self._waits.stopped

    @property
    def stopped_at_once(self) -> bool:
        """Whether not even what has to be finished is."""
        return self._waits.at_once

    def heed(self) -> None:
        """End here if the run was stopped.

        Raises:
            KeyboardInterrupt: it was.
        """
        self._waits.heed()

    def unbroken(self) -> AbstractContextManager[None]:
        """Finish what is done meanwhile, though the run be stopped, unless it is stopped twice."""
        return self._waits.unbroken()

    def stop(self) -> None:
        """End every wait: the run was interrupted. The second time: every request as well."""
        self._waits.stop()
        if self._waits.at_once:
            self._wire.end()

    def close(self) -> None:
        """Close what connections are open."""
        self._wire.close()

    def _permit(self, request: Request) -> None:
        if request.signs_in and (request.path, request.method) != (TOKEN_PATH, "POST"):
            raise WriteForbidden(f"{request} doesn't sign in")
        if self.read_only and request.writes:
            raise WriteForbidden(f"{request} in a run that only reads; nothing was sent")
        try:
            hosts.secure_origin(request.url)
        except ValueError as error:
            raise ConfigError(f"an address {error}; nothing was sent") from None

    def _attempt(self, request: Request) -> Answer | Fault:
        """Send once, when the rate limit allows, and learn from the answer's headers."""
        key, terms = _key(request), request.terms
        turn = Turn(WHOSE.get())
        try:
            while (wait := self._pacer.enter(key, self._epoch(request.host), terms, turn)) > 0:
                self._waits.wait(key, wait)
        except BaseException:
            self._pacer.forgo(key, turn)
            raise
        answer: Answer | Fault | None = None
        try:
            answer = self._exchange(request)
        finally:
            headers = answer.headers if isinstance(answer, Answer) else None
            self._pacer.leave(key, headers, self._epoch(request.host), terms)
        _log(request, answer)
        return answer

    def _refused(self, request: Request, answer: Answer, refusals: int) -> float:
        """Let nobody ask before the service wants it; how many seconds that is."""
        now = self._epoch(request.host)
        cool_down = request.terms.cool_down
        seconds = refused_for(answer.headers, now, refusals, self.random, cool_down)
        self._pacer.close(_key(request), now + seconds)
        return seconds

    def _epoch(self, host: str) -> float:
        return self.now(host).timestamp()

    def _exchange(self, request: Request) -> Answer | Fault:
        """One request on the wire.

        Raises:
            KeyboardInterrupt: the run was stopped twice; of a write the outcome isn't known.
        """
        self._waits.heed_at_once()
        began = time.monotonic()
        prepared = self._prepared(request)
        with self._lock:
            self.requests += not request.signs_in
        timeout = Timeout(connect=self.connect, read=self.read)
        headers: dict[str, str] = {}

        def seen(came: Mapping[str, str]) -> None:
            headers.update(came)
            self._clocks.seen(request.host, came)

        try:
            status, raw = self._wire.exchange(prepared, timeout, self.total, seen)
        except (TooSlow, RequestException, HTTPError, OSError) as error:
            self._waits.heed_at_once()  # which shut the connection
            slow = isinstance(error, TooSlow)
            return failures.too_slow(self.total) if slow else failures.fault(error)
        return failures.read(request, status, headers, raw, time.monotonic() - began)

    def _prepared(self, request: Request) -> PreparedRequest:
        """What goes on the wire; secrets are revealed here and nowhere else."""
        credential = request.credential
        own = credential.headers(request.method, request.url, request.host) if credential else {}
        body, about_body = request.content()
        accept = f"application/{request.media}"
        agent = {"User-Agent": f"okta-scim-setup/{__version__}", "Accept": accept}
        headers = {**agent, **about_body, **request.headers, **own}
        data = request.form() if request.form else body
        return wire.prepared(request.method, request.url, headers, data)


def _key(request: Request) -> Key:
    secret = request.credential.secret if request.credential else None
    return (request.host, request.bucket, str(secret.kin) if secret else "")


def _log(request: Request, answer: Answer | Fault | None) -> None:
    if not _LOGGER.isEnabledFor(logging.INFO):
        return
    if isinstance(answer, Answer):
        milliseconds = round(answer.seconds * 1000)
        said = f"{answer.status} {milliseconds} ms {answer.request_id}".rstrip()
    else:
        said = answer.why if answer else ""
    _LOGGER.info("%s  %s  %s", request.host, request.masked(str(request)), request.masked(said))


_LOGGER = logging.getLogger(__name__)
