"""Reports of parts of a fleet: which belong together, and which is missing. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from okta_scim_setup.errors import Problem

DIGITS = 16
"""Hexadecimal digits of a fleet's mark: enough to tell fleets apart."""

NAMED = 12
"""Missing parts that are named at most."""

Report = Mapping[str, Any]


def mark(names: Iterable[str]) -> str:
    """What the tenants *names* are told by as a fleet, whatever their order: a hash."""
    said = "\n".join(sorted(names))
    return hashlib.sha256(said.encode()).hexdigest()[:DIGITS]


def amiss(reports: Sequence[Report]) -> Iterator[Problem]:
    """Why *reports* are not all of what they are parts of; those without --shard are whole."""
    fleets: dict[tuple[str, int], list[Report]] = {}
    for report in reports:
        if report["shard"]:
            fleets.setdefault((report["fleet"], report["shard"]["of"]), []).append(report)
    if len(fleets) > 1:
        yield Problem(
            "the reports are parts of different fleets: " + "; ".join(map(_said, fleets.items())),
            (("do", "run all parts with one config, one selection and one N of --shard I/N"),),
        )
    for (fleet, of), parts in fleets.items():
        yield from _incomplete(fleet, of, parts)


def _incomplete(fleet: str, of: int, parts: Sequence[Report]) -> Iterator[Problem]:
    there = {report["shard"]["number"] for report in parts}
    missing = [str(number) for number in range(1, of + 1) if number not in there]
    if missing:
        is_missing = "is missing" if len(missing) == 1 else "are missing"
        part = "part" if len(missing) == 1 else "parts"
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        yield Problem(
            f"{part} {', '.join(missing[:NAMED])}{more} of {of} {is_missing}",
            (("do", "run that part, or merge what there is with --partial"),),
        )
    elif mark(tenant["tenant"] for report in parts for tenant in report["tenants"]) != fleet:
        yield Problem(
            f"the {of} parts aren't all tenants that were selected",
            (("do", "run all parts again, with one config: an org was moved between them"),),
        )


def _said(fleet: tuple[tuple[str, int], list[Report]]) -> str:
    (name, of), parts = fleet
    numbers = ", ".join(str(report["shard"]["number"]) for report in parts)
    return f"{numbers} of {of} ({name})"
