"""Just enough of a SCIM 2.0 client to try a connection the way Okta does: RFC 7644, section 3.

Everything here reads. What Okta never asks for, such as /ServiceProviderConfig, isn't asked for
either (facts: scim A.6).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from okta_scim_setup import hosts
from okta_scim_setup.errors import SetupError, Unexpected, Unreachable
from okta_scim_setup.results import Check
from okta_scim_setup.secret import Secret
from okta_scim_setup.traffic.exchange import TRANSIENT, Answer, Credential, Request

if TYPE_CHECKING:
    from okta_scim_setup.transport import Transport

LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
"""RFC 7644, section 3.4.2."""

HEADERS: Mapping[str, str] = {
    "Accept": "application/scim+json",
    "Accept-Charset": "utf-8",
    "User-Agent": "Okta SCIM Client 1.0.0",
}
"""What Okta sends (reported; facts: scim A.6)."""

PATIENCE = 15.0
"""Seconds until a token that was just made has to work."""

TEST = "/Users?startIndex=1&count=2"
"""The request of *Test Connector Configuration*, and the only one (reported)."""


def answers(
    transport: Transport, base_url: str, token: Secret, *, before: Callable[[], None] = lambda: None
) -> Literal["at once", "late", ""]:
    """Whether the endpoint accepts *token*: asked as Okta's test asks, until it does.

    Args:
        transport: the run's.
        base_url: the SCIM base URL.
        token: the SCIM token, which may go to that host.
        before: is called before each request; what it raises ends the trial.

    Returns:
        "late" if the first request for it wasn't the last one; empty if it never did.

    Raises:
        ConfigError: the token isn't for the host of *base_url*.
    """
    endpoint = _Endpoint(transport, base_url, token)
    refused = 0

    def accepted() -> Answer | None:
        nonlocal refused
        before()
        try:
            return endpoint.ask(TEST)
        except (Unexpected, Unreachable):
            refused += 1
            return None

    answer = transport.wait_until(accepted, PATIENCE)
    if answer is None:
        return ""
    return "late" if refused or answer.attempts > 1 else "at once"


def probe(transport: Transport, base_url: str, token: Secret) -> Iterator[Check]:
    """Try what Okta will do, without changing anything; the first failure ends it.

    Args:
        transport: the run's.
        base_url: the SCIM base URL.
        token: the SCIM token, which may go to that host.

    Raises:
        ConfigError: the token isn't for the host of *base_url*.
    """
    yield (address := _address(base_url))
    if address.status == "failed":
        return
    endpoint = _Endpoint(transport, base_url, token)
    for step in (_first, _unknown, _known, _groups, _wrong_token, _no_token):
        try:
            check = step(endpoint)
        except (Unexpected, Unreachable) as error:
            check = Check(_TITLES[step.__name__], "failed", _said(error))
        yield check
        if check.status == "failed":
            return


_TITLES = {
    "_first": "Test Connector Configuration succeeds",
    "_unknown": "nobody is found where nobody is",
    "_known": "a person is found by user name, whatever its case",
    "_groups": "groups are listed",
    "_wrong_token": "a wrong token is refused",
    "_no_token": "no token is refused",
}


@dataclass
class _Endpoint:
    transport: Transport
    base_url: str
    token: Secret
    users: Sequence[Mapping[str, Any]] = ()

    def ask(self, below: str) -> Answer:
        return self.transport.send(self._request(below, self.token))

    def ask_as(self, below: str, token: Secret | None) -> Answer:
        """The answer to somebody else, whatever it is."""
        request = self._request(below, token, refusals=True)
        return self.transport.send(request)

    def found(self, user_name: str) -> Answer:
        """The search with which Okta begins every assignment."""
        text = user_name.replace("\\", "\\\\").replace('"', '\\"')
        asked = quote(f'userName eq "{text}"', safe="")
        return self.ask(f"/Users?filter={asked}&startIndex=1&count=100")

    def _request(self, below: str, token: Secret | None, *, refusals: bool = False) -> Request:
        return Request(
            "GET",
            f"{self.base_url.rstrip('/')}{below}",
            "SCIM",
            credential=Credential("Bearer", token) if token else None,
            headers=HEADERS,
            tolerates=(lambda answer: answer.status not in TRANSIENT) if refusals else None,
            bucket="scim",
        )


def _address(base_url: str) -> Check:
    title, reference = "the base URL is one that Okta takes", "facts: scim A.6"
    try:
        hosts.secure_origin(base_url)
    except ValueError as error:
        return Check(title, "failed", f"it {error}", reference)
    last = base_url.rstrip("/").rpartition("/")[2]
    if any(x in base_url for x in "?#") or last in {"Users", "Groups"}:
        return Check(title, "failed", "it must be the address above /Users", reference)
    if "_" in base_url:
        return Check(title, "failed", "Okta takes no underscore in it", reference)
    return Check(title, "passed", base_url, reference)


def _first(endpoint: _Endpoint) -> Check:
    answer = endpoint.ask(TEST)
    wrong = _not_a_list(answer)
    if not wrong:
        endpoint.users = [user for user in answer.body["Resources"] if isinstance(user, Mapping)]
    detail = wrong or f"{answer.body['totalResults']} people, {answer.seconds * 1000:.0f} ms"
    return _check("_first", wrong, detail, "RFC 7644, 3.4.2; Okta: Test Connector Configuration")


def _unknown(endpoint: _Endpoint) -> Check:
    answer = endpoint.found(f"{secrets.token_hex(8)}@nobody.invalid")
    wrong = _not_a_list(answer)
    if not wrong and answer.body["totalResults"]:
        # Okta would take the first for the person it looks for.
        wrong = f"the filter is ignored: {answer.body['totalResults']} people for nobody's name"
    return _check("_unknown", wrong, wrong or "0 results", "RFC 7644, 3.4.2.2")


def _known(endpoint: _Endpoint) -> Check:
    title, reference = _TITLES["_known"], "RFC 7643, 4.1.1; RFC 7644, 3.4.2.2"
    if not endpoint.users or not endpoint.users[0].get("userName"):
        return Check(title, "skipped", "there is nobody to look for", reference)
    user = endpoint.users[0]
    name = str(user["userName"])
    for asked in (name, name.upper()):
        answer = endpoint.found(asked)
        wrong = _not_a_list(answer)
        ids = [] if wrong else [found.get("id") for found in answer.body["Resources"]]
        if wrong or (ids != [user.get("id")] and asked == name):
            return _check("_known", "x", wrong or f"{len(ids)} found, not that one", reference)
        if ids != [user.get("id")]:
            return Check(title, "warned", "only in the same case", reference)
    return Check(title, "passed", "", reference)


def _groups(endpoint: _Endpoint) -> Check:
    answer = endpoint.ask("/Groups?startIndex=1&count=100")
    wrong = _not_a_list(answer)
    if not wrong and answer.body["totalResults"] > len(answer.body["Resources"]):
        wrong = _pages_overlap(endpoint, answer)
    detail = wrong or f"{answer.body['totalResults']} groups"
    return _check("_groups", wrong, detail, "RFC 7644, 3.4.2.4; Okta: To App, Save")


def _pages_overlap(endpoint: _Endpoint, first: Answer) -> str:
    start = len(first.body["Resources"]) + 1
    second = endpoint.ask(f"/Groups?startIndex={start}&count=100")
    wrong = _not_a_list(second)
    if wrong:
        return wrong
    ids = {group.get("id") for group in first.body["Resources"]}
    again = ids & {group.get("id") for group in second.body["Resources"]}
    return "the second page repeats the first" if again else ""


def _wrong_token(endpoint: _Endpoint) -> Check:
    # A value that has nothing in common with the real one.
    wrong = Secret(secrets.token_hex(20), origin="made up for the test", hosts=endpoint.token.hosts)
    return _refusal("_wrong_token", endpoint.ask_as(TEST, wrong))


def _no_token(endpoint: _Endpoint) -> Check:
    return _refusal("_no_token", endpoint.ask_as(TEST, None))


def _refusal(step: str, answer: Answer) -> Check:
    status: Literal["passed", "failed", "warned"] = "warned"
    if answer.status == HTTPStatus.UNAUTHORIZED:
        status = "passed"
    elif answer.ok:
        status = "failed"
    detail = "it isn't: the endpoint is open to everybody" if answer.ok else str(answer.status)
    return Check(_TITLES[step], status, detail, "RFC 7644, 2 and 3.12")


def _not_a_list(answer: Answer) -> str:
    """What is wrong with a list; empty if nothing is."""
    body = answer.body
    if answer.status != HTTPStatus.OK or not isinstance(body, Mapping):
        return f"status {answer.status} instead of a list"
    if LIST_RESPONSE not in (body.get("schemas") or ()):
        return "it isn't a ListResponse"
    if type(body.get("totalResults")) is not int:
        return "totalResults isn't an integer"
    if not isinstance(body.get("Resources", []), list):
        return "Resources isn't a list"
    if "Resources" not in body:
        # Okta says "No results for users returned" even of an empty list without it (reported).
        return "Resources is missing"
    return ""


def _check(step: str, wrong: str, detail: str, reference: str) -> Check:
    return Check(_TITLES[step], "failed" if wrong else "passed", detail, reference)


def _said(error: SetupError) -> str:
    answered = [text for p in error.problems for label, text in p.notes if label == "answered"]
    return "; ".join([str(error), *answered])
