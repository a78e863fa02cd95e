"""The keeper of a run's secrets: the one who makes them, so that none is forgotten when hiding."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from okta_scim_setup.errors import ConfigError, Problem
from okta_scim_setup.secret.command import LARGEST, Commands
from okta_scim_setup.secret.mask import Mask, pieces
from okta_scim_setup.secret.reference import SecretReference
from okta_scim_setup.secret.schemes import Means
from okta_scim_setup.secret.value import Secret


@dataclass
class _Flight:
    """One reference on its way, once for all who wait for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    value: str | None = field(default=None, repr=False)
    problem: Problem | None = None


class Keeper:
    """Resolves references and takes in what services make, for one run and all its threads.

    Args:
        allowed: the options that the operator gave, of those that references need
            (``--allow-cmd``, ``--allow-outside``).
        announce: told each value, line by line, before anybody gets it.
        commands: run what a reference asks for.
    """

    def __init__(
        self,
        *,
        allowed: frozenset[str] = frozenset(),
        announce: Callable[[str], object] | None = None,
        commands: Commands | None = None,
    ) -> None:
        self.allowed = allowed
        self._announce = announce
        self._commands = commands or Commands()
        self._mask = Mask()
        self._known: set[str] = set()
        self._kin: dict[tuple[str, str], int] = {}
        self._flights: dict[SecretReference, _Flight] = {}
        self._lock = threading.Lock()

    def resolve(
        self, reference: SecretReference, hosts: frozenset[str], *, text: bool = False
    ) -> Secret:
        """What *reference* leads to, for *hosts* only; fetched once a run.

        Args:
            reference: where it is kept.
            hosts: who may see it.
            text: whether it may have several lines: a private key in PEM.

        Raises:
            ConfigError: it isn't there, can't be read, or can't be a secret.
            KeyboardInterrupt: the run was stopped meanwhile.
        """
        if refusal := self.refusal(reference):
            raise ConfigError(refusal.title, *refusal.notes)
        try:
            value = self._value(reference)
            if not text:
                value = _one_line(reference, value)
            made = Secret(
                value, origin=str(reference), hosts=hosts, text=text, kin=self._kin_of("", value)
            )
            return self._made(made, value)
        except ConfigError as error:
            raise error.within("", ("from", str(reference.place))) from None

    def minted(self, value: str, *, origin: str, hosts: frozenset[str]) -> Secret:
        """A secret that a service has just made.

        Args:
            value: the secret itself.
            origin: what to call it in messages.
            hosts: who may see it.

        Raises:
            ConfigError: it can't be a secret.
        """
        kin = self._kin_of("minted", origin)  # what is minted anew for somebody counts as theirs
        return self._made(Secret(value, origin=origin, hosts=hosts, kin=kin), value)

    def refusal(self, reference: SecretReference) -> Problem | None:
        """What speaks against following *reference* in this run; None if nothing does."""
        flag = reference.flag
        if not flag or flag in self.allowed:
            return None
        return Problem(
            f"the secret {reference} is followed only with {flag}",
            (
                ("from", str(reference.place)),
                ("do", f"read what it says, then run again with {flag}. Nothing was sent."),
            ),
        )

    def masked(self, text: str) -> str:
        """*text* without any secret of this run, however it may be encoded there."""
        return self._mask.applied(text)

    def stop(self) -> None:
        """End what is being fetched: the run was interrupted."""
        self._commands.stop()

    def _value(self, reference: SecretReference) -> str:
        with self._lock:
            flight = self._flights.setdefault(reference, _Flight())
        with flight.lock:
            if flight.value is None and flight.problem is None:
                try:
                    flight.value = self._fetched(reference)
                except ConfigError as error:
                    (flight.problem,) = error.problems
            if flight.problem:
                raise ConfigError(flight.problem.title, *flight.problem.notes)
            return flight.value or ""

    def _fetched(self, reference: SecretReference) -> str:
        """The value as it is kept.

        Raises:
            ConfigError: it can't be had, or isn't text of a bearable length.
        """
        means = Means(reference.base, self._commands)
        try:
            raw = reference.kind.fetch(reference.reference, means)
        except ConfigError as error:
            raise _said_of(reference, error) from None
        if len(raw) > LARGEST:
            raise _unfit(reference, f"has more than {LARGEST} bytes")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise _unfit(reference, "isn't text in UTF-8") from None

    def _kin_of(self, sort: str, what: str) -> int:
        """The number of all secrets that are *what*."""
        with self._lock:
            return self._kin.setdefault((sort, what), len(self._kin))

    def _made(self, secret: Secret, value: str) -> Secret:
        """*secret*, once everybody knows what must not be shown."""
        with self._lock:
            if value not in self._known:
                self._known.add(value)
                self._mask.add(value)
                if self._announce:
                    for piece in sorted(pieces(value)):
                        self._announce(piece)
        return secret


def _one_line(reference: SecretReference, value: str) -> str:
    """*value* without the line break at its end, which an editor or a command adds."""
    line = value.removesuffix("\n").removesuffix("\r")
    if (count := len(line.splitlines())) > 1:
        raise _unfit(reference, f"has {count} lines where one is wanted")
    return line


def _said_of(reference: SecretReference, error: ConfigError) -> ConfigError:
    (problem,) = error.problems
    return ConfigError(f"the secret {reference} {problem.title}", *problem.notes)


def _unfit(reference: SecretReference, why: str) -> ConfigError:
    return ConfigError(f"the secret {reference} {why}", ("do", "keep the value alone there"))
