"""Results as one self-contained page: tenants by controls as a matrix, and the evidence under it.

Nothing is loaded and nothing is sent: a policy in the page allows its own style and script alone.
What comes from files and services is text, escaped, and never in the script. Without the script
all is there; the script filters, searches, and opens what a link leads to.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files

from okta_scim_setup import __version__
from okta_scim_setup.report.content import Content
from okta_scim_setup.report.entries import Entry
from okta_scim_setup.report.html_rows import (
    SEVERITIES,
    Row,
    badness,
    columns_of,
    control_of,
    controls_of,
    is_open,
    rows_of,
)
from okta_scim_setup.wording import moment

MARKS = {
    "passed": ("✓", "as declared"),
    "differs": ("●", "differs"),
    "accepted": ("◇", "accepted"),
    "waiting": ("◔", "waiting"),
    "skipped": ("»", "not tried"),
    "failed": ("✕", "failed"),
    "absent": ("·", "not declared"),
}
"""How each state looks, and what it is called: never by colour alone."""

NAMED = 2
"""How many controls a cell names; the others are counted, and in the details."""


def document(content: Content) -> str:
    """The whole page."""
    rows = rows_of(content)
    columns = columns_of(rows)
    style, script = _asset("page.css"), _asset("page.js")
    title = f"okta-scim-setup {content.verb}"
    parts = (
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{title}</title><style>{style}</style></head><body>",
        '<a class="skip" href="#details">Skip to the details</a>',
        *_header(content, title),
        "<main>",
        *_tools(content, controls_of(rows)),
        *_matrix(rows, columns),
        '<section id="details" aria-labelledby="details-title" tabindex="-1">',
        '<h2 id="details-title">Details</h2>',
        *(line for row in rows for line in _detail(row)),
        "</section></main>",
        f"<footer>okta-scim-setup {__version__}. A kind's column shows its worst.</footer>",
        f"<script>{script}</script></body></html>",
    )
    return "\n".join(parts)


def _policy(style: str, script: str) -> str:
    def hashed(text: str) -> str:
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; style-src {hashed(style)}; script-src {hashed(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _asset(name: str) -> str:
    return (files("okta_scim_setup") / "report" / "assets" / name).read_text(encoding="utf-8")


def _header(content: Content, title: str) -> Iterator[str]:
    yield f"<header><h1>{title}</h1>"
    when = f"{content.made:%Y-%m-%d %H:%M} UTC"
    when += f", against {moment(content.baseline)}" if content.baseline else ""
    yield f"<p>{when}, exit code {content.exit_code}, {escape(content.mask(content.config))}</p>"
    yield '<ul class="counts" aria-label="Counts">'
    for name, count in content.counts.items():
        if count or name == "tenants":
            yield f"<li><b>{count}</b> {name.replace('_', ' ')}</li>"
    yield "</ul></header>"


def _tools(content: Content, controls: Mapping[str, str]) -> Iterator[str]:
    yield '<form class="tools" role="search" aria-label="Filter tenants">'
    yield '<label>Search <input type="search" id="search" autocomplete="off"></label>'
    yield '<label>Show <select id="state"><option value="">all</option>'
    yield '<option value="open">all but in order</option>'
    for state, (_, word) in MARKS.items():
        if state != "absent":
            name = "in order" if state == "passed" else word
            yield f'<option value="{state}">{name}</option>'
    yield "</select></label>"
    if content.verb == "audit":
        yield '<label>Severity <select id="severity"><option value="">any</option>'
        for name in filter(None, SEVERITIES):
            yield f"<option>{name}</option>"
        yield "</select></label>"
    if controls:
        yield '<label>Control <select id="control"><option value="">any</option>'
        for name, means in controls.items():
            yield f'<option value="{escape(name)}">{escape(f"{name} {means}".strip())}</option>'
        yield "</select></label>"
    if content.baseline:
        yield '<label>Since the last audit <select id="standing"><option value="">any</option>'
        yield '<option>new</option><option value="open">still open</option>'
        yield "<option>resolved</option></select></label>"
    yield '<label>Theme <select id="theme"><option value="">as the system</option>'
    yield '<option value="light">light</option><option value="dark">dark</option></select></label>'
    yield '<output id="shown" aria-live="polite"></output></form>'


def _matrix(rows: Sequence[Row], columns: Sequence[str]) -> Iterator[str]:
    yield '<div class="scroll" role="region" aria-labelledby="matrix-title" tabindex="0">'
    yield '<table><caption id="matrix-title">Tenants by controls, kind by kind</caption>'
    yield '<thead><tr><th scope="col">Tenant</th>'
    yield from (f'<th scope="col">{_breakable(column)}</th>' for column in columns)
    yield "</tr></thead><tbody>"
    for row in rows:
        yield (
            f'<tr data-row="{row.number}" data-state="{row.state}" '
            f'data-severity="{escape(row.severities)}" data-standing="{row.standings}" '
            f'data-controls="{escape(row.controls)}">'
            '<th scope="row">'
            f'<a href="#t{row.number}">{escape(row.name)}</a></th>'
            + "".join(_cell(row, column) for column in columns)
            + "</tr>"
        )
    yield "</tbody></table></div>"


def _breakable(name: str) -> str:
    return escape(name).replace(".", ".<wbr>").replace("_", "_<wbr>")


def _cell(row: Row, column: str) -> str:
    state, some = row.cells.get(column, ("absent", ()))
    mark, word = MARKS[state]
    open_ = list(filter(is_open, some))
    count = f" {len(open_)}" if len(open_) > 1 else ""
    worst = next((e.severity for e in open_ if e.severity in {"critical", "high"}), "")
    said = f"{worst} {word}".strip()
    controls = list(dict.fromkeys(filter(None, map(control_of, open_))))
    more = f" +{len(controls) - NAMED}" if len(controls) > NAMED else ""
    named = f"<small>{escape(' '.join(controls[:NAMED]))}{more}</small>" if controls else ""
    return (
        f'<td class="{state} {worst}"><span aria-hidden="true">{mark}{count}</span>'
        f'<span class="said">{said}{count}</span>{named}</td>'
    )


def _detail(row: Row) -> Iterator[str]:
    accepted = sum(entry.state == "accepted" for entry in row.entries)
    parts = [f"{len(row.open)} to look at"] if row.open else []
    parts += [f"{row.severity} at worst"] if row.severity else []
    parts += [f"{accepted} accepted"] if accepted else []
    word = ", ".join(parts) or "in order"
    mark = MARKS[row.state][0]
    yield (
        f'<details id="t{row.number}" class="tenant {row.state} {row.severity}"><summary>'
        f'<span aria-hidden="true">{mark}</span> <b>{escape(row.name)}</b> {word}</summary>'
    )
    yield f"<p>{escape(row.note)}</p>" if row.note else ""
    for entry in sorted(row.entries, key=badness):
        yield from _entry(entry)
    if row.gone:
        gone = ", ".join(f"<code>{escape(what)}</code>" for what in row.gone)
        yield f'<p class="kept">Resolved since the last audit: {gone}</p>'
    if row.kept:
        kept = ", ".join(f"<code>{escape(address)}</code>" for address in row.kept)
        yield f'<p class="kept">As declared: {kept}</p>'
    yield "</details>"


def _marked(entry: Entry) -> Iterator[str]:
    """What stands beside a severity."""
    yield "accepted" if entry.accepted else ""
    yield "new" if entry.standing == "new" else ""


def _entry(entry: Entry) -> Iterator[str]:
    state = " ".join(filter(None, (entry.severity, *_marked(entry)))) or MARKS[entry.state][1]
    shown = "" if entry.accepted else entry.severity
    yield f'<article class="{entry.state} {shown}"><h3>'
    yield f'<span class="badge">{escape(state)}</span> <code>{escape(entry.rule)}</code> '
    yield f"{escape(entry.about or entry.title)}</h3>"
    if entry.about and not entry.means:
        yield f"<p>{escape(entry.title)}</p>"
    yield f"<p>{escape(entry.means)}</p>" if entry.means else ""
    yield "<dl>"
    for label, text in (*entry.notes, *(("declared", str(place)) for place in entry.places)):
        yield f"<div><dt>{escape(label)}</dt><dd>{escape(text)}</dd></div>"
    yield "</dl></article>"
