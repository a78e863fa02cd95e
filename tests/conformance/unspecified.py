"""What no specification here says: some paths, and how errors look; and what says it instead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.schemas import Wrong
from conformance.specification import Exchange, Finding

FIRST_ERROR = 400
FIRST_OF_THE_SERVER = 500
_SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@dataclass(frozen=True)
class Path:
    """A path that isn't specified, as a pattern of method and path, and the evidence for it."""

    pattern: str
    evidence: str


PATHS = (
    Path(r"POST /oauth2/v1/token", "RFC 6749 sections 4.4 and 5; facts/okta.md 3"),
    Path(
        r"GET /\.well-known/okta-organization",
        "recorded: TestAccResourceOktaAppSaml_crud",
    ),
    Path(
        r"(GET /api/v1/groups/[^/]+/users|(PUT|DELETE) /api/v1/groups/[^/]+/users/[^/]+)",
        "Okta's Groups API, of which ../shared/specs keeps only the group itself",
    ),
    Path(
        r"GET /api/v1/apps/[^/]+/credentials/keys",
        "recorded: TestAccResourceOktaAppSaml_crud",
    ),
    Path(
        r"(GET|POST) /api/v1/users",
        "Okta's Users API, of which ../shared/specs keeps only the single user",
    ),
    Path(
        r"POST /api/v1/users/[^/]+/lifecycle/\w+",
        "Okta's Users API, of which ../shared/specs keeps only the single user",
    ),
    Path(
        r"(GET|POST|DELETE) /api/v3/accounts/\d+/auth-provider/(\d+/)?",
        "facts/dbt.md 2.3: terraform-provider-dbtcloud, not in the specification",
    ),
    Path(
        r"POST /api/v3/accounts/\d+/assign-groups/",
        "facts/dbt.md 2.3: terraform-provider-dbtcloud",
    ),
    Path(
        r"GET /api/v[23]/accounts/\d+/projects/(\d+/)?",
        "dbt's API pages, of which ../shared/specs keeps no project",
    ),
    Path(
        r"(GET|PUT|DELETE) /api/v3/accounts/\d+/service-tokens/\d+/(permissions/)?",
        "facts/dbt.md 2.3: terraform-provider-dbtcloud",
    ),
    Path(r"GET /api/v2/accounts/\d+/permissions/", "facts/dbt.md 2.4"),
)

OKTA_CODES = {
    400: {"E0000001", "E0000002", "E0000003", "E0000018", "E0000019", "E0000020", "E0000021"}
    | {"E0000024", "E0000028"},
    401: {"E0000004", "E0000011", "E0000015"},
    403: {"E0000005", "E0000006", "E0000013", "E0000056", "E0000075"},
    404: {"E0000007", "E0000008", "E0000026", "E0000048"},
    405: {"E0000022"},
    409: {"E0000195"},
    423: {"E0000239"},
    429: {"E0000047"},
    500: {"E0000009"},
    501: {"E0000060"},
    503: {"E0000010"},
}
"""Which code comes with which status (facts/okta.md 6)."""


def evidence_for(exchange: Exchange) -> Path | None:
    """What is known of a path that isn't specified."""
    given = f"{exchange.method} {exchange.path}"
    return next((path for path in PATHS if re.fullmatch(path.pattern, given)), None)


def path_findings(exchange: Exchange) -> Iterator[Finding]:
    """A path that isn't specified is known otherwise, or is refused."""
    if exchange.status < FIRST_ERROR and evidence_for(exchange) is None:
        wrong = Wrong("path", "is neither specified nor named")
        name = f"{exchange.method} {exchange.path}"
        yield Finding(name, f"answer {exchange.status}", wrong)


def error_findings(exchange: Exchange) -> Iterator[Finding]:
    """An error has its service's body, whatever the path (facts/okta.md 6, facts/dbt.md 2.5)."""
    wrong = _wrong_error(exchange)
    if wrong is not None:
        name = f"{exchange.method} {exchange.path}"
        yield Finding(name, f"answer {exchange.status}", Wrong("$", wrong))


def _wrong_error(exchange: Exchange) -> str | None:
    is_html = exchange.media_type.startswith("text/html")
    if exchange.service == "dbt" and is_html and exchange.status >= FIRST_OF_THE_SERVER:
        return None
    try:
        body = json.loads(exchange.answer)
    except ValueError:
        return "an error without a JSON body"
    if exchange.service == "scim":
        return _wrong_scim_error(exchange, body)
    if exchange.path == "/oauth2/v1/token":
        return None if {"error", "error_description"} <= body.keys() else f"no OAuth error: {body}"
    is_dbt = exchange.service == "dbt"
    return _wrong_dbt_error(exchange, body) if is_dbt else _wrong_okta_error(exchange, body)


def _wrong_okta_error(exchange: Exchange, body: dict[str, Any]) -> str | None:
    keys = {"errorCode", "errorSummary", "errorLink", "errorId", "errorCauses"}
    if body.keys() != keys or body["errorLink"] != body["errorCode"]:
        return f"no Okta error: {body}"
    if body["errorCode"] not in OKTA_CODES.get(exchange.status, ()):
        return f"{body['errorCode']} doesn't come with {exchange.status}"
    return None


def _wrong_dbt_error(exchange: Exchange, body: dict[str, Any]) -> str | None:
    status = body.get("status", {})
    keys = {"code", "is_success", "user_message", "developer_message"}
    is_error = status.keys() == keys and status["code"] == exchange.status
    return None if is_error and status["is_success"] is False else f"no dbt error: {body}"


def _wrong_scim_error(exchange: Exchange, body: dict[str, Any]) -> str | None:
    """RFC 7644 section 3.12: `status` is text."""
    is_error = body.get("schemas") == [_SCIM_ERROR] and body.get("detail")
    return None if is_error and body.get("status") == str(exchange.status) else f"no error: {body}"
