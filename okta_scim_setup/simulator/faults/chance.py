"""Faults by chance, from a seed: the same requests go wrong in every run."""

import random
from dataclasses import dataclass, field

from okta_scim_setup.simulator.faults.menu import ADMIN_CHANGE, BY_CHANCE, Target, check
from okta_scim_setup.simulator.message import Request


@dataclass(slots=True, kw_only=True)
class Chance:
    """A share (`rate`, from 0 to 1) of the requests goes wrong, in one of the ways in `do`.

    Each tenant's requests are counted by themselves, so what happens to one doesn't hang on how
    the requests of others come in between.
    """

    seed: int
    rate: float
    do: tuple[str, ...] = BY_CHANCE
    target: Target = field(default_factory=Target)
    _seen: dict[tuple[str, ...], int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError("rate is from 0 to 1")
        for name in self.do:
            check(name)

    def due(self, request: Request, sender: str, tenants: tuple[str, ...]) -> str:
        """Count a request; what goes wrong with it, or nothing."""
        if not self.target.fits(request, sender, tenants):
            return ""
        ordinal = self._seen[tenants] = self._seen.get(tenants, 0) + 1
        what = self.what(tenants, ordinal)
        # What an admin's change lets Okta send must not bring on the next one, without an end.
        return "" if what == ADMIN_CHANGE and sender == "okta" else what

    def what(self, tenants: tuple[str, ...], ordinal: int) -> str:
        """What goes wrong with these tenants' n-th request, counted from 1, or nothing."""
        dice = random.Random(f"{self.seed}:{','.join(tenants)}:{ordinal}")  # noqa: S311 - repeatable
        return dice.choice(self.do) if dice.random() < self.rate else ""
