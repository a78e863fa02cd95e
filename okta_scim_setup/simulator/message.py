"""One HTTP request and one answer, as the simulated services see them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

JSON = "application/json"
SCIM_JSON = "application/scim+json"

Job = Callable[[], None]


class BodyNotReadableError(Exception):
    """The request's body is no JSON."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request: its target as sent, and what was made of it."""

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    peer: tuple[str, int]

    def json(self) -> Any:
        """The body's JSON value.

        Raises:
            BodyNotReadableError: the body is empty or no JSON.

        """
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise BodyNotReadableError(str(error)) from error

    def json_object(self) -> dict[str, Any]:
        """The body's JSON object.

        Raises:
            BodyNotReadableError: the body is no JSON object.

        """
        value = self.json()
        if not isinstance(value, dict):
            raise BodyNotReadableError("not a JSON object")
        return value


@dataclass(slots=True)
class Response:
    """An answer; `jobs` are done, without the state's lock, before it is sent."""

    status: int = HTTPStatus.OK
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON
    jobs: list[Job] = field(default_factory=list)
    wire: str = "whole"

    def encoded(self) -> bytes:
        """The body's bytes: nothing, text as it is, or compact JSON."""
        if self.body is None:
            return b""
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body, separators=(",", ":")).encode()
