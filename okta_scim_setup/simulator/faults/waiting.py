"""The faults that are still to come."""

import threading
from dataclasses import dataclass, field
from typing import Any

from okta_scim_setup.simulator.faults.chance import Chance
from okta_scim_setup.simulator.faults.menu import BY_CHANCE, STALE_READ, Fault, Target
from okta_scim_setup.simulator.message import Request

_OF_TARGET = ("path", "method", "tenant", "by")
_OF_FAULT = (*_OF_TARGET, "do", "nth", "times", "fields")
_OF_CHANCE = (*_OF_TARGET, "do", "seed", "rate")


@dataclass(frozen=True, slots=True)
class Due:
    """What goes wrong with a request: nothing, where `do` is empty."""

    do: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


NOTHING = Due()


class Faults:
    """Faults that wait for their request, and chances that are taken with each."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._chances: list[Chance] = []
        self._lock = threading.Lock()

    def add(self, *faults: Fault | Chance) -> None:
        """Let faults happen."""
        with self._lock:
            self._waiting.extend(fault for fault in faults if isinstance(fault, Fault))
            self._chances.extend(fault for fault in faults if isinstance(fault, Chance))

    def clear(self) -> None:
        """Forget all faults that haven't happened."""
        with self._lock:
            self._waiting.clear()
            self._chances.clear()

    @property
    def are_none(self) -> bool:
        """Whether nothing can go wrong."""
        return not self._waiting and not self._chances

    @property
    def read_the_past(self) -> bool:
        """Whether a stale read may come, for which the past must be remembered."""
        with self._lock:
            return any(fault.do == STALE_READ for fault in self._waiting) or any(
                STALE_READ in chance.do for chance in self._chances
            )

    def due(self, request: Request, sender: str, tenants: tuple[str, ...]) -> Due:
        """What goes wrong with this request; what is scripted comes before what may be."""
        with self._lock:
            due = [fault for fault in self._waiting if fault.is_due(request, sender, tenants)]
            by_chance = [chance.due(request, sender, tenants) for chance in self._chances]
            self._waiting = [fault for fault in self._waiting if not fault.is_over]
        if due:
            return Due(due[0].do, dict(due[0].fields))
        return next((Due(do) for do in by_chance if do), NOTHING)


def fault_from_json(value: Any) -> Fault | Chance:
    """A fault from `{"do", "path", "method", "tenant", "by", "nth", "times", "fields"}`.

    With `{"seed", "rate"}` it comes by chance, and `do` is a list; left out, it is any.

    Raises:
        ValueError: a key or value isn't known.

    """
    if not isinstance(value, dict):
        raise ValueError("a fault is an object")  # noqa: TRY004 - one kind of error for all of it
    known = _OF_CHANCE if "rate" in value else _OF_FAULT
    unknown = sorted(set(value) - set(known))
    if unknown:
        raise ValueError(f"a fault has {', '.join(known)}, not {', '.join(map(str, unknown))}")
    target = Target(**{name: value[name] for name in _OF_TARGET if name in value})
    if "rate" in value:
        do = tuple(map(str, value.get("do") or BY_CHANCE))
        return Chance(
            seed=int(value.get("seed", 0)), rate=float(value["rate"]), do=do, target=target
        )
    return Fault(
        do=str(value.get("do", "")),
        target=target,
        nth=int(value.get("nth", 1)),
        times=int(value.get("times", 1)),
        fields=dict(value.get("fields", {})),
    )
