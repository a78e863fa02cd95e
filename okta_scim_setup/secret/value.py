"""A value that prints as ``***`` everywhere, is never copied, and has one way out."""

from __future__ import annotations

from typing import Any, NoReturn

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from okta_scim_setup.errors import ConfigError
from okta_scim_setup.secret.mask import SHORTEST, STARS, Mask

SINK = "sink"
"""The destination that stands for the sink which the operator named on the command line."""


class Secret:
    """A value that may leave only towards the hosts it is bound to.

    Two are equal only if they are one: nothing can be learned by comparing.

    Args:
        value: the secret itself; refused when shorter than 8 characters, or with white space,
            control characters or letters beyond ASCII inside: such a value would break a header.
        origin: what to call it in messages; never the value.
        hosts: ``host`` or ``host:port`` of every service that may see it, and `SINK` where the
            operator named a sink.
        text: whether it may have lines: a private key in PEM.
        kin: a number that secrets of one value, or of one holder, have in common within a run; it
            says nothing of the value. By default nobody has the same.

    Raises:
        ConfigError: the value can't be a secret of these services.
    """

    __slots__ = ("_mask", "_value", "hosts", "kin", "origin")

    def __init__(
        self,
        value: str,
        *,
        origin: str,
        hosts: frozenset[str],
        text: bool = False,
        kin: int | None = None,
    ) -> None:
        _check(value, origin, text=text)
        self._value = value
        self._mask: Mask | None = None
        self.kin = id(self) if kin is None else kin
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
        if self._mask is None:
            self._mask = Mask([self._value])
        return self._mask.applied(text)

    def __repr__(self) -> str:
        return STARS

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return STARS

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


def _check(value: str, origin: str, *, text: bool) -> None:
    """Refuse what can't be a secret; with *text*, lines are allowed (a private key in PEM)."""
    wrong = None
    if not value:
        wrong = "is empty"
    elif len(value) < SHORTEST:
        wrong = f"is shorter than {SHORTEST} characters"
    elif not text and not value.isascii():
        wrong = "holds a character that no token, key or password of these services has"
    elif not text and any(c.isspace() or not c.isprintable() for c in value):
        wrong = "holds a space, a line break or a control character"
    if wrong:
        raise ConfigError(f"the secret {origin} {wrong}", ("do", "give the value alone"))
