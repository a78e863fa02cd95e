"""Tenants in a CSV file: a line each, and a column is a path such as ``okta.org_url``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from okta_scim_setup.errors import Label, Place, Problem
from okta_scim_setup.language.document import read_text
from okta_scim_setup.language.near import near
from okta_scim_setup.language.node import Node
from okta_scim_setup.language.tenant_keys import columns, secret_paths

_TRUTHS = {"true": True, "false": False}


def read(path: Path) -> tuple[list[tuple[str, Node]], list[Problem]]:
    """Each line's tenant with what it says, and what is wrong. An empty cell isn't set.

    A cell is text; ``tags`` are separated by spaces, and a variable may be ``true`` or ``false``.

    Raises:
        ConfigError: the file can't be read.
    """
    shown = str(path)
    try:
        lines = list(_lines(read_text(path, shown), shown))
    except csv.Error as error:
        do = "close every quote, and double a quote that stands inside a cell"
        return [], [Problem(f"{shown} isn't CSV: {error}", (("do", do),))]
    if not lines:
        do = "begin with a line of column names, tenant among them"
        return [], [Problem(f"{shown} is empty", (("do", do),))]
    (place, header), *rows = lines
    header = [name.strip() for name in header]
    problems = list(_header_problems(header, place))
    tenants: list[tuple[str, Node]] = []
    for where, cells in [] if problems else rows:
        wrong = list(_row_problems(header, cells, where))
        problems += wrong
        if not wrong:
            row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
            tenants.append((row.pop("tenant"), _node(row, where)))
    return tenants, problems


def _lines(text: str, shown: str) -> Iterator[tuple[Place, list[str]]]:
    """Each line's cells, empty lines aside, and where it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    for cells in reader:
        if cells and cells != [""]:
            yield Place(shown, begins), cells
        begins = reader.line_num + 1


def _header_problems(header: list[str], place: Place) -> Iterator[Problem]:
    if "tenant" not in header:
        do = "separate columns by commas" if len(header) == 1 else "add a column called tenant"
        yield _said("there is no column called tenant", place, do)
        return
    for index, name in enumerate(header):
        if name in header[:index]:
            yield _said(f'the column "{name}" is there twice', place, "remove one of them")
        elif tuple(name.split(".")) in secret_paths():
            do = "take it out of the file and its history; put a reference under defaults: instead"
            yield _said(f'the column "{name}" would hold secrets', place, do)
        elif name not in columns() and not _is_variable(name):
            known = (*columns(), "variables.NAME")
            yield _said(
                f'no column is called "{name}"',
                place,
                "use a tenant's keys, such as okta.org_url or variables.app",
                near(name, known),
            )


def _row_problems(header: list[str], cells: list[str], where: Place) -> Iterator[Problem]:
    if len(cells) != len(header):
        title = f"{len(cells)} cells for {len(header)} columns"
        yield _said(title, where, "quote a cell that holds a comma")
    elif not cells[header.index("tenant")].strip():
        yield _said("this line names no tenant", where, "fill in the tenant column")


def _is_variable(name: str) -> bool:
    first, *rest = name.split(".")
    return first == "variables" and bool(rest) and all(part.isidentifier() for part in rest)


def _node(row: dict[str, str], place: Place) -> Node:
    """A line's cells as the mapping that they stand for."""
    tree: dict[str, Any] = {}
    for column, cell in row.items():
        if not cell:
            continue
        *parents, last = column.split(".")
        inside = tree
        for parent in parents:
            inside = inside.setdefault(parent, {})
        inside[last] = _cell(column, cell, place)
    return _nested(tree, place)


def _cell(column: str, cell: str, place: Place) -> Node:
    if column == "tags":
        return Node(tuple(Node(word, place) for word in cell.split()), place)
    if column.startswith("variables.") and cell in _TRUTHS:
        return Node(_TRUTHS[cell], place)
    return Node(cell, place)


def _nested(tree: dict[str, Any], place: Place) -> Node:
    children = {
        key: child if isinstance(child, Node) else _nested(child, place)
        for key, child in tree.items()
    }
    return Node(children, place, dict.fromkeys(children, place))


def _said(title: str, place: Place, do: str, notes: tuple[tuple[Label, str], ...] = ()) -> Problem:
    return Problem(title, (("from", str(place)), *notes, ("do", do)))
