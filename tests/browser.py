"""A person at a browser without JavaScript: follows links, fills in forms and presses by labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

_VOID = ("input", "link", "meta")


@dataclass
class Node:
    """An element of a page."""

    tag: str
    attributes: dict[str, str | None]
    children: list[Node | str] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Node]:
        for child in self.children:
            if isinstance(child, Node):
                if child.tag in tags:
                    yield child
                yield from child.all(*tags)

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    def get(self, attribute: str) -> str:
        return self.attributes.get(attribute) or ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs))
        self._open[-1].children.append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def read_page(html: str) -> Node:
    """A page as a tree; every element that needs an end has one."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader._open == [reader.root], "an element has no end"
    return reader.root


class Browser:
    """A browser, with every page that it was shown."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session
        self._before: list[requests.Response] = []
        self.seen: list[str] = []

    def open(self, url: str) -> None:
        self._show(self._session.get(url, timeout=20))

    def back(self) -> None:
        """Show the page before this one again, as it was sent."""
        self._before.pop()
        self._show(self._before.pop())

    def follow(self, text: str) -> None:
        """Go where the link of this text leads."""
        self.open(urljoin(self.url, self.links[text]))

    def tick(self, *labels: str) -> None:
        for label in labels:
            _set(self._labelled(label, "checkbox"), "checked", on=True)

    def untick(self, *labels: str) -> None:
        for label in labels:
            _set(self._labelled(label, "checkbox"), "checked", on=False)

    def fill(self, label: str, value: str) -> None:
        """Fill in what has this label: a field, a list to choose from, or a group of boxes."""
        groups = {next(group.all("legend")).text: group for group in self._all("fieldset")}
        if label in groups:
            self._choose(groups[label], value.split(", "))
            return
        control = self._labelled(label)
        if control.tag == "input":
            control.attributes["value"] = value
            return
        options = list(control.all("option"))
        assert value in [option.text for option in options]
        for option in options:
            _set(option, "selected", on=option.text == value)

    def _choose(self, group: Node, wanted: list[str]) -> None:
        boxes = {self._label_of(box): box for box in group.all("input")}
        assert set(wanted) <= set(boxes)
        for label, box in boxes.items():
            _set(box, "checked", on=label in wanted)

    def press(self, label: str) -> None:
        """Press the button of this label, which sends its form."""
        found = [(f, b) for f in self._all("form") for b in f.all("button") if b.text == label]
        ((form, button),) = found
        data = [*_sent(form), (button.get("name"), button.get("value"))]
        assert form.get("method") == "post"
        url = urljoin(self.url, form.get("action"))
        self._show(self._session.post(url, data=data, timeout=20))

    def value(self, label: str) -> str:
        """What stands in the field of this label."""
        control = self._labelled(label)
        if control.tag == "select":
            return next(o.get("value") for o in control.all("option") if _is(o, "selected"))
        return control.get("value")

    def ticked(self) -> list[str]:
        """The labels of all boxes that are ticked."""
        boxes = (i for i in self._all("input") if i.get("type") == "checkbox")
        return [self._label_of(box) for box in boxes if _is(box, "checked")]

    @property
    def links(self) -> dict[str, str]:
        return {link.text: link.get("href") for link in self._all("a")}

    @property
    def headings(self) -> list[str]:
        return [heading.text for heading in self._all("h1", "h2")]

    @property
    def buttons(self) -> list[str]:
        return [button.text for button in self._all("button")]

    @property
    def settings(self) -> dict[str, str]:
        """What can be read, and not edited."""
        names, values = self._all("dt"), self._all("dd")
        return {name.text: value.text for name, value in zip(names, values, strict=True)}

    @property
    def rows(self) -> list[list[str]]:
        """The rows of all tables, without their heads."""
        bodies = self._all("tbody")
        return [[c.text for c in row.all("th", "td")] for body in bodies for row in body.all("tr")]

    def said(self, role: str) -> str:
        """What the page says, as an alert or a status; empty if it doesn't."""
        return "".join(n.text for n in self._all("p") if n.get("role") == role)

    def _show(self, response: requests.Response) -> None:
        self._before.append(response)
        self.url, self.status = response.url, response.status_code
        self.seen.append(response.text)
        self._page = read_page(response.text)
        ids = [n.get("id") for n in self._all("input", "select", "small") if n.get("id")]
        assert len(ids) == len(set(ids)), "two elements have one id"

    def _all(self, *tags: str) -> list[Node]:
        return list(self._page.all(*tags))

    def _labelled(self, label: str, kind: str = "") -> Node:
        (found,) = (each.get("for") for each in self._all("label") if each.text == label)
        control = next(c for c in self._all("input", "select") if c.get("id") == found)
        assert kind in ("", control.get("type"))
        return control

    def _label_of(self, control: Node) -> str:
        (found,) = (e.text for e in self._all("label") if e.get("for") == control.get("id"))
        return found


def _is(node: Node, attribute: str) -> bool:
    return attribute in node.attributes


def _set(node: Node, attribute: str, *, on: bool) -> None:
    node.attributes.pop(attribute, None)
    if on:
        node.attributes[attribute] = None


def _sent(form: Node) -> Iterator[tuple[str, str]]:
    """What a browser sends of a form (HTML, constructing the entry list)."""
    for control in form.all("input", "select"):
        if control.tag == "select":
            options = list(control.all("option"))
            chosen = next((o for o in options if _is(o, "selected")), options[0])
            yield control.get("name"), chosen.get("value")
        elif control.get("type") != "checkbox" or _is(control, "checked"):
            yield control.get("name"), control.get("value")
