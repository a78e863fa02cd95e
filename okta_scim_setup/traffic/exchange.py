"""One HTTP request and its answer, as data, and what an answer says. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from okta_scim_setup.errors import Label
from okta_scim_setup.hosts import host_of
from okta_scim_setup.results import Reading
from okta_scim_setup.secret import Secret

REPEATABLE = frozenset({"GET", "PUT", "DELETE"})
"""Methods that may be sent again: idempotent by RFC 9110, section 9.2.2."""

TRANSIENT = frozenset({408, 500, 502, 503, 504})
"""Answers that another attempt may better; of a write that isn't repeated, unknown outcomes."""

LONGEST_SAYING = 300
"""Characters of a service's own words that a message repeats."""

Proof = Callable[[str, str, str], str]
"""Makes a DPoP proof (RFC 9449) for a method, a URL without query, and an access token."""


@dataclass(frozen=True)
class Credential:
    """How a request says who asks: a scheme and a secret, put together when it is sent."""

    scheme: str
    secret: Secret | None
    """None where nothing but a proof is sent: at the token endpoint."""
    proof: Proof | None = None

    def headers(self, method: str, url: str, host: str) -> dict[str, str]:
        """The headers of one attempt.

        Raises:
            ConfigError: the secret isn't for *host*.
        """
        value = self.secret.reveal(to=host) if self.secret else ""
        found = {"Authorization": f"{self.scheme} {value}"} if value else {}
        if self.proof:
            found["DPoP"] = self.proof(method, url.partition("?")[0], value)
        return found


@dataclass(frozen=True)
class Terms:
    """What a service is documented to allow, where its answers don't say."""

    at_once: int = 0
    """Calls under way at once to one host, whoever asks; 0: as many as like."""
    a_minute: int = 0
    """Calls a minute; 0: its headers tell."""
    cool_down: float = 0.0
    """Seconds for which it refuses, once it has, whatever comes meanwhile."""


@dataclass(frozen=True)
class Request:
    """What is asked of a service."""

    method: str
    url: str
    """The whole of it, query included."""
    service: str
    """What messages call it: Okta, dbt Cloud, SCIM."""
    credential: Credential | None = None
    json: Any = None
    """The body; a `Secret` in it is revealed, to the request's host only, when it is sent."""
    form: Callable[[], Mapping[str, str]] | None = None
    """The body as a form, made anew for each attempt: an assertion may be used once."""
    headers: Mapping[str, str] = field(default_factory=dict)
    tolerates: Callable[[Answer], bool] | None = None
    """Says of an error's answer whether it is an answer here: 404 may mean that there is none."""
    needs_body: bool = True
    """Whether a success without JSON in it is of no use."""
    media: str = "json"
    """What the body of a success is: JSON, or ``xml``, which is given as text."""
    bucket: str = ""
    """The rate limit that it counts for, in the host's own terms."""
    terms: Terms = field(default_factory=Terms)
    """What is documented of that limit."""
    signs_in: bool = False
    """Whether it fetches an access token: allowed to a reader, and repeated, since its effect is
    its answer."""
    about: str = ""
    """What to say behind the path: "for okta.apps.read"."""

    @cached_property
    def host(self) -> str:
        """``host[:port]``."""
        return host_of(self.url)

    @cached_property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.url).path

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again without harm when its outcome isn't known."""
        return self.method in REPEATABLE or self.signs_in

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET" and not self.signs_in

    def accepts(self, answer: Answer) -> bool:
        """Whether *answer* is one that was asked for."""
        return answer.ok or (self.tolerates is not None and self.tolerates(answer))

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return f"{self.method} {short(target)}{' ' + self.about if self.about else ''}"

    def content(self) -> tuple[bytes | None, dict[str, str]]:
        """The body of one attempt, and the headers that go with it.

        Raises:
            ConfigError: a secret in it isn't for the request's host.
        """
        if self.json is not None:
            text = json.dumps(self.json, default=self._revealed, separators=(",", ":"))
            return text.encode(), {"Content-Type": "application/json"}
        return None, {}

    def secrets(self) -> Iterator[Secret]:
        """What must not be in any message about this request."""
        if self.credential and self.credential.secret:
            yield self.credential.secret
        yield from _secrets_in(self.json)

    def masked(self, text: str) -> str:
        """*text* without the request's secrets, in one line and of a bearable length."""
        for secret in self.secrets():
            text = secret.masked(text)
        return short("".join(c if c.isprintable() else " " for c in text).strip())

    def _revealed(self, value: Any) -> str:
        if isinstance(value, Secret):
            return value.reveal(to=self.host)
        raise TypeError(f"{type(value).__name__} can't be sent")


@dataclass(frozen=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any
    """JSON, text where XML was asked for, or None where there was none."""
    seconds: float = 0.0
    attempts: int = 1
    """How often the request was sent for it."""

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def date(self) -> datetime | None:
        """The server's own clock, to the second."""
        return http_date(self.headers.get("date", ""))

    @property
    def request_id(self) -> str:
        """What the service's support asks for."""
        names = ("x-okta-request-id", "x-request-id", "cf-ray")
        return next((self.headers[name] for name in names if name in self.headers), "")

    def reading(self, request: Request) -> Reading:
        """That *request* was answered so: what a finding may rest on."""
        return Reading(f"{request.method} {request.path}", self.request_id, self.date)

    @property
    def code(self) -> str:
        """The service's own error code."""
        return complaint(self.body)[0]

    def __str__(self) -> str:
        code, text = complaint(self.body)
        said = " ".join(x for x in (str(self.status), code, text or _phrase(self.status)) if x)
        return f"{said} (request {self.request_id})" if self.request_id else said


def notes(request: Request, answer: Answer | str, *do: str) -> tuple[tuple[Label, str], ...]:
    """What was asked, what came back, what to do; without the request's secrets."""
    said: list[tuple[Label, str]] = [
        ("asked", request.masked(str(request))),
        ("answered", request.masked(str(answer))),
    ]
    return (*said, *(("do", line) for line in do))


def complaint(body: Any) -> tuple[str, str]:
    """The code and the words of an error, wherever this service puts them.

    Okta: errorCode, errorSummary, errorCauses (facts: okta 6). OAuth: error, error_description
    (RFC 6749, section 5.2). dbt: status.user_message, or detail (facts: dbt 2.5). SCIM: scimType,
    detail (RFC 7644, section 3.12).
    """
    if not isinstance(body, Mapping):
        return "", ""
    if "errorCode" in body:
        said = [body.get("errorSummary"), *_causes(body.get("errorCauses"))]
        return str(body["errorCode"]), "; ".join(str(x) for x in said if x)
    if isinstance(body.get("error"), str):
        return body["error"], str(body.get("error_description") or "")
    status = body.get("status")
    if isinstance(status, Mapping):
        return "", str(status.get("user_message") or status.get("developer_message") or "")
    return str(body.get("scimType") or ""), str(body.get("detail") or "")


@lru_cache(maxsize=64)
def http_date(text: str) -> datetime | None:
    """An HTTP date (RFC 9110, section 5.6.7), or None."""
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _causes(causes: Any) -> Iterator[Any]:
    # An object instead of a list here and there (facts: okta 6).
    for cause in [causes] if isinstance(causes, Mapping) else causes or ():
        yield cause.get("errorSummary") if isinstance(cause, Mapping) else None


def _secrets_in(value: Any) -> Iterator[Secret]:
    match value:
        case Secret():
            yield value
        case Mapping():
            for item in value.values():
                yield from _secrets_in(item)
        case list() | tuple():
            for item in value:
                yield from _secrets_in(item)


def short(text: str) -> str:
    """*text* of a bearable length."""
    return text if len(text) <= LONGEST_SAYING else f"{text[: LONGEST_SAYING - 3]}..."


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
