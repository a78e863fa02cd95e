"""A recording, played to the simulator in its sequence, and what it answers otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from okta_scim_setup.simulator import Simulator

_ID = re.compile(r"(?:0o|00|gPm|prm|oty|ost|rst)[0-9A-Za-z]{15,18}")
_HOST = re.compile(r"https://[\w.-]+(?:okta|oktapreview|dne-okta)\.com")
_HEADERS = ("link", "content-type")
_TOO_MANY = 429
_NAMED_BY_PEOPLE = ("base.properties", "custom.properties", "$.properties")
"""Whose keys are the names of an org's own attributes."""
_SINCE_IDENTITY_ENGINE: dict[str, set[str]] = {
    "$": {"universalLogout"},
    "$.settings": {"emOptInStatus"},
    "$._links": {"accessPolicy", "policies", "profileEnrollment"},
}
"""What an app has in every recording but AppSaml_crud's, of an org of the Classic Engine."""


@dataclass(frozen=True)
class Played:
    """A recorded exchange as it went here: its place, and how the answer differs."""

    recording: str
    number: int
    call: str
    differences: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.recording} {self.number}: {self.call}: {'; '.join(self.differences)}"


@dataclass
class Player:
    """Plays to one org, in which recorded ids become the simulated ones as they are met."""

    simulator: Simulator
    ids: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        org = self.simulator.summary()["okta"][0]
        self.url = str(org["org_url"])
        self.session.headers["Authorization"] = f"SSWS {org['api_token']}"

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Send a request as it is."""
        return self.session.request(
            method, self.url + path, json=body, timeout=20, allow_redirects=False
        )

    def play(self, recording: str, number: int, exchange: Mapping[str, Any]) -> Played:
        """Send a recorded request and compare the answer."""
        path = "/" + exchange["path"].lstrip("/")
        query = f"?{exchange['query']}" if exchange.get("query") else ""
        asked = exchange.get("request_body")
        body = json.loads(self._here(json.dumps(asked))) if asked is not None else None
        answer = self.call(exchange["method"], self._here(path + query), body)
        if exchange["status"] == _TOO_MANY:
            self.simulator.clock.advance(60)
        call = f"{exchange['method']} {path}{query}"
        return Played(recording, number, call, tuple(self._differences(exchange, answer)))

    def _differences(self, exchange: Mapping[str, Any], answer: requests.Response) -> Iterator[str]:
        if answer.status_code != exchange["status"]:
            yield f"status {answer.status_code}, recorded {exchange['status']}"
            return
        recorded = exchange.get("response_body")
        here = _content(answer)
        if recorded is None and here == {}:
            here = None  # a recorder keeps an empty object as nothing
        self._learn(recorded, here)
        yield from _compared(recorded, here, "$")
        for name in sorted(_named(exchange.get("response_headers", {}))):
            if name not in answer.headers:
                yield f"header {name} lacks"

    def _here(self, text: str) -> str:
        """A recorded text with the ids and the host of here."""
        for recorded, here in self.texts.items():
            text = text.replace(recorded, here)
        known = _ID.sub(lambda found: self.ids.get(found[0], found[0]), text)
        return _HOST.sub(self.url, known)

    def _learn(self, recorded: Any, here: Any, name: str = "") -> None:
        """Which id here is which recorded one: those that stand in the same place."""
        if isinstance(recorded, dict) and isinstance(here, dict):
            for key in recorded.keys() & here.keys():
                self._learn(recorded[key], here[key], key)
        elif isinstance(recorded, list) and isinstance(here, list):
            for one, other in zip(recorded, here, strict=False):
                self._learn(one, other)
        elif isinstance(recorded, str) and isinstance(here, str):
            self.texts |= {recorded: here} if name == "kid" else {}
            pairs = (_ID.findall(recorded), _ID.findall(here))
            if len(pairs[0]) == len(pairs[1]):
                for known, met in zip(*pairs, strict=True):
                    self.ids.setdefault(known, met)


def _content(answer: requests.Response) -> Any:
    """JSON as what it says, anything else as text."""
    if "json" in answer.headers.get("Content-Type", ""):
        return answer.json()
    return answer.text or None


def _named(headers: Mapping[str, str]) -> set[str]:
    """The headers that a simulation can have: of rates and pages, and what a body is."""
    return {name for name in headers if name in _HEADERS or name.startswith("x-rate-limit-")}


def _compared(recorded: Any, here: Any, where: str) -> Iterator[str]:
    """Keys, types, and the codes of errors; the values are each org's own."""
    if isinstance(recorded, dict) and isinstance(here, dict):
        if where.endswith(_NAMED_BY_PEOPLE):
            recorded, here = _first(recorded), _first(here)
        one, other = _by_key(recorded), _by_key(here)
        yield from (f"{where}.{key} lacks" for key in sorted(one.keys() - other.keys()))
        more = sorted(other.keys() - one.keys() - _SINCE_IDENTITY_ENGINE.get(where, set()))
        yield from (f"{where}.{key} isn't recorded" for key in more)
        for key in sorted(one.keys() & other.keys()):
            yield from _compared(one[key], other[key], f"{where}.{key}")
    elif isinstance(recorded, list) and isinstance(here, list):
        for each in here[:1] if recorded else ():
            yield from _compared(recorded[0], each, f"{where}[]")
        if bool(recorded) != bool(here):
            yield f"{where} has {len(here)} items, recorded {len(recorded)}"
    else:
        yield from _compared_values(recorded, here, where)


def _compared_values(recorded: Any, here: Any, where: str) -> Iterator[str]:
    if type(recorded) is not type(here):
        yield f"{where} is {here!r:.60}, recorded {recorded!r:.60}"
    elif where == "$" and isinstance(recorded, str):
        # Of a text only the beginning is recorded.
        elements, known = _elements(here), _elements(recorded)
        if elements[: len(known)] != known:
            yield f"{where} is made of {elements}, recorded {known}"
    elif where.endswith(("errorCode", "errorLink", ".status", ".authScheme")) and recorded != here:
        yield f"{where} is {here}, recorded {recorded}"


def _elements(markup: str) -> list[str]:
    """The tags that are whole, with the names of what they have."""
    return [
        " ".join([tag, *re.findall(r" ([\w:]+)=", rest)])
        for tag, rest in re.findall(r"<(/?[\w:]+)([^<>]*)>", markup)
    ]


def _first(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"NAME": next(iter(value.values()))} if value else {}


def _by_key(value: Mapping[str, Any]) -> dict[str, Any]:
    """By key, where the name of an app is part of the key in `appLinks`."""
    return {re.sub(r"^.+_link$", "NAME_link", key): part for key, part in value.items()}
