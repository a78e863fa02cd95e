"""Secrets: a value that prints as ``***`` everywhere, and the references that lead to it."""

from __future__ import annotations

import os
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, quote_plus

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from okta_scim_setup.errors import ConfigError, Place

SHORTEST = 8
"""Characters; anything shorter is a placeholder, and masking it would mangle ordinary text."""

SINK = "sink"
"""The destination that stands for the sink which the operator named on the command line."""


class Secret:
    """A value that may leave only towards the hosts it is bound to.

    Args:
        value: the secret itself; refused when shorter than 8 characters or with white space or
            control characters inside, since such a value would break a header.
        origin: what to call it in messages; never the value.
        hosts: ``host`` or ``host:port`` of every service that may see it, and `SINK` where the
            operator named a sink.

    Raises:
        ConfigError: the value can't be a secret of these services.
    """

    __slots__ = ("_value", "hosts", "origin")

    def __init__(
        self, value: str, *, origin: str, hosts: frozenset[str], text: bool = False
    ) -> None:
        _check(value, origin, text=text)
        self._value = value
        self.origin = origin
        self.hosts = hosts

    def reveal(self, to: str) -> str:
        """The value, for *to* only: the one way out.

        Raises:
            ConfigError: *to* isn't among the hosts that the secret is bound to.
        """
        if to not in self.hosts:
            raise ConfigError(
                f"the secret {self.origin} isn't for {to}",
                ("do", f"it may go to {', '.join(sorted(self.hosts))} only. Nothing was sent."),
            )
        return self._value

    def masked(self, text: str) -> str:
        """*text* without the value in it, however a service may have encoded it."""
        forms = sorted(_encoded(self._value), key=len, reverse=True)
        return re.sub("|".join(map(re.escape, forms)), "***", text, flags=re.IGNORECASE)

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is neither pickled nor copied")

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """A field of this type takes a `Secret` and is written out as ``***``."""
        return core_schema.is_instance_schema(
            cls, serialization=core_schema.plain_serializer_function_ser_schema(repr)
        )


def _encoded(value: str) -> Iterator[str]:
    """What *value* looks like as it is, quoted for a URL, in hex, and inside base64."""
    raw = value.encode()
    yield from {value, quote(value, safe=""), quote_plus(value), raw.hex()}
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(3):
            # What stands before and behind it shares the characters at its ends.
            first = -(-before * 8 // 6)
            yield encode(b"-" * before + raw).decode()[first : (before + len(raw)) * 8 // 6]


def _check(value: str, origin: str, *, text: bool) -> None:
    """Refuse what can't be a secret; with *text*, lines are allowed (a private key in PEM)."""
    wrong = None
    if not value:
        wrong = "is empty"
    elif len(value) < SHORTEST:
        wrong = f"is shorter than {SHORTEST} characters"
    elif not text and any(c.isspace() or not c.isprintable() for c in value):
        wrong = "holds a space, a line break or a control character"
    if wrong:
        raise ConfigError(f"the secret {origin} {wrong}", ("do", "give the value alone"))


@dataclass(frozen=True)
class SecretReference:
    """Where a secret is kept: ``!secret scheme:reference``. Holds no value."""

    scheme: str
    reference: str
    place: Place = field(compare=False)
    """Two that are written on different lines lead to the same secret all the same."""
    base: Path
    """The folder that a relative ``file:`` is looked up from: the config's."""

    def __str__(self) -> str:
        return f"{self.scheme}:{self.reference}"

    @classmethod
    def parse(cls, text: str, place: Place, base: Path) -> SecretReference:
        """Read ``scheme:reference``.

        Raises:
            ConfigError: there is no scheme, no reference, or nobody knows the scheme.
        """
        scheme, _, reference = text.partition(":")
        if scheme not in SCHEMES or not reference.strip():
            known = ", ".join(f"{name}:" for name in SCHEMES)
            # The text may be a literal secret, so nothing of it is repeated.
            raise ConfigError(
                "this isn't a reference to a secret store that we know",
                ("from", str(place)),
                ("do", f"write !secret SCHEME:REFERENCE with one of {known}"),
            )
        return cls(scheme, reference.strip(), place, base)

    def resolve(self, hosts: frozenset[str], *, text: bool = False) -> Secret:
        """Fetch the value, bound to *hosts*.

        Raises:
            ConfigError: it isn't there, can't be read, or can't be a secret.
        """
        value = SCHEMES[self.scheme](self)
        if not text:
            value = value.removesuffix("\n").removesuffix("\r")
        try:
            return Secret(value, origin=str(self), hosts=hosts, text=text)
        except ConfigError as error:
            raise error.within("", ("from", str(self.place))) from None


def _from_environment(reference: SecretReference) -> str:
    value = os.environ.get(reference.reference)
    if value is None:
        raise ConfigError(
            f"the environment variable {reference.reference} isn't set",
            ("from", str(reference.place)),
            ("do", f"export {reference.reference} and run again. Nothing was written."),
        )
    return value


def _from_file(reference: SecretReference) -> str:
    path = reference.base / Path(reference.reference).expanduser()
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it isn't text"
        raise ConfigError(
            f"the secret {reference} can't be read: {why}",
            ("from", str(reference.place)),
            ("do", f"a file is looked up from the config's folder, {reference.base}"),
        ) from None


SCHEMES: dict[str, Callable[[SecretReference], str]] = {
    "env": _from_environment,
    "file": _from_file,
}
"""How each scheme is resolved."""
