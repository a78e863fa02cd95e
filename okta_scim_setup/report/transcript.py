"""A rotation as it is told: at each moment which tokens are alive where, and what to run next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from okta_scim_setup.live import Holding, current_of
from okta_scim_setup.outcome import Outcome, TenantResult
from okta_scim_setup.plan import Plan
from okta_scim_setup.report import text
from okta_scim_setup.report.text import Paint, plain
from okta_scim_setup.results import Check

LIVE = 62
"""Where the list of live tokens begins, in characters."""


@dataclass
class Transcript:
    """One tenant's rotation, line by line."""

    plan: Plan
    paint: Paint = plain
    alive: set[int] = field(init=False)
    """The ids of the live tokens."""
    held: int | None = field(init=False)
    """The id of the one in Okta, as far as can be told."""

    def __post_init__(self) -> None:
        self.alive = {each.id for each in self.plan.holdings}
        self.held = next((h.id for h in self.plan.holdings if h.current and h.used), None)

    def heading(self) -> str:
        """Which token Okta uses, which others are there, and what would be revoked."""
        current = current_of(self.plan.holdings)
        said = " ".join((_of_current(current), *_of_others(self.plan.holdings)))
        lines = [f"{self.paint(self.plan.tenant, 'bold')}   {said}"]
        lines += [
            f"  {self.paint('x', 'red')} {change.superfluous.id} to be revoked: {change.reason}"
            for change in self.plan.pending
            if change.superfluous
        ]
        return "\n".join(lines)

    def line(self, came: Outcome | Check, now: datetime) -> str:
        """What came and, where that is about a token, what is alive since.

        Empty for what the person was told already.
        """
        if isinstance(came, Check):
            self.held = came.proves or self.held
            about = came.proves is not None or came.status == "warned"
            return self._line(text.check(came, self.paint), text.check(came), now, about=about)
        if came.by_hand:
            return ""
        self._follow(came)
        said = self._line(text.brief(came, self.paint), text.brief(came), now, about=True)
        return "\n".join((said, *(text.problem(p, paint=self.paint) for p in came.problems)))

    def _line(self, painted: str, plainly: str, now: datetime, *, about: bool) -> str:
        gap = " " * max(LIVE - len(plainly), 2)
        alive = f"{gap}live: {self._alive()}" if about else ""
        return f"  {now.astimezone():%H:%M:%S}{painted}{alive}"

    def _follow(self, came: Outcome) -> None:
        if came.made is not None:
            self.alive.add(came.made)
        if came.retired is not None:
            self.alive.discard(came.retired)

    def _alive(self) -> str:
        marked = (f"{n} (in Okta)" if n == self.held else str(n) for n in sorted(self.alive))
        return ", ".join(marked) or "none"


def ending(result: TenantResult, *, finishes: bool) -> Iterator[str]:
    """What is alive until when, and what to run next.

    Args:
        result: the tenant's.
        finishes: whether old tokens were to be revoked, and none made.
    """
    name = result.tenant
    old = [each for each in result.holdings if each.ours and each.stays]
    waits = [each.until for each in old if each.until]
    current = current_of(result.holdings)
    if any(outcome.status == "waiting" for outcome in result.outcomes) and not finishes:
        yield f"{name}   not done yet: when it is, run the same command again."
    elif waits:
        yield (
            f"{name}   all work until {max(waits):%Y-%m-%d %H:%M} UTC. "
            f"Then: okta-scim-setup rotate --finish --tenant {name}"
        )
    elif old and current:
        yield (
            f"{name}   {_numbers(old)} {_stay(old)}: {old[0].stays}. Once Okta has pushed "
            f"somebody, from a day on: okta-scim-setup rotate --finish --tenant {name}. "
            f"Or, if you saved {current.id} in Okta, say so: "
            f"rotate --confirm {current.id} --tenant {name}"
        )
    elif current and not current.proven and not finishes:
        yield (
            f"{name}   nothing shows yet that Okta uses {current.id}. Once it has pushed somebody: "
            f"okta-scim-setup audit --tenant {name}"
        )
    elif current and not (result.problems or result.failed):
        yield f"{name}   one token of ours is alive: {current.id}."


def _of_current(current: Holding | None) -> str:
    if current is None:
        return "No token of ours is there."
    days = current.days
    age = "made today" if days < 1 else f"{days} {'day' if days == 1 else 'days'} old"
    whose = "ours" if current.ours else f'adopted, "{current.name}"'
    if current.used is None:
        return f"{current.id} ({whose}, {age}) waits to be used by Okta."
    if not current.proven:
        return f"Okta holds {current.id} ({whose}, {age}), as far as can be told."
    return f"Okta uses {current.id} ({whose}, {age})."


def _of_others(found: Sequence[Holding]) -> Iterator[str]:
    for each in found:
        if each.ours and each.stays:
            yield f"{each.id} stays: {each.stays}."
        elif not each.ours and not each.current:
            yield f'{each.id} "{each.name}" isn\'t ours and stays.'


def _numbers(found: Sequence[Holding]) -> str:
    return ", ".join(str(each.id) for each in found)


def _stay(found: Sequence[Holding]) -> str:
    return "stays" if len(found) == 1 else "stay"
