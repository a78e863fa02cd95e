"""What is left to a person as a file to hand on: Markdown, or one HTML page to read, tick or print.

It holds where a token is, never the token. The page loads and sends nothing.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files

from okta_scim_setup.outcome import Visit
from okta_scim_setup.report.text import FOR_WHOM
from okta_scim_setup.results import Click

SUFFIXES = (".md", ".html")
"""What a runbook's file may end with."""

TITLE = "Steps for a person"

NOTHING = "Nothing is left to a person."

NOT_YET = "The run came to no steps for a person, and isn't done: see its report."

NO_LINK = (
    "In Okta's admin console: Applications, then the app. With okta.admin_url in the config this "
    "would be a link."
)

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u0085\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
"""Ends of lines, and what turns or hides what stands beside it."""


def document(
    suffix: str,
    visits: Sequence[Visit],
    *,
    verb: str,
    done: bool = True,
    mask: Callable[[str], str] = str,
) -> str:
    """The runbook of *visits*, one section for each tenant.

    Args:
        suffix: one of `SUFFIXES`.
        visits: what is left, in the order of the tenants.
        verb: what goes on once the steps are done.
        done: whether everything is, where there are no visits.
        mask: hides the run's secrets; used before anything is escaped.
    """
    make = _page if suffix == ".html" else _markdown
    lines = make(visits, verb, NOTHING if done else NOT_YET, mask)
    return "\n".join(lines)


def _then(verb: str, visit: Visit) -> str:
    return f"okta-scim-setup {verb} --tenant {visit.tenant}"


def _doing(click: Click) -> Iterator[tuple[str, str]]:
    """A click's parts: what to do, and with which value, if there is one."""
    for label, on in click.ticks:
        yield ("Tick" if on else "Clear"), label
    yield from click.fields
    if click.press:
        yield "Press", click.press
    if click.then:
        yield "Then", click.then


def _markdown(
    visits: Sequence[Visit], verb: str, none: str, mask: Callable[[str], str]
) -> Iterator[str]:
    def code(text: str) -> str:
        return _code(mask(text))

    yield f"# {TITLE}"
    yield "" if visits else f"\n{none}"
    for visit in visits:
        yield from ("", f"## {code(visit.tenant)}", "")
        yield from (f"{code(line)}  " for line in visit.about)
        yield from ("", f"{FOR_WHOM[0].upper()}{FOR_WHOM[1:]}.", "")
        yield from (f"<{_url(mask(link))}>" for link in visit.links)
        yield from () if visit.links else (NO_LINK,)
        yield ""
        for number, (_, click) in enumerate(visit.clicks, 1):
            yield f"{number}. [ ] {code(click.page)}" + (
                f" ({code(click.note)})" * bool(click.note)
            )
            yield from (f"    - {_words(label)}: {code(value)}" for label, value in _doing(click))
            yield from (f"    - Seen by: {_words(click.seen)}",) if click.seen else ()
        yield from ("", f"Then: {code(_then(verb, visit))}")


def _code(text: str) -> str:
    """*text* as it is, inert, in a fence that it can't close (CommonMark 6.1)."""
    line = _INVISIBLE.sub(" ", text)
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    padded = f" {line} " if line[:1] == "`" or line[-1:] == "`" else line
    return f"{fence}{padded}{fence}"


def _words(text: str) -> str:
    """Words of our own, with what Markdown would take for a sign of its own kept as it is."""
    return re.sub(r"([\\`*_<>\[\]])", r"\\\1", text)


def _url(link: str) -> str:
    return re.sub(r"[<>\s]", "", link)


def _page(
    visits: Sequence[Visit], verb: str, none: str, mask: Callable[[str], str]
) -> Iterator[str]:
    style = (files("okta_scim_setup") / "report" / "assets" / "runbook.css").read_text("utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\">"
    )
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{TITLE}</title><style>{style}</style></head><body><main>"
    yield f"<h1>{TITLE}</h1>"
    yield "" if visits else f"<p>{none}</p>"
    for number, visit in enumerate(visits, 1):
        yield from _section(number, visit, _then(verb, visit), lambda text: escape(mask(text)))
    yield "</main></body></html>"


def _section(number: int, visit: Visit, then: str, said: Callable[[str], str]) -> Iterator[str]:
    yield f'<section aria-labelledby="v{number}"><h2 id="v{number}">{said(visit.tenant)}</h2>'
    yield f"<p>{'<br>'.join(map(said, visit.about))}</p>"
    yield f"<p>{FOR_WHOM[0].upper()}{FOR_WHOM[1:]}.</p>"
    for link in visit.links:
        yield f'<p><a href="{said(link)}" rel="noreferrer">{said(link)}</a></p>'
    yield "" if visit.links else f"<p>{NO_LINK}</p>"
    yield "<ol>"
    for step, (_, click) in enumerate(visit.clicks, 1):
        box = f"v{number}s{step}"
        note = f" <small>{said(click.note)}</small>" if click.note else ""
        yield f'<li><input type="checkbox" id="{box}"> <label for="{box}">{said(click.page)}'
        yield f"</label>{note}<table><tbody>"
        for label, value in _doing(click):
            yield (
                f'<tr><th scope="row">{said(label)}</th><td><code>{said(value)}</code></td></tr>'
            )
        yield "</tbody></table>"
        yield f'<p class="seen">Seen by: {said(click.seen)}</p>' if click.seen else ""
        yield "</li>"
    yield f"</ol><p>Then: <code>{said(then)}</code></p></section>"
