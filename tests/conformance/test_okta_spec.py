"""Okta's published SCIM 2.0 test as a table: 12 requests with 52 assertions.

The steps are those of Okta's own file for testers of a SCIM server (facts/scim-and-reliability.md
A.4); a text in braces was saved by an earlier step.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from conformance.endpoint import scim_endpoint

from okta_scim_setup.simulator import Simulator

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
FILLED, NUMBER, ARRAY = "filled", "a number", "an array"
MOST_MILLISECONDS = 600
ASSERTIONS = 52

SAVED = {
    "email": "Runscope300x2k@atko.example",
    "upper": "RUNSCOPE300X2K@ATKO.EXAMPLE",
    "given": "Runscope300",
    "family": "Test2k",
}
NEW_USER = {
    "schemas": [USER],
    "userName": "{email}",
    "name": {"givenName": "{given}", "familyName": "{family}"},
    "emails": [{"primary": True, "value": "{email}", "type": "work"}],
    "displayName": "{given} {family}",
    "active": True,
}


@dataclass(frozen=True)
class Has:
    """One assertion: what stands at a place of the body; a value, or what kind of one."""

    place: str
    wanted: Any = FILLED


@dataclass(frozen=True)
class Step:
    """One request, its status, and what is asserted of the body."""

    name: str
    call: str
    status: int
    has: tuple[Has, ...] = ()
    body: Mapping[str, Any] | None = None
    token: str = ""
    saves: Mapping[str, str] = field(default_factory=dict)
    is_quick: bool = False


def person(place: str) -> tuple[Has, ...]:
    names = ("id", "name.familyName", "name.givenName", "userName", "active", "emails.0.value")
    return tuple(Has(f"{place}{name}") for name in names)


STEPS = (
    Step(
        "R1 a list of users",
        "GET /Users?count=1&startIndex=1",
        200,
        (
            Has("Resources"),
            Has("schemas", LIST),
            *(Has(name, NUMBER) for name in ("itemsPerPage", "startIndex", "totalResults")),
            *person("Resources.0."),
        ),
        saves={"known": "Resources.0.id"},
    ),
    Step(
        "R2 one user",
        "GET /Users/{known}",
        200,
        (*person(""), Has("id", "{known}")),
    ),
    Step(
        "R3 nobody of that name",
        'GET /Users?filter=userName eq "abcdefgh@atko.com"',
        200,
        (Has("schemas", LIST), Has("totalResults", 0)),
    ),
    Step(
        "R4 no such user",
        "GET /Users/010101001010101011001010101011",
        404,
        (Has("detail"), Has("schemas", ERROR)),
    ),
    Step(
        "R5 nobody of a name made up",
        'GET /Users?filter=userName eq "{email}"',
        200,
        (Has("totalResults", 0), Has("schemas", LIST)),
    ),
    Step(
        "R6 a new user",
        "POST /Users",
        201,
        (
            Has("active", True),  # noqa: FBT003 - the value that is asserted
            Has("id"),
            Has("name.familyName", "{family}"),
            Has("name.givenName", "{given}"),
            Has("schemas", USER),
            Has("userName", "{email}"),
        ),
        body=NEW_USER,
        saves={"new": "id"},
    ),
    Step(
        "R7 the new user is there",
        "GET /Users/{new}",
        200,
        (
            Has("userName", "{email}"),
            Has("name.familyName", "{family}"),
            Has("name.givenName", "{given}"),
        ),
    ),
    Step("R8 the same again", "POST /Users", 409, body=NEW_USER),
    Step("R9 the name in capitals", 'GET /Users?filter=userName eq "{upper}"', 200),
    Step(
        "R10 groups",
        "GET /Groups",
        200,
        (Has("totalResults", NUMBER), Has("Resources", ARRAY)),
        is_quick=True,
    ),
    Step(
        "R11 a wrong token",
        'GET /Users?filter=userName eq "{email}"&startIndex=1&count=100',
        401,
        (Has("detail"), Has("status", "401"), Has("schemas", ERROR)),
        token="non-token",
    ),
    Step(
        "R12 no such user, with another id",
        "GET /Users/00919288221112222",
        404,
        (Has("detail"), Has("status", "404"), Has("schemas", ERROR)),
    ),
)

BY_SCRIPT = STEPS[9]


@dataclass
class Run:
    """One run of the steps, and what they saved."""

    base: str
    token: str
    session: requests.Session
    saved: dict[str, str] = field(default_factory=lambda: dict(SAVED))

    def failures(self, step: Step) -> Iterator[str]:
        """What a step asserts in vain."""
        method, _, path = self._filled(step.call).partition(" ")
        headers = {
            "Accept": "application/scim+json",
            "Accept-Charset": "utf-8",
            "Authorization": step.token or f"Bearer {self.token}",
            "Content-Type": "application/scim+json; charset=utf-8",
            "User-Agent": "OKTA SCIM Integration",
        }
        url, body = self.base + path, self._filled(step.body)
        began = time.monotonic()
        answer = self.session.request(method, url, json=body, headers=headers, timeout=20)
        took = (time.monotonic() - began) * 1000
        if answer.status_code != step.status:
            yield f"status {answer.status_code}, wanted {step.status}: {answer.text}"
            return
        if step.is_quick and took >= MOST_MILLISECONDS:
            yield f"took {took:.0f} ms"
        found = answer.json()
        for has in step.has:
            value = at(found, has.place)
            if not holds(value, self._filled(has.wanted)):
                yield f"{has.place} is {value!r}, wanted {has.wanted!r}"
        self.saved |= {name: str(at(found, place)) for name, place in step.saves.items()}

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str):
            return re.sub(r"\{(\w+)\}", lambda name: self.saved[name[1]], value)
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        if isinstance(value, Mapping):
            return {key: self._filled(each) for key, each in value.items()}
        return value


def at(value: Any, place: str) -> Any:
    for part in place.split("."):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def holds(value: Any, wanted: Any) -> bool:
    if wanted == FILLED:
        return value not in (None, "", [], {})
    if wanted == NUMBER:
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted == ARRAY:
        return isinstance(value, list)
    return wanted in value if isinstance(value, list) else bool(value == wanted)


@pytest.fixture(scope="module")
def failures() -> Iterator[dict[str, list[str]]]:
    """What each step asserts in vain, all of them in their order."""
    with Simulator() as simulator, requests.Session() as session:
        run = Run(*scim_endpoint(simulator), session)
        yield {step.name: list(run.failures(step)) for step in STEPS}
    assert simulator.errors == []


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_the_simulated_dbt_passes(failures: dict[str, list[str]], step: Step) -> None:
    assert failures[step.name] == []


def test_the_table_is_complete() -> None:
    """A status is an assertion, and so is a time; what is looked at in R10 is a script's."""
    asserted = {step.name: 1 + len(step.has) + step.is_quick for step in STEPS}
    assert len(STEPS) == 12
    assert sum(asserted.values()) - len(BY_SCRIPT.has) == ASSERTIONS
