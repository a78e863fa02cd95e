"""What a live org answers about one app, redacted: to be sent in by whoever can look at one. Pure.

Nothing passes because it looks harmless: a text passes only where it is known to be Okta's own
word, and keys only where Okta names them. What isn't known of the real service is in the README.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

WORDS = frozenset(
    {
        *("status", "authScheme", "signOnMode", "type", "scheme", "change", "seed"),
        *("userNameFormat", "exactMatchCriteria", "importSchedule", "category", "allow"),
    }
)
"""Keys whose values are words of Okta's in capitals (specified)."""

CONSTANT = re.compile(r"[A-Z][A-Z0-9_]{1,60}")
"""How such a word looks."""

NAMES = frozenset(
    {
        *("USER_PROVISIONING", "INBOUND_PROVISIONING"),
        *("okta_org2org", "zscalerbyz", "scim2headerauth", "scim2testapp_basic", "google"),
        *("office365", "slack", "zoomus", "scim2basicauth", "scim2oauthauth"),
    }
)
"""What a name may be: a feature's, or a public template's; that of a custom app is its owner's."""

SENTENCES = frozenset(
    {
        "Api validation failed: feature",
        "Provisioning is not enabled for the app instance.",
        "You do not have permission to perform the requested action",
        "You do not have permission to access the feature you are requesting",
        "The requested path was not found",
        "The endpoint does not support the provided HTTP method",
        "Invalid token provided",
        "Internal Server Error",
    }
)
"""Okta's own texts that name nobody (specified)."""

TEMPLATE = re.compile(r"\$\{(source|user)\.[A-Za-z]{1,20}\}")
"""A user name template that is one attribute."""

CODE = re.compile(r"E\d{7}")

SEGMENTS = frozenset(
    {
        *("api", "v1", "v2", "v3", "apps", "connections", "default", "features", "lifecycle"),
        *("activate", "deactivate", "accounts", "scim", "users", "groups", "credentials", "jwks"),
        *("USER_PROVISIONING", "INBOUND_PROVISIONING", "meta", "types", "logo", "policies"),
    }
)
"""Parts of paths that are the service's, not the customer's."""

FREE = frozenset({"profile", "app", "notes", "_embedded", "attributeStatements", "appLinks", "vpn"})
"""Where keys and values are what the customer makes them."""

KEY = re.compile(r"_?[a-z][A-Za-z]{0,40}")
"""How Okta writes its keys; what is named after an app has underscores and digits."""

HEADERS = ("content-type", "x-rate-limit-limit")
"""Of an answer, what says something of the service alone."""


@dataclass(frozen=True)
class Exchange:
    """A GET, and what came back."""

    asked: str
    """The address."""
    status: int
    headers: Mapping[str, str]
    body: Any


def document(exchanges: Iterable[Exchange], made_by: str) -> str:
    """The record, as JSON.

    Args:
        exchanges: what was asked and answered, in order.
        made_by: program and version.
    """
    record = {
        "record": "what an Okta org answers about the provisioning of one app, redacted",
        "made_by": made_by,
        "exchanges": [_exchange(each) for each in exchanges],
    }
    return json.dumps(record, indent=2, ensure_ascii=True) + "\n"


def redacted(value: Any, key: str = "", *, free: bool = False) -> Any:
    """*value* without anything that a customer made.

    Args:
        value: plain JSON.
        key: what it stands under.
        free: whether it is below something whose keys are the customer's.
    """
    match value:
        case None | bool():
            return value
        case int() | float():
            return value if abs(value) < 100 and not free else "<number>"  # noqa: PLR2004 -- no id
        case str():
            return _text(value, key)
        case list() | tuple():
            return [redacted(each, key, free=free) for each in value]
        case Mapping():
            return _mapping(value, free=free)
        case _:
            return "<something else>"


def _exchange(each: Exchange) -> dict[str, Any]:
    shown = {name: each.headers[name] for name in HEADERS if name in each.headers}
    kept = {name: text for name, text in shown.items() if re.fullmatch(r"[\w/;=. +-]+", text)}
    return {
        "asked": f"GET {shape(each.asked)}",
        "status": each.status,
        "headers": kept,
        "body": redacted(each.body),
    }


def _mapping(value: Mapping[str, Any], *, free: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, (key, child) in enumerate(value.items(), 1):
        known = key == "authScheme" or (not free and KEY.fullmatch(key) is not None)
        below = free or key in FREE
        found[key if known else f"<key {number}>"] = redacted(
            child, key if known else "", free=below
        )
    return found


def _text(text: str, key: str) -> str:
    match key:
        case "features":
            return text if CONSTANT.fullmatch(text) else "<text>"
        case "name":
            return text if text in NAMES else "<name>"
        case "errorCode" | "errorLink":
            return text if CODE.fullmatch(text) else "<text>"
        case "errorSummary":
            return text if text in SENTENCES else "<text>"
        case "template":
            return text if TEMPLATE.fullmatch(text) else "<expression>"
        case _ if key in WORDS and CONSTANT.fullmatch(text):
            return text
        case _ if text.startswith(("http://", "https://")):
            return shape(text)
        case _:
            return "" if not text else "<text>"


def shape(url: str) -> str:
    """How an address is built: scheme, known parts of its path, slashes, and nothing else."""
    try:
        parts = urlsplit(url)
        segments = [_segment(segment) for segment in parts.path.split("/")]
    except ValueError:
        return "<address>"
    query = "?<query>" if parts.query else ""
    host = "<host with an underscore>" if "_" in parts.netloc else "<host>"
    return f"{parts.scheme}://{host}{'/'.join(segments)}{query}"


def _segment(segment: str) -> str:
    if not segment or segment in SEGMENTS:
        return segment
    return "<number>" if segment.isdigit() else "<id>"
