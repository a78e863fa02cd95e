"""Okta's errors: codes, texts and bodies (facts: recorded where a cassette shows them)."""

from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.ids import error_id
from okta_scim_setup.simulator.message import Response


class OktaError(Exception):
    """An Okta error: HTTP status, code, summary, and the summaries of its causes."""

    def __init__(self, status: int, code: str, summary: str, causes: tuple[str, ...] = ()) -> None:
        super().__init__(summary)
        self.status = status
        self.code = code
        self.summary = summary
        self.causes = causes

    def response(self) -> Response:
        """The answer that carries this error."""
        return Response(self.status, self.body())

    def body(self) -> dict[str, Any]:
        """The error's body (recorded)."""
        return {
            "errorCode": self.code,
            "errorSummary": self.summary,
            "errorLink": self.code,
            "errorId": error_id(),
            "errorCauses": [{"errorSummary": cause} for cause in self.causes],
        }


def invalid(field: str, *causes: str) -> OktaError:
    """E0000001: a value isn't valid (recorded)."""
    summary = f"Api validation failed: {field}"
    return OktaError(HTTPStatus.BAD_REQUEST, "E0000001", summary, causes)


def body_not_readable() -> OktaError:
    """E0000003: the body is no JSON (specified)."""
    return OktaError(HTTPStatus.BAD_REQUEST, "E0000003", "The request body was not well-formed.")


def content_type_missing() -> OktaError:
    """E0000018: a body, and nothing says what it is (specified)."""
    summary = "Bad request. Accept and/or Content-Type headers are likely not set."
    return OktaError(HTTPStatus.BAD_REQUEST, "E0000018", summary)


def content_type_wrong() -> OktaError:
    """E0000021: a body that isn't said to be JSON (specified)."""
    summary = (
        "Bad request. Accept and/or Content-Type headers likely do not match supported values."
    )
    return OktaError(HTTPStatus.BAD_REQUEST, "E0000021", summary)


def mapped(attribute: str) -> OktaError:
    """E0000075: what Okta pushes can't be set by hand as well (specified)."""
    summary = (
        f"Cannot modify the {attribute} attribute because it has a field mapping and profile push "
        "is enabled."
    )
    return OktaError(HTTPStatus.FORBIDDEN, "E0000075", summary)


def not_found(resource: str, kind: str) -> OktaError:
    """E0000007: there is no such resource, or it is hidden (recorded for AppInstance)."""
    summary = f"Not found: Resource not found: {resource} ({kind})"
    return OktaError(HTTPStatus.NOT_FOUND, "E0000007", summary)


def path_not_found() -> OktaError:
    """E0000008: there is no such path (specified)."""
    return OktaError(HTTPStatus.NOT_FOUND, "E0000008", "The requested path was not found")


def method_not_allowed() -> OktaError:
    """E0000022: the path doesn't know this method (specified)."""
    summary = "The endpoint does not support the provided HTTP method"
    return OktaError(HTTPStatus.METHOD_NOT_ALLOWED, "E0000022", summary)


def invalid_token() -> OktaError:
    """E0000011: the token is unknown or expired (specified)."""
    return OktaError(HTTPStatus.UNAUTHORIZED, "E0000011", "Invalid token provided")


def forbidden() -> OktaError:
    """E0000006: a role or scope is missing (specified)."""
    summary = "You do not have permission to perform the requested action"
    return OktaError(HTTPStatus.FORBIDDEN, "E0000006", summary)


def rate_limited() -> OktaError:
    """E0000047: too many calls in this minute (recorded)."""
    summary = "API call exceeded rate limit due to too many requests."
    return OktaError(HTTPStatus.TOO_MANY_REQUESTS, "E0000047", summary)


def internal_error() -> OktaError:
    """E0000009: Okta's own fault (recorded)."""
    return OktaError(HTTPStatus.INTERNAL_SERVER_ERROR, "E0000009", "Internal Server Error")
