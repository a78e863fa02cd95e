"""Plans, outcomes, findings and errors as text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from okta_scim_setup.errors import Problem
from okta_scim_setup.live import Pending, Unreadable
from okta_scim_setup.outcome import Outcome, Visit
from okta_scim_setup.people import Census
from okta_scim_setup.plan import Action, Change, Difference, Plan
from okta_scim_setup.resource import Mutability
from okta_scim_setup.results import Check, Click, Finding, Past, Severity
from okta_scim_setup.wording import acceptance, history, moment, said

Paint = Callable[[str, str], str]
"""Adds a colour to a text: (text, colour) -> text. The default adds none."""

COLUMN = 37
"""Where the second column begins, in characters."""

SYMBOLS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.REPLACE: ("±", "yellow"),
    Action.DELETE: ("-", "red"),
    Action.RETIRE: ("x", "red"),
    Action.BY_HAND: ("!", "magenta"),
    Action.ELSEWHERE: ("=", "cyan"),
}


def plain(text: str, _colour: str) -> str:
    """No colour."""
    return text


def problem(found: Problem, word: str = "error", paint: Paint = plain) -> str:
    """One problem: what, and the notes under it."""
    who = f"{found.tenant}: " if found.tenant else ""
    lines = [f"{paint(word, 'red')}: {who}{found.title}"]
    lines += [f"  {label:<9}{text}" for label, text in found.notes]
    return "\n".join(lines)


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


MARKS = {
    "done": ("ok", "green"),
    "waiting": (">>", "magenta"),
    "skipped": ("--", "yellow"),
    "failed": ("!!", "red"),
}
"""How each status of an outcome is marked."""


def outcome(came: Outcome, paint: Paint = plain) -> str:
    """One change, as it came out."""
    mark, colour = MARKS[came.status]
    return f"  {paint(mark, colour)}  {_padded(str(came.address), COLUMN + 6)}{came.detail}"


def brief(came: Outcome, paint: Paint = plain) -> str:
    """One change, as it came out, in as few words as tell it beside others of its tenant."""
    mark, colour = MARKS[came.status]
    said = came.detail if came.made or came.retired else f"{came.address}   {came.detail}"
    return f"  {paint(mark, colour)}  {said}"


def check(found: Check, paint: Paint = plain) -> str:
    """One check's answer."""
    mark, colour = {
        "passed": ("ok", "green"),
        "failed": ("!!", "red"),
        "warned": ("??", "yellow"),
        "skipped": ("--", "yellow"),
    }[found.status]
    detail = f": {found.detail}" if found.detail else ""
    return f"  {paint(mark, colour)}  {found.title}{detail}"


def visit(asked: Visit, paint: Paint = plain) -> str:
    """The steps for a person, with the values to enter: a runbook."""
    lines = [f"  {paint('>>', 'magenta')}  {_padded(asked.tenant, COLUMN - 6)}{FOR_WHOM}"]
    lines += [f"      {link}" for link in asked.links or (NO_LINK,)]
    for number, (_, click) in enumerate(asked.clicks, 1):
        lines += step(number, click)
    return "\n".join(lines)


NO_LINK = "Applications, the app; okta.admin_url in the config would make a link of it"

FOR_WHOM = "for a person who may edit apps in Okta"


def step(number: int, click: Click) -> Iterator[str]:
    """One click of a visit, with the values to enter."""
    note = f" ({click.note})" if click.note else ""
    ticked = [label for label, on in click.ticks if on]
    cleared = [label for label, on in click.ticks if not on]
    doing = [f"tick {', '.join(ticked)}"] if ticked else []
    doing += [f"clear {', '.join(cleared)}"] if cleared else []
    doing += [f"{click.press}{note}"] if click.press else []
    if not click.fields:
        doing += [click.then] if click.then else []
        before = "" if click.press else note
        yield f"      {number}  {click.page}{before}: {', '.join(doing)}"
        return
    yield f"      {number}  {click.page}:{'' if click.press else note}"
    width = max(len(label) for label, _ in click.fields) + 3
    for label, entered in click.fields:
        yield f"           {label:<{width}}{entered}"
    if click.then:
        yield f"         {click.then}"


def finding(found: Finding, paint: Paint = plain) -> str:
    """One finding, with what it means and what to do."""
    word = {
        Severity.LOW: "LOW ",
        Severity.MEDIUM: "MED ",
        Severity.HIGH: "HIGH",
        Severity.CRITICAL: "CRIT",
    }[found.severity]
    lesser = found.accepted or found.severity in (Severity.LOW, Severity.MEDIUM)
    colour = "yellow" if lesser else "red"
    what = f"{found.address} {found.attribute}".strip()
    way = "a step for a person" if found.by_a_person else "by API"
    way = f"      {way}" if found.fixable else ""
    differs = f"expected {said(found.expected)}, found {said(found.found)}"
    return "\n".join(
        (
            "  ".join(filter(None, (paint(word, colour), found.id, found.tenant, what, differs))),
            f"      means   {found.means}",
            *([f"      who     {found.trail}"] if found.trail else []),
            *_told(found),
            f"      do      {found.do}{way}",
        )
    )


def warning(found: Finding, others: int, paint: Paint = plain) -> str:
    """One lint warning, with the line that it is about.

    Args:
        found: the warning.
        others: how many other tenants it holds for in the same words.
        paint: adds colour.
    """
    what = f"{found.address} {found.attribute}".strip()
    whom = f"{found.tenant} and {others} more" if others else found.tenant
    head = paint(f"warning {found.id} {found.severity.value}", "yellow")
    return "\n".join(
        (
            f"{found.places[0]}: {head}: {whom}: {what}: {said(found.found)}",
            f"  means    {found.means}",
            f"  do       {found.do}",
        )
    )


def _told(found: Finding) -> Iterator[str]:
    """What is known of a finding besides itself."""
    if known := history(found):
        yield f"      since   {known}"
    if found.history.since:
        was = "read" if found.unseen else "in order"
        yield f"      after   {moment(found.history.since)}, when it was {was}"
    if answers := acceptance(found):
        yield f"      accept  {answers}"


def resolved(tenant: str, past: Past) -> str:
    """A finding that isn't there any more."""
    what = f"{past.address} {past.attribute}".strip()
    return "  ".join(filter(None, ("GONE", past.id, tenant, what)))


def _changes(run: Sequence[Change], paint: Paint) -> Iterator[str]:
    """Changes of one kind and action; plain ones share a line."""
    symbol, colour = SYMBOLS[run[0].action]
    mark = paint(symbol, colour)
    if len(run) > 1 and run[0].action in (Action.CREATE, Action.DELETE, Action.RETIRE):
        names = _with(", ".join(c.address.name for c in run), run[0].making)
        yield f"  {mark} {_padded(f'{run[0].address.kind} ({len(run)})', COLUMN - 4)}{names}"
        return
    for change in run:
        yield from _change(change, mark, paint)


def _change(change: Change, mark: str, paint: Paint) -> Iterator[str]:
    address = _padded(str(change.address), COLUMN - 4)
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
    head = f"  {mark} {_padded(str(change.address), COLUMN - 4)}{change.reason}"
    return f"{head} ({differing})" if differing else head


def _by_hand(differences: Iterable[Difference]) -> Iterator[str]:
    for d in differences:
        before = (
            "" if isinstance(d.before, Pending | Unreadable | None) else f"{said(d.before)} -> "
        )
        why = f"   {d.before}" if isinstance(d.before, Pending) and d.after is True else ""
        yield f"      {_padded(d.attribute, COLUMN - 6)}{before}{said(d.after)}{why}"


def _difference(d: Difference) -> str:
    name = _padded(d.attribute, 25)
    untold = d.before is None or isinstance(d.before, Unreadable)
    if untold or d.mutability is Mutability.WRITE_ONLY:
        return f"{name}{said(d.after)}"
    return f"{name}{said(d.before)} -> {said(d.after)}"


def _padded(text: str, width: int) -> str:
    return f"{text:<{width}}" if len(text) < width else text + "  "
