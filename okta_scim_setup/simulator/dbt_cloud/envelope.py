"""dbt's envelopes around every answer, and its errors (recorded where facts show a body)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.message import Response

_NOT_FOUND = (
    "The requested resource was not found. Please check that you have the proper permissions. "
    "If you are seeing this in error, please contact support!"
)


class DbtError(Exception):
    """A dbt error: HTTP status and the message for the user."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def response(self) -> Response:
        """The answer that carries this error (recorded)."""
        return Response(self.status, {"status": status(self.status, self.message), "data": None})


def not_found() -> DbtError:
    """404: missing, or not for this token (recorded)."""
    return DbtError(HTTPStatus.NOT_FOUND, _NOT_FOUND)


def unauthorized() -> DbtError:
    """401: the token is unknown (recorded)."""
    return DbtError(HTTPStatus.UNAUTHORIZED, "Unauthorized: Invalid or expired token.")


def forbidden(
    message: str = "Forbidden: You do not have permission to access this resource.",
) -> DbtError:
    """403: this token may not do this (recorded)."""
    return DbtError(HTTPStatus.FORBIDDEN, message)


def bad_request(message: str) -> DbtError:
    """400: the body isn't what the operation takes (assumed: no such body is recorded)."""
    return DbtError(HTTPStatus.BAD_REQUEST, message)


def status(code: int, message: str = "Success!") -> dict[str, Any]:
    """The `status` of an envelope (recorded)."""
    return {
        "code": int(code),
        "is_success": code < HTTPStatus.BAD_REQUEST,
        "user_message": message,
        "developer_message": "",
    }


def detail(data: Any, code: int = HTTPStatus.OK) -> Response:
    """The answer with one thing in it."""
    return Response(code, {"status": status(code), "data": data, "extra": {}})


def listing(items: Sequence[Any], filters: dict[str, Any], limit: int, offset: int) -> Response:
    """The answer with a page of things in it (recorded: `extra.pagination`)."""
    page = list(items)[offset : offset + limit]
    extra = {
        "filters": filters | {"limit": limit, "offset": offset},
        "order_by": "id",
        "pagination": {"count": len(page), "total_count": len(items)},
    }
    return Response(body={"status": status(HTTPStatus.OK), "data": page, "extra": extra})
