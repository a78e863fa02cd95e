"""The SCIM endpoints of all dbt accounts: whose token, is SCIM on, for what."""

import re
from http import HTTPStatus
from itertools import chain

from okta_scim_setup.simulator.dbt_cloud.ip_restrictions import admits
from okta_scim_setup.simulator.dbt_cloud.records import Account
from okta_scim_setup.simulator.message import BodyNotReadableError, Request, Response
from okta_scim_setup.simulator.routes import RouteTable
from okta_scim_setup.simulator.scim import discovery, groups, users
from okta_scim_setup.simulator.scim.call import Call, ScimError
from okta_scim_setup.simulator.scim.projection import projected
from okta_scim_setup.simulator.state import World

_BASE = re.compile(r"/api/v3/accounts/(\d+)/scim/v2(/.*)?")
_MEDIA_TYPES = ("application/scim+json", "application/json")


def is_scim(path: str) -> bool:
    """Whether a path belongs to the SCIM endpoint of an account."""
    return _BASE.fullmatch(path) is not None


class ScimApi:
    """Answers the requests to SCIM endpoints."""

    def __init__(self, world: World) -> None:
        self._world = world
        modules = (users, groups, discovery)
        self._routes = RouteTable(chain.from_iterable(module.ROUTES for module in modules))

    def answer(self, request: Request) -> Response:
        """Answer a request, errors included; hold no lock."""
        try:
            with self._world.lock:
                return self._answer(request)
        except ScimError as error:
            return error.response()
        except BodyNotReadableError:
            detail = "The body is no JSON object"
            return ScimError(HTTPStatus.BAD_REQUEST, detail, "invalidSyntax").response()

    def _answer(self, request: Request) -> Response:
        found = _BASE.fullmatch(request.path)
        account = self._world.accounts.get(int(found[1])) if found else None
        account = self._authenticated(account, request)
        if not account.enabled:
            # What dbt answers while SCIM is off isn't known: a switch.
            while_off = self._world.switches.scim_while_off
            raise ScimError(while_off, "SCIM is not enabled for this account")
        if not admits(account, request.peer[0]):
            # That Okta is kept out is specified, how is assumed.
            raise ScimError(HTTPStatus.FORBIDDEN, "Access is restricted by IP address")
        path = (found[2] if found else None) or "/"
        if path.endswith("/.search"):
            # Okta never searches by POST; RFC 7644, section 3.12, has 501 for it (assumed).
            raise ScimError(HTTPStatus.NOT_IMPLEMENTED, "POST /.search is not supported")
        match = self._routes.find(request.method, path)
        if match is None:
            known = self._routes.knows(path)
            status = HTTPStatus.METHOD_NOT_ALLOWED if known else HTTPStatus.NOT_FOUND
            raise ScimError(status, f"{request.method} {path} is not supported")
        _check_media_type(request)
        response = match.route.answer(Call(self._world, account, request), **match.arguments)
        if request.method == "GET" and isinstance(response.body, dict):
            response.body = projected(response.body, request.query)
        return response

    def _authenticated(self, account: Account | None, request: Request) -> Account:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        tokens = account.scim_tokens.values() if account else ()
        token = next((token for token in tokens if token.value == value.strip()), None)
        if account is None or token is None or scheme.lower() != "bearer":
            error = ScimError(HTTPStatus.UNAUTHORIZED, "Unauthorized: Invalid or expired token.")
            error.headers = {"WWW-Authenticate": "Bearer"}
            raise error
        token.uses.append(self._world.clock.now())
        return account


def _check_media_type(request: Request) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in ("POST", "PUT", "PATCH") and given not in _MEDIA_TYPES:
        detail = f"Content-Type must be {_MEDIA_TYPES[0]}"
        raise ScimError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
