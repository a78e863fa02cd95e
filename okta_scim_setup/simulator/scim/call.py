"""One authenticated SCIM request, and SCIM's errors (RFC 7644, section 3.12)."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.dbt_cloud.records import Account
from okta_scim_setup.simulator.message import SCIM_JSON, Request, Response
from okta_scim_setup.simulator.state import World

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_MOST = 1000
_USUAL = 100


class ScimError(Exception):
    """A SCIM error: HTTP status, detail, and scimType where RFC 7644 has one."""

    def __init__(self, status: int, detail: str, scim_type: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type
        self.headers: dict[str, str] = {}

    def response(self) -> Response:
        """The answer that carries this error; `status` is text (RFC 7644)."""
        body = {"schemas": [ERROR], "detail": self.detail, "status": str(int(self.status))}
        if self.scim_type:
            body["scimType"] = self.scim_type
        return Response(self.status, body, dict(self.headers), SCIM_JSON)


def not_found(resource: str, identifier: str) -> ScimError:
    """404 for a resource that isn't there."""
    return ScimError(HTTPStatus.NOT_FOUND, f"{resource} {identifier} not found")


def invalid(detail: str) -> ScimError:
    """400 invalidValue."""
    return ScimError(HTTPStatus.BAD_REQUEST, detail, "invalidValue")


@dataclass(frozen=True, slots=True)
class Call:
    """A request to an account's SCIM endpoint."""

    world: World
    account: Account
    request: Request

    def page(self, resources: list[dict[str, Any]]) -> Response:
        """A ListResponse by startIndex (from 1) and count, integers (RFC 7644, section 3.4.2.4)."""
        start = max(1, self._number("startIndex", 1))
        count = min(max(0, self._number("count", _USUAL)), _MOST)
        chosen = resources[start - 1 : start - 1 + count]
        body = {
            "schemas": [LIST],
            "totalResults": len(resources),
            "startIndex": start,
            "itemsPerPage": len(chosen),
            "Resources": chosen,
        }
        return answer(body)

    def _number(self, name: str, default: int) -> int:
        given = self.request.query.get(name, str(default))
        try:
            return int(given)
        except ValueError:
            raise invalid(f"{name} must be an integer") from None


def answer(body: Any, status: int = HTTPStatus.OK) -> Response:
    """A SCIM answer."""
    return Response(status, body, content_type=SCIM_JSON)
