"""HTML that is built of elements, so that whatever text is put into one is escaped."""

from html import escape
from typing import Final

_VOID: Final = frozenset({"input", "link", "meta"})


class Html(str):
    """Text that is HTML already; any other text is escaped where it is put into an element."""

    __slots__ = ()


Attribute = str | bool | None


EMPTY: Final = Html()


def element(name: str, /, *children: str, **attributes: Attribute) -> Html:
    """An element; `class_` and `aria_label` stand for the attributes class and aria-label.

    An attribute that is True stands without a value; one that is False or None is left out.
    """
    given = "".join(_attribute(key, value) for key, value in attributes.items())
    end = "" if name in _VOID else f"{join(*children)}</{name}>"
    return Html(f"<{name}{given}>{end}")


def join(*children: str) -> Html:
    """One after the other."""
    parts = (each if isinstance(each, Html) else escape(each) for each in children)
    return Html("".join(parts))


def document(head: Html, body: Html) -> Html:
    """A whole page."""
    return Html(f"<!doctype html>\n{element('html', head, body, lang='en')}\n")


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    return "" if value is False or value is None else f' {name}="{escape(value)}"'
