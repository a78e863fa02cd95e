"""Results as Markdown for a comment on a pull request: short enough, and nothing in it acts.

Whatever comes from a file or a service is encoded, so that no name breaks a table, mentions a
person, refers to an issue, or becomes a link or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from okta_scim_setup.outcome import TenantResult, Visit
from okta_scim_setup.people import Census
from okta_scim_setup.report.content import Content
from okta_scim_setup.report.entries import Entry, entries

LIMIT = 65_000
"""Characters; GitHub takes 65,536 in a comment, ending and masking included."""

WIDEST = 300
"""Characters of one value."""

MARKS = {
    "passed": "✅",
    "differs": "🔶",
    "accepted": "📝",
    "waiting": "🖐️",
    "skipped": "⏭️",
    "failed": "❌",
}

_ACTS = re.compile(r"[^\w \-.,/()=+?;%]|_")
"""What means something to Markdown, GitHub or GitLab, or might; all of it is encoded."""

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u0085\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
"""Ends of lines, and what turns or hides what stands beside it."""


def document(content: Content) -> str:
    """The whole report, cut behind the tenants that fit, with a count of those that don't."""
    told = [(result, entries(content, result)) for result in content.results]
    wanted = [(result, found) for result, found in told if _worth(result, found)]
    said = "\n".join((*_head(content), ""))
    shown = 0
    for result, found in wanted:
        section = "\n".join(_section(content, result, found)) + "\n"
        if len(said) + len(section) > LIMIT and shown:
            break
        said += section if len(section) <= LIMIT - len(said) else _cut(section, LIMIT - len(said))
        shown += 1
    if left := len(wanted) - shown:
        many = "tenant is" if left == 1 else "tenants are"
        said += f"\n_{left} more {many} left out here: the other reports have all._\n"
    return said.rstrip("\n")


def code(text: str) -> str:
    """*text* as it is, and inert."""
    return f"<code>{inert(text)}</code>"


def inert(text: str) -> str:
    """*text* with everything encoded that could act; at most `WIDEST` characters of it."""
    line = _INVISIBLE.sub(" ", text)
    line = line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"
    return _ACTS.sub(lambda found: f"&#{ord(found[0])};", line)


def _head(content: Content) -> Iterator[str]:
    counts = content.counts
    names = {
        "in_sync": "in sync",
        "drifted": "drifted",
        "unreadable": "unreadable",
        "interrupted": "interrupted",
        "not_tried": "not tried",
        "refused": "refused",
        "waiting": "waiting",
        "changes": "to change",
        "findings": "findings",
        "accepted": "accepted",
        "new": "new",
        "open": "still open",
        "resolved": "resolved",
    }
    shown = [f"{counts[key]} {name}" for key, name in names.items() if counts[key]]
    many = "tenant" if counts["tenants"] == 1 else "tenants"
    yield f"### okta-scim-setup {content.verb}: exit code {content.exit_code}"
    yield ""
    yield f"{counts['tenants']} {many}" + (f": {', '.join(shown)}." if shown else ".")


def _worth(result: TenantResult, found: Sequence[Entry]) -> bool:
    told = bool(result.outcomes or result.resolved)
    return told or any(entry.state != "passed" for entry in found)


def _section(content: Content, result: TenantResult, found: Sequence[Entry]) -> Iterator[str]:
    yield ""
    yield f"#### {code(content.mask(result.tenant))}"
    yield ""
    if found:
        yield "| | what | details |"
        yield "|---|---|---|"
        yield from map(_row, found)
    for past in result.resolved:
        what = f"{past.address} {past.attribute}".strip() or past.found
        yield ""
        yield f"✅ resolved: {inert(past.id)} {code(content.mask(what))}"
    if result.plan and result.plan.census and content.verb in {"plan", "apply"}:
        census = result.plan.census
        yield ""
        yield (
            f"People: {census.assigned} assigned, {len(census.new)} new, "
            f"**{len(census.deactivated)} would be deactivated**."
        )
        yield from _seats(census)
    if result.plan and content.verb in {"plan", "apply"}:
        for entailed in dict.fromkeys(result.plan.entails):
            yield ""
            yield f"Entails: {inert(content.mask(entailed))}."
    if result.visit is not None:
        yield from _visit(content, result.visit)


def _seats(census: Census) -> Iterator[str]:
    seats = (
        f"{code(name)} {now.used} -> {after}"
        + (f" of {now.bought}" if now.bought is not None else "")
        for name, (now, after) in census.seats.items()
    )
    if said := ", ".join(seats):
        yield ""
        yield f"Seats: {said}."


def _row(entry: Entry) -> str:
    mark = MARKS[entry.state] + (f" {entry.severity}" if entry.severity else "")
    details = [f"means {inert(entry.means)}"] if entry.means else []
    details += [f"{inert(label)} {code(text)}" for label, text in entry.notes]
    details += [f"from {code(str(place))}" for place in entry.places[:1]]
    what = f"{inert(entry.rule)} {code(entry.about or entry.title)}"
    return f"| {mark} | {what} | {'<br>'.join(details)} |"


def _visit(content: Content, visit: Visit) -> Iterator[str]:
    yield ""
    yield "For a person who may edit apps in Okta:"
    yield ""
    for _, click in visit.clicks:
        entered = [f"{label} = {value}" for label, value in click.fields]
        entered += [f"{'tick' if on else 'clear'} {label}" for label, on in click.ticks]
        doing = "; ".join(filter(None, (*entered, click.press, click.then)))
        yield f"1. {code(content.mask(click.page))}: {code(content.mask(doing))}"
    for link in visit.links:
        yield ""
        yield code(content.mask(link))


def _cut(section: str, room: int) -> str:
    """The rows that fit, and how many don't."""
    lines = section.splitlines()
    kept: list[str] = []
    used = 100  # for the last line
    for line in lines:
        used += len(line) + 1
        if used > room:
            break
        kept.append(line)
    return "\n".join((*kept, "", f"_{len(lines) - len(kept)} more lines are left out here._", ""))
