"""Outcomes, checks, findings, a person's steps and errors as text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from okta_scim_setup.errors import Problem
from okta_scim_setup.outcome import Outcome, Visit
from okta_scim_setup.results import Check, Click, Finding, Past, Severity
from okta_scim_setup.wording import acceptance, history, moment, said

Paint = Callable[[str, str], str]
"""Adds a colour to a text: (text, colour) -> text. The default adds none."""

COLUMN = 37
"""Where the second column begins, in characters."""


def plain(text: str, _colour: str) -> str:
    """No colour."""
    return text


def padded(text: str, width: int) -> str:
    """A text and spaces up to a column; two where it is longer."""
    return f"{text:<{width}}" if len(text) < width else text + "  "


def problem(found: Problem, word: str = "error", paint: Paint = plain) -> str:
    """One problem: what, and the notes under it."""
    who = f"{found.tenant}: " if found.tenant else ""
    lines = [f"{paint(word, 'red')}: {who}{found.title}"]
    lines += [f"  {label:<9}{text}" for label, text in found.notes]
    return "\n".join(lines)


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
    return f"  {paint(mark, colour)}  {padded(str(came.address), COLUMN + 6)}{came.detail}"


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
    lines = [f"  {paint('>>', 'magenta')}  {padded(asked.tenant, COLUMN - 6)}{FOR_WHOM}"]
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
