"""What it means when a request fails, and how that is told. Pure."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin

from okta_scim_setup import hosts
from okta_scim_setup.errors import OutcomeUnknown, SetupError, Unexpected, Unreachable
from okta_scim_setup.traffic.exchange import TRANSIENT, Answer, Request, notes


class WriteForbidden(RuntimeError):
    """A run that only reads was about to write: a bug of ours, and nothing was sent."""


@dataclass(frozen=True)
class Fault:
    """No usable answer."""

    why: str
    sent: bool = True
    """Whether the service may have got the request."""
    passing: bool = True
    """Whether another attempt may do better."""
    answered: bool = False
    """Whether something came back that no API says."""


UNTRUSTED = Fault("its TLS certificate isn't trusted here", sent=False, passing=False)


def too_slow(seconds: float) -> Fault:
    """The whole answer wasn't there in time."""
    return Fault(f"no whole answer within {seconds:g} s")


def fault(error: Exception) -> Fault:
    """What went wrong, in a few words of ours: what a library says may hold anything."""
    causes = [error, *_causes(error)]
    names = {type(cause).__name__ for cause in causes}
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return UNTRUSTED
    if "TooLarge" in names:
        return Fault("the answer is larger than 20 MB", passing=False)
    said = next((words for name, words in _WORDS if name in names), "the connection failed")
    return Fault(said, sent=not names & _BEFORE_SENDING)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The errors inside *error*, wherever requests and urllib3 keep them."""
    inside = [getattr(error, "reason", None), error.__cause__, error.__context__, *error.args]
    for found in inside:
        if isinstance(found, BaseException):
            yield found
            yield from _causes(found)


_BEFORE_SENDING = frozenset(
    {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ProxyError"}
)
"""urllib3's errors that come up before a request is sent."""

_WORDS = (
    ("NameResolutionError", "its name isn't known"),
    ("ProxyError", "the proxy doesn't let us through"),
    ("ConnectTimeout", "no connection in time"),
    ("ConnectTimeoutError", "no connection in time"),
    ("ConnectionRefusedError", "the connection was refused"),
    ("NewConnectionError", "there is no connection"),
    ("ReadTimeout", "no answer in time"),
    ("ReadTimeoutError", "no answer in time"),
    ("SSLError", "TLS failed"),
    ("IncompleteRead", "the answer was cut off"),
    ("InvalidChunkLength", "the answer was cut off"),
    ("ChunkedEncodingError", "the answer was cut off"),
    ("DecodeError", "the answer is damaged"),
    ("RemoteDisconnected", "the connection was closed without an answer"),
    ("ConnectionResetError", "the connection was broken off"),
)


def read(
    request: Request, status: int, headers: Mapping[str, str], raw: bytes, seconds: float
) -> Answer | Fault:
    """The answer, with what its body holds; a fault where that isn't what was asked for."""
    kind = headers.get("content-type", "").partition(";")[0].strip()
    if request.media == "xml" and kind.endswith("xml"):
        return Answer(status, headers, raw.decode(errors="replace"), seconds)
    try:
        body = json.loads(raw) if raw.strip() else None
    except (ValueError, RecursionError):
        return _not_json(Answer(status, headers, None, seconds))
    answer = Answer(status, headers, body, seconds)
    if body is None and answer.ok and request.needs_body:
        return Fault(f"an empty answer with status {status}", answered=True)
    return answer


def _not_json(answer: Answer) -> Answer | Fault:
    if not answer.ok:
        return answer
    kind = answer.headers.get("content-type", "").partition(";")[0].strip() or "no type"
    # JSON that doesn't parse was cut off on its way; a page is what somebody else answers.
    cut = kind.endswith("json")
    what = "JSON that ends too early" if cut else f"a page ({kind}), not JSON"
    return Fault(f"status {answer.status} with {what}", passing=cut, answered=True)


def worth_repeating(request: Request, answer: Answer | Fault) -> bool:
    """Whether another attempt does no harm and may do better."""
    if isinstance(answer, Fault):
        return answer.passing and (request.repeatable or not answer.sent)
    return answer.status in TRANSIENT and request.repeatable


def error(request: Request, answer: Answer | Fault) -> SetupError:
    """The error to raise when nothing more is tried."""
    if isinstance(answer, Fault):
        return _of_fault(request, answer)
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        return _of_redirect(request, answer)
    if request.writes and answer.status in TRANSIENT:
        title = f"{request.host} failed at a write, which may or may not have been done"
        return OutcomeUnknown(title, *notes(request, answer, _LOOK))
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        title = f"{request.host} keeps saying that there are too many requests"
        do = "run again later, or let fewer programs use the token"
    elif answer.status in TRANSIENT:
        title, do = f"{request.host} has a problem of its own", "run again later"
    else:
        title = f"{request.host} says no"
        do = "compare what was asked with what came back"
    said = notes(request, answer, do)
    code = request.masked(answer.code)
    return Unexpected(title, *said, status=answer.status, code=code)


_LOOK = "run again: what is there is read first"


def _of_fault(request: Request, fault: Fault) -> SetupError:
    said = notes(request, fault.why)
    if request.writes and fault.sent:
        title = f"{request.host} gave no usable answer to a write, which may have been done"
        return OutcomeUnknown(title, *said, ("do", _LOOK))
    if fault.answered:
        title = f"{request.host} doesn't answer as {request.service} does"
        return Unexpected(title, *said, ("do", "check the address; a proxy may have answered"))
    if fault is UNTRUSTED:
        do = "if a proxy inspects TLS here, let REQUESTS_CA_BUNDLE name its certificates"
    else:
        do = "check the address and the network, and run again"
    return Unreachable(f"{request.host} can't be reached: {fault.why}", *said, ("do", do))


def _of_redirect(request: Request, answer: Answer) -> SetupError:
    """Only the host is told: the rest of a redirect may hold a token."""
    try:
        target = hosts.host_of(urljoin(request.url, answer.headers.get("location", "")))
    except ValueError:
        target = "an address that can't be read"
    where = "another path" if target == request.host else request.masked(target)
    return Unexpected(
        f"{request.host} sends us to {where}, and redirects aren't followed",
        *notes(request, answer, "if it is right, write the address where it leads"),
        status=answer.status,
    )
