"""``accept:`` in a config: who answers for which finding, why, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from okta_scim_setup import registry
from okta_scim_setup.address import Address
from okta_scim_setup.errors import Place, Problem
from okta_scim_setup.language.near import near
from okta_scim_setup.language.node import Node
from okta_scim_setup.language.validation import validated
from okta_scim_setup.results import NOT_SEEN, Acceptance

Read = tuple[list[Acceptance], list[Problem]]
"""The entries, and what is wrong with them."""


def _day(written: Any) -> date:
    if isinstance(written, str):
        try:
            return date.fromisoformat(written)
        except ValueError:
            pass
    raise ValueError("must be a day, such as 2027-01-31")


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Entry(BaseModel):
    """One finding, or one of one resource, that somebody answers for."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    finding: Words
    """The finding's id, such as AUD103."""
    address: str = ""
    """The resource that it is for; without it, all of the tenant's."""
    attribute: str = ""
    """The attribute that it is for; without it, all of them."""
    reason: Words
    """Why it may stay."""
    owner: Words
    """Who answers for it."""
    expires: Annotated[date, BeforeValidator(_day, json_schema_input_type=str)]
    """The last day, in UTC, on which it holds: 2027-01-31."""


KEYS = tuple(Entry.model_fields)
"""What an entry may say."""

_WANTED = "finding, reason, owner and expires"


def read(node: Node | None, place: Place) -> Read:
    """The entries of ``accept:``.

    Args:
        node: what was written below it, if anything was.
        place: the key's line.
    """
    if node is None or node.value is None:
        return [], []
    if not isinstance(node.value, tuple):
        return [], [_said("accept: must be a list", place, f"write - and below it {_WANTED}")]
    found: list[Acceptance] = []
    problems: list[Problem] = []
    for number, item in enumerate(node.value):
        made, wrong = _entry(item, f"accept.{number}")
        found += [made] if made else []
        problems += wrong
    return found, problems


def _entry(item: Node, title: str) -> tuple[Acceptance | None, list[Problem]]:
    if not isinstance(item.value, dict):
        return None, [_said(f"{title}: must be a mapping", item.place, f"write {_WANTED}")]
    made, wrong = validated(Entry, item, title=f"{title}.", fields=KEYS, extra={})
    problems = [_with_remedy(problem, name) for name, problem in wrong]
    if made is None:
        return None, problems
    problems += _unknown_finding(made, item)
    problems += _unknown_address(made, item)
    return Acceptance(**made.model_dump(), place=item.place), problems


def _said(title: str, place: Place, do: str) -> Problem:
    return Problem(title, (("from", str(place)), ("do", do)))


def _with_remedy(problem: Problem, field: str) -> Problem:
    """What to write for *field*, unless the problem says so."""
    described = {
        "finding": "an id, such as AUD103",
        "reason": "why it may stay",
        "owner": "who answers for it",
        "expires": "the last day on which it holds, such as 2027-01-31",
    }
    if field not in described or any(label == "do" for label, _ in problem.notes):
        return problem
    return replace(problem, notes=(*problem.notes, ("do", f"write {field}: {described[field]}")))


def _unknown_finding(entry: Entry, item: Node) -> Iterator[Problem]:
    place = item.place_of(("finding",))
    ids = [*(known.drift.id for known in registry.findings()), *registry.rules()]
    if entry.finding.startswith(NOT_SEEN) and entry.finding in ids:
        title = f"{entry.finding} can't be accepted: it says that nothing was seen"
        yield _said(title, place, "take the entry out, or exclude the tenant from the audit")
    elif entry.finding not in ids:
        yield Problem(
            f'no finding is called "{entry.finding}"',
            (
                ("from", str(place)),
                *near(entry.finding, ids),
                ("do", "docs/reference/findings.md lists them"),
            ),
        )


def _unknown_address(entry: Entry, item: Node) -> Iterator[Problem]:
    kind = Address.parse(entry.address).kind
    if entry.address and kind not in registry.kinds():
        yield Problem(
            f'no kind is called "{kind}"',
            (
                ("from", str(item.place_of(("address",)))),
                *near(kind, registry.kinds()),
                ("do", "write kind/name, such as okta.saml_app/dbt"),
            ),
        )
