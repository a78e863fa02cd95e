"""A plan as text for people: at full length, on one line, and in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from okta_scim_setup.live import Pending, Unreadable
from okta_scim_setup.people import Census
from okta_scim_setup.plan import Action, Change, Difference, Plan
from okta_scim_setup.report.text import COLUMN, Paint, padded, plain
from okta_scim_setup.resource import Mutability
from okta_scim_setup.wording import said

SYMBOLS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.REPLACE: ("±", "yellow"),
    Action.DELETE: ("-", "red"),
    Action.RETIRE: ("x", "red"),
    Action.BY_HAND: ("!", "magenta"),
    Action.ELSEWHERE: ("=", "cyan"),
}
"""How each action is marked."""


def plan(planned: Plan, paint: Paint = plain) -> str:
    """One tenant's plan, at full length."""
    lines = [f"{paint(planned.tenant, 'bold')}   {'   '.join(planned.headline)}"]
    for _, run in groupby(planned.pending, key=lambda c: (c.action, c.address.kind)):
        lines += _changes(list(run), paint)
    if not planned.pending and not planned.elsewhere:
        lines.append("  in sync")
    lines += [_left(change, paint) for change in planned.elsewhere]
    lines += census(planned.census) if planned.census else ()
    lines += notes(planned)
    return "\n".join(lines)


def notes(planned: Plan) -> list[str]:
    """What it entails and what a reader should know besides, each thing once."""
    entailed = [f"  Entails {entailed}" for entailed in dict.fromkeys(planned.entails)]
    return [*entailed, *(f"  Note    {note}" for note in dict.fromkeys(planned.notes))]


def plan_line(planned: Plan, width: int) -> str:
    """One tenant's plan on one line, for many tenants."""
    counts = [f"{SYMBOLS[action][0]} {n}" for action in SYMBOLS if (n := planned.count(action))]
    line = f"{planned.tenant:<{width}}  {'  '.join(counts)}"
    only = planned.pending[0] if len(planned.pending) == 1 else None
    if only and len(only.differences) == 1:
        line += f"   {only.address}  {_difference(only.differences[0])}"
    return line


def plan_summary(planned: Plan) -> str:
    """How much would change."""
    visits = 1 if any(change.clicks for change in planned.pending) else 0
    parts = [
        f"{planned.count(Action.CREATE)} to create",
        f"{planned.count(Action.UPDATE, Action.REPLACE)} to change",
        f"{planned.count(Action.DELETE)} to delete",
    ]
    if retired := planned.count(Action.RETIRE):
        parts.append(f"{retired} to retire")
    if visits:
        parts.append("1 visit by a person")
    if planned.elsewhere:
        parts.append(f"{len(planned.elsewhere)} to be mended by another tool")
    return ", ".join(parts)


def nothing_to_do(planned: Plan) -> str:
    """What is said of a tenant for which nothing is to be done here."""
    if not planned.elsewhere:
        return "in sync. Nothing to do."
    return f"{len(planned.elsewhere)} to be mended by another tool. Nothing to do here."


def census(counted: Census) -> Iterator[str]:
    """The people line and the seats line."""
    yield (
        f"  People  {counted.assigned} assigned: {counted.matching} match a dbt user, "
        f"{len(counted.new)} are new, {len(counted.by_case)} match but for case; "
        f"{len(counted.deactivated)} would be deactivated"
    )
    for login, email in counted.by_case:
        yield f"          {login} in Okta is {email} in dbt: dbt tells them apart, correct one"
    seats = [
        f"{name} {now.used} -> {after}" + (f" of {now.bought}" if now.bought is not None else "")
        for name, (now, after) in counted.seats.items()
    ]
    if seats:
        yield f"  Seats   {', '.join(seats)}"
    if counted.licences or counted.untold:
        kept = f"; nothing is said of {counted.untold} who keep theirs" if counted.untold else ""
        yield f"  Licence {len(counted.licences)} would change{kept}"
    yield from (f"          {licence}" for licence in counted.licences)


def _changes(run: Sequence[Change], paint: Paint) -> Iterator[str]:
    """Changes of one kind and action; plain ones share a line."""
    symbol, colour = SYMBOLS[run[0].action]
    mark = paint(symbol, colour)
    if len(run) > 1 and run[0].action in (Action.CREATE, Action.DELETE, Action.RETIRE):
        names = _with(", ".join(c.address.name for c in run), run[0].making)
        yield f"  {mark} {padded(f'{run[0].address.kind} ({len(run)})', COLUMN - 4)}{names}"
        return
    for change in run:
        yield from _change(change, mark, paint)


def _change(change: Change, mark: str, paint: Paint) -> Iterator[str]:
    address = padded(str(change.address), COLUMN - 4)
    match change.action:
        case Action.BY_HAND:
            yield f"  {mark} {address}by a person: {change.reason}"
            yield from _by_hand(change.differences)
        case Action.RETIRE:
            yield f"  {mark} {address}retire {change.superfluous.id if change.superfluous else ''}"
            yield f"{'':<{COLUMN}}{change.reason}"
        case Action.CREATE if change.making:
            yield f"  {mark} {address}{change.making}"
            if change.reason:
                yield f"{'':<{COLUMN}}{change.reason}"
        case Action.CREATE | Action.DELETE:
            yield f"  {mark} {address}{change.reason}".rstrip()
        case _:
            api = [d for d in change.differences if d.channel == "api"]
            for number, difference in enumerate(api):
                head = f"  {mark} {address}" if number == 0 else " " * COLUMN
                yield head + _difference(difference)
            hand = [d for d in change.differences if d.channel == "manual"]
            if hand:
                yield f"  {paint('!', 'magenta')} {address}by a person: {change.reason}"
                yield from _by_hand(hand)


def _with(names: str, what: str) -> str:
    return f"{names}: {what}" if what else names


def _left(change: Change, paint: Paint) -> str:
    """What is another tool's to mend."""
    there = change.otherwise is not Action.CREATE
    differing = ", ".join(d.attribute for d in change.differences if there)
    mark = paint(*SYMBOLS[Action.ELSEWHERE])
    head = f"  {mark} {padded(str(change.address), COLUMN - 4)}{change.reason}"
    return f"{head} ({differing})" if differing else head


def _by_hand(differences: Iterable[Difference]) -> Iterator[str]:
    for d in differences:
        before = (
            "" if isinstance(d.before, Pending | Unreadable | None) else f"{said(d.before)} -> "
        )
        why = f"   {d.before}" if isinstance(d.before, Pending) and d.after is True else ""
        yield f"      {padded(d.attribute, COLUMN - 6)}{before}{said(d.after)}{why}"


def _difference(d: Difference) -> str:
    name = padded(d.attribute, 25)
    untold = d.before is None or isinstance(d.before, Unreadable)
    if untold or d.mutability is Mutability.WRITE_ONLY:
        return f"{name}{said(d.after)}"
    return f"{name}{said(d.before)} -> {said(d.after)}"
