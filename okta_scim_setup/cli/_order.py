"""What somebody else is asked to do: some orgs' tenants. Carried out as a run of its own would be.

Nothing crosses to another process but a command line, and its reports back.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from okta_scim_setup.cli import INTERRUPTED
from okta_scim_setup.cli._options import org_of
from okta_scim_setup.cli._part import PART, Part, Sight
from okta_scim_setup.config import Tenant

LOOK_EVERY = 2.0
"""Seconds that a stopped run's watcher outlives it at most."""


class Stop(Protocol):
    """Whether all that was ordered is to end; the same thing wherever it is sent."""

    def is_set(self) -> bool:
        """Whether it is."""

    def wait(self, timeout: float) -> bool:
        """Wait until it is, *timeout* seconds at most; whether it is."""


@dataclass(frozen=True)
class Order:
    """A verb for some tenants; all of an org's are in one order, with its limits."""

    tenants: tuple[str, ...]
    arguments: tuple[str, ...]
    """The command line, the tenants and outputs aside."""
    whole: bool = False
    """Whether it is all that was asked for."""
    most: int | None = None
    """After how many failures nothing further is begun."""

    def words(self) -> list[str]:
        """The command line, outputs aside."""
        words = [*self.arguments, *(word for name in self.tenants for word in ("--tenant", name))]
        return [*words, "--max-failures", str(self.most)] if self.most else words


@dataclass(frozen=True)
class Came:
    """What came of an order, without any secret in it."""

    order: Order
    code: int
    text: str = ""
    report: Mapping[str, Any] | None = None
    """None: there was none."""


def by_org(tenants: Sequence[Tenant]) -> list[list[str]]:
    """Their names, those of one org together, in the orgs' order."""
    found: dict[str, list[str]] = {}
    for tenant in tenants:
        found.setdefault(org_of(tenant), []).append(tenant.name)
    return list(found.values())


def dealt(orgs: Sequence[Sequence[str]], number: int) -> list[list[str]]:
    """Whole orgs to *number* hands at most, the largest first, each to whom has the fewest."""
    hands: list[list[str]] = [[] for _ in range(min(number, len(orgs)))]
    for org in sorted(orgs, key=len, reverse=True):
        min(hands, key=len).extend(org)
    return hands


def carry_out(order: Order, stop: Stop, tell: Callable[[Sight], object] | None = None) -> Came:
    """Do it, in whichever process this is, unless it is to be stopped before.

    Args:
        order: what to do.
        stop: ends it as a first signal ends a run of its own.
        tell: is told how far it is.
    """
    from okta_scim_setup import cli  # noqa: PLC0415 -- it imports this module's verbs

    if stop.is_set():
        return Came(order, INTERRUPTED)
    part = Part(order.whole, 2 if order.arguments[0] == "apply" else 1, tell)
    with tempfile.TemporaryDirectory() as folder, _heeding(stop, part):
        text, report = Path(folder, "text"), Path(folder, "json")
        outputs = ["--output", f"text={text}", "--output", f"json={report}"]
        code = cli.run([*order.words(), *outputs])
        said = text.read_text(encoding="utf-8") if text.exists() else ""
        found = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
    return Came(order, code, said, found)


@contextmanager
def _heeding(stop: Stop, part: Part) -> Iterator[None]:
    """The run of this thread is *part*, and *stop* stops it."""
    over = threading.Event()

    def watch() -> None:
        with suppress(OSError, RuntimeError):  # whoever could say it is gone
            while not over.is_set():
                if stop.wait(LOOK_EVERY):
                    part.stop()
                    return

    before = PART.set(part)
    threading.Thread(target=watch, name="stop", daemon=True).start()
    try:
        yield
    finally:
        over.set()
        PART.reset(before)
