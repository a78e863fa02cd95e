"""Cassettes: recorded exchanges in which nothing is kept but what is listed here.

An allow-list, because what isn't known to be harmless may be a secret, or may become one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import yaml
from vcr.request import Request


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FOLDER = Path(__file__).parent / "cassettes"

REPLACED = "<replaced>"
"""What stands where a secret stood."""

REQUEST_HEADERS = frozenset({"accept", "accept-charset", "authorization", "content-type"})
RESPONSE_HEADERS = frozenset(
    {
        "content-type",
        "date",
        "link",
        "x-rate-limit-limit",
        "x-rate-limit-remaining",
        "x-rate-limit-reset",
    }
)
PARAMETERS = _words(
    "activate count deleteTargetGroup expand filter limit offset q search startIndex targetId"
)
KEYS = _words(
    """
    _embedded access_token account_id active all_projects allow_password_backdoor authScheme
    baseUrl capabilities cert_expiry_date client_assertion client_assertion_type code count create
    created created_at credentials custom data definitions developer displayName email enabled
    entity_id enum errorCauses errorCode errorSummary expires_in expression externalId
    externalName externalNamespace extra features grant_type group group_id group_permissions id
    in_use is_active is_success it label last_used lastUpdated license_type licenseType
    lifecycleCreate lifecycleDeactivate limited login manual_updates_allowed member_count name
    pagination permission_set permissions priority profile project_id properties pushStatus
    read_only Resources schemas scim_controlled_license_type scim_managed scope signOnMode slug
    source sourceGroupId sso_license_mapping_groups sso_url startIndex state status target
    targetGroupId targetGroupName template title token token_string token_type total total_count
    totalResults type update user_message userName userNameTemplate
    writable_environment_categories
    """
)
"""Keys of JSON, at any depth, and fields of forms; everything below another key is dropped."""

SECRET_KEYS = frozenset({"access_token", "client_assertion", "token", "token_string"})
"""Kept, with another value: that they were sent is part of the wire format."""

SECRETS = re.compile(
    r"""
    (?<=SSWS\ )\S+ | (?<=Bearer\ )\S+ | (?<=DPoP\ )\S+ | (?<=Token\ )\S+
    | \bdbt[a-z]_[\w-]{8,} | \b00[\w-]{40}\b | \beyJ[\w-]+\.[\w-]+\.[\w-]*
    """,
    re.VERBOSE,
)
"""Credentials of Okta and dbt by their shapes: a second net, for what stands in a listed place."""

RUN = re.compile(r"(okta-scim-setup/\d+/[\w.-]+/r\d+/[0-9a-f]{8}/)[0-9a-f]{8}")
"""A token's name; its last part differs from run to run."""

HEAD = "# Recorded from the simulator; README.md says how. What tests/cassette.py lists is kept.\n"


@dataclass(frozen=True)
class AllowList:
    """A serializer for vcrpy, and the same scrubbing for what is compared with a cassette."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    """What stands in a cassette for the address that it was recorded from."""

    def serialize(self, cassette: Mapping[str, Any]) -> str:
        """A cassette's text."""
        kept = [
            {"request": self._request(x["request"]), "response": self._response(x["response"])}
            for x in cassette["interactions"]
        ]
        return HEAD + yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=100)

    def deserialize(self, text: str) -> dict[str, Any]:
        """What vcrpy wants to know."""
        return {"version": 1, "interactions": [_read(each) for each in yaml.safe_load(text)]}

    def scrubbed(self, request: Request) -> Request:
        """*request* as it would stand in a cassette."""
        told = {"method": request.method, "uri": request.uri, "body": request.body}
        kept = self._request({**told, "headers": request.headers})
        return Request(kept["method"], kept["uri"], json.dumps(kept["body"]), kept["headers"])

    def _request(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "method": request["method"],
            "uri": self._uri(request["uri"]),
            "headers": self._headers(request["headers"], REQUEST_HEADERS),
            "body": self._body(request["body"]),
        }

    def _response(self, response: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "status": response["status"]["code"],
            "headers": self._headers(response["headers"], RESPONSE_HEADERS),
            "body": self._body(response["body"]["string"]),
        }

    def _uri(self, uri: str) -> str:
        parts = urlsplit(uri)
        kept = [(k, self.text(v)) for k, v in parse_qsl(parts.query) if k in PARAMETERS]
        query = urlencode(kept, quote_via=quote)
        host = parts.netloc.rpartition("@")[2]
        return self.text(urlunsplit((parts.scheme, host, parts.path, query, "")))

    def _headers(self, headers: Mapping[str, Any], listed: frozenset[str]) -> dict[str, str]:
        kept = {name.lower(): value for name, value in headers.items() if name.lower() in listed}
        return {name: self.text(_one(kept[name])) for name in sorted(kept)}

    def _body(self, raw: Any) -> Any:
        text = raw.decode() if isinstance(raw, bytes) else raw
        if not text:
            return None
        try:
            return self.json(json.loads(text))
        except ValueError:
            # A form; of anything else nothing is left.
            return self.json(dict(parse_qsl(text)))

    def json(self, value: Any) -> Any:
        """The listed parts of *value*."""
        match value:
            case dict():
                return {
                    key: REPLACED if key in SECRET_KEYS and part is not None else self.json(part)
                    for key, part in value.items()
                    if key in KEYS
                }
            case list():
                return [self.json(part) for part in value]
            case str():
                return self.text(value)
        return value

    def text(self, text: str) -> str:
        """*text* without secrets, addresses and what differs from run to run."""
        for address, name in self.addresses.items():
            text = text.replace(address, name)
        return RUN.sub(r"\g<1>00000000", SECRETS.sub(REPLACED, text))


@dataclass(frozen=True)
class Call:
    """A request of a cassette."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}{'?' if self.query else ''}{self.query}"


def calls(cassette: Path) -> Iterator[Call]:
    """The requests of a cassette, in their order."""
    for each in yaml.safe_load(cassette.read_text()):
        sent = each["request"]
        parts = urlsplit(sent["uri"])
        yield Call(sent["method"], parts.path, parts.query, sent["headers"], sent["body"])


def same(sent: Request, recorded: Request) -> None:
    """A matcher for vcrpy: method, address, listed headers and body are the same."""
    for part in ("method", "uri"):
        assert getattr(sent, part) == getattr(recorded, part)
    assert dict(sent.headers) == dict(recorded.headers)
    assert json.loads(sent.body or "null") == json.loads(recorded.body or "null")


def _read(kept: Mapping[str, Any]) -> dict[str, Any]:
    sent, came = kept["request"], kept["response"]
    body = "" if came["body"] is None else json.dumps(came["body"])
    return {
        "request": {**sent, "body": json.dumps(sent["body"])},
        "response": {
            "status": {"code": came["status"], "message": HTTPStatus(came["status"]).phrase},
            "headers": {name: [value] for name, value in came["headers"].items()},
            "body": {"string": body},
        },
    }


def _one(value: Any) -> str:
    found = value[0] if isinstance(value, list) else value
    return found.decode() if isinstance(found, bytes) else str(found)
