"""The verbs of a hand-over: one resource makes a value that is shown once, another receives it.

The value's resource proves that what it made works, and says which of its values the receiver holds
and which may go; the receiver says where it would send one, with which settings, and when it was
seen to use it. In which order, the engine knows. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Self

from okta_scim_setup.live import Holding, Live, Superfluous


class HandOver:
    """What a kind does whose value is handed over, or that is handed one; most do neither."""

    # -- of the value's resource

    def held_by(self, api: Any, fingerprints: frozenset[str]) -> None:
        """Say, before it is read, by which fingerprints its receivers are known."""

    def probe(self, api: Any, live: Live) -> Live:
        """Prove, before it is handed over by API, that what was just made works."""
        return live

    def check_made(self, api: Any, live: Live) -> None:
        """See that what was just made can still be handed over.

        Raises:
            NotTaken: it can't, and nobody got it.
        """

    def entrust(self, api: Any, live: Live) -> None:
        """Note that what was just made is about to be handed over by a person."""

    def received(self, api: Any, live: Live) -> None:
        """Note that whoever it was handed over to acknowledged it."""

    def discard(self, api: Any, live: Live) -> None:
        """Remove what was just made and never handed over."""

    def holdings(self, api: Any, *, grace: bool = True) -> tuple[Holding, ...]:
        """Every live value of its kind, where it is shown once: which is current, which may go."""
        return ()

    def questions(self, api: Any) -> Iterator[datetime]:
        """From when on a call in its receiver's own log would tell what nothing else does."""
        yield from ()

    def witness(self, api: Any, called: datetime) -> None:
        """Take it that its receiver called the service then, with whatever it holds."""

    def confirm(self, api: Any, token_id: int) -> None:
        """Note that a person saw the receiver holding this one.

        Raises:
            Refused: it isn't the current one.
        """

    def named(self, api: Any, token_id: int) -> Superfluous | None:
        """One that the operator named to be revoked; None if it isn't there.

        Raises:
            Refused: the receiver may hold it.
        """
        return None

    def retire(self, api: Any, superfluous: Superfluous) -> None:
        """Remove something of ours that was superseded; not found is success."""
        raise NotImplementedError

    def renewed(self) -> Self:
        """The same, to be made anew even where it counts as there."""
        return self

    def renewals(self) -> float:
        """How often a year it is made anew by itself."""
        return 0.0

    # -- of its receiver

    def fingerprint(self) -> str:
        """Eight hex digits for the settings that no API shows."""
        return "0" * 8

    def destination(self) -> str | None:
        """The URL that a secret of this resource would be sent to, if it says one."""
        return None

    def needs(self, live: Live | None, attributes: frozenset[str]) -> frozenset[str]:
        """Write-only attributes whose very values are needed to set *attributes*."""
        return frozenset()

    def called(self, api: Any, live: Live, since: datetime) -> datetime | None:
        """When this receiver first called the service after that, by its own log."""
        return None
