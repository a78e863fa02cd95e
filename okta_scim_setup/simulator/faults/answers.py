"""The answers that faults give in place of the services' own, each in its service's form."""

from email.utils import formatdate
from http import HTTPStatus

from okta_scim_setup.simulator.dbt_cloud.envelope import DbtError
from okta_scim_setup.simulator.message import Request, Response
from okta_scim_setup.simulator.okta.errors import (
    OktaError,
    forbidden,
    internal_error,
    invalid_token,
    rate_limited,
)
from okta_scim_setup.simulator.scim.api import is_scim
from okta_scim_setup.simulator.scim.call import ScimError

_LOGIN_PAGE = "<!doctype html><html><head><title>Sign in</title></head><body></body></html>"
_BROKEN_PAGE = "<!doctype html><html><head><title>Uh oh!</title></head><body></body></html>"
_SKEW = 3600.0
# Okta's codes by status (specified); 503 is an outage here, not its read-only mode.
_OKTA_CODES = {
    404: ("E0000008", "The requested path was not found"),
    405: ("E0000022", "The endpoint does not support the provided HTTP method"),
    409: ("E0000195", "Api validation failed due to conflict"),
    423: ("E0000239", "Policy priorities are being reconciled. Please try again later."),
    501: ("E0000060", "Unsupported operation."),
}


def answer_before(do: str, request: Request, now: float) -> Response | None:
    """The answer in place of the service's own, which does nothing; None where it does its work."""
    if do.startswith("status:"):
        return status_answer(int(do.removeprefix("status:")), request.path, now)
    if do == "skewed_429":
        return _skewed(request, now + _SKEW)
    answers = {
        "drop_before": Response(wire="drop"),
        "hang": Response(wire="hang"),
        "html200": Response(HTTPStatus.OK, _LOGIN_PAGE, content_type="text/html"),
        "redirect": Response(HTTPStatus.FOUND, None, {"Location": "/login"}),
    }
    return answers.get(do)


def _skewed(request: Request, now: float) -> Response:
    """A 429 by a clock an hour ahead: only against its own Date does its reset make sense."""
    response = status_answer(HTTPStatus.TOO_MANY_REQUESTS, request.path, now)
    response.headers["Date"] = formatdate(now, usegmt=True)
    return response


def status_answer(status: int, path: str, now: float) -> Response:
    """An answer of a status, in the form of the service that the path belongs to."""
    detail = "A fault of the simulator"
    if path.startswith(("/api/v2/", "/api/v3/")):
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # dbt's front end answers with a page (recorded).
            return Response(status, _BROKEN_PAGE, content_type="text/html")
        error = ScimError(status, detail) if is_scim(path) else DbtError(status, detail)
        response = error.response()
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            response.headers["Retry-After"] = "1"
        return response
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response = rate_limited().response()
        response.headers |= {"X-Rate-Limit-Limit": "50", "X-Rate-Limit-Remaining": "0"}
        response.headers["X-Rate-Limit-Reset"] = str(int(now) + 1)
        return response
    known = {500: internal_error(), 401: invalid_token(), 403: forbidden()}
    code, summary = _OKTA_CODES.get(status, ("E0000001", detail))
    return known.get(status, OktaError(status, code, summary)).response()
