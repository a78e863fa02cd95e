"""The API of an Okta org: who asks, how often, for what."""

from functools import partial
from itertools import chain

from okta_scim_setup.simulator.ids import error_id
from okta_scim_setup.simulator.message import JSON, BodyNotReadableError, Request, Response
from okta_scim_setup.simulator.okta import (
    app_groups,
    app_users,
    apps,
    connections,
    errors,
    features,
    group_push,
    groups,
    limits,
    logs,
    org,
    saml,
    schemas,
    users,
)
from okta_scim_setup.simulator.okta.auth import authenticate
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.records import Org
from okta_scim_setup.simulator.provisioning import Engine
from okta_scim_setup.simulator.routes import Match, RouteTable
from okta_scim_setup.simulator.state import World

_MODULES = (
    apps,
    connections,
    features,
    group_push,
    app_groups,
    app_users,
    groups,
    users,
    schemas,
    logs,
    org,
    saml,
)


class OktaApi:
    """Answers the requests to Okta orgs."""

    def __init__(self, world: World, engine: Engine) -> None:
        self._world = world
        self._engine = engine
        self._routes = RouteTable(chain.from_iterable(module.ROUTES for module in _MODULES))

    def answer(self, okta_org: Org, request: Request) -> Response:
        """Answer a request to an org, errors included."""
        try:
            response = self._answer(okta_org, request)
        except errors.OktaError as error:
            response = error.response()
        except BodyNotReadableError:
            response = errors.body_not_readable().response()
        response.headers["X-Okta-Request-Id"] = error_id()[3:]
        return response

    def _answer(self, okta_org: Org, request: Request) -> Response:
        if request.path == "/.well-known/okta-organization":
            return org.describe(okta_org)
        if request.path == "/oauth2/v1/token":
            from okta_scim_setup.simulator.okta import oauth  # noqa: PLC0415 - slow to load

            with self._world.lock:
                return oauth.issue_token(self._world, okta_org, request)
        with self._world.lock:
            principal, token = authenticate(self._world, okta_org, request)
            allowed, headers = limits.count_call(self._world, okta_org, token, request.path)
        call = Call(self._world, okta_org, request, principal, self._engine)
        response = self._run(call) if allowed else errors.rate_limited().response()
        response.headers |= headers
        return response

    def _run(self, call: Call) -> Response:
        request = call.request
        match = self._routes.find(request.method, request.path)
        if match is None:
            known = self._routes.knows(request.path)
            error = errors.method_not_allowed() if known else errors.path_not_found()
            return error.response()
        try:
            _check_media_type(request)
            return self._call(call, match)
        except errors.OktaError as error:
            return error.response()
        except BodyNotReadableError:
            return errors.body_not_readable().response()

    def _call(self, call: Call, match: Match) -> Response:
        answer = partial(match.route.answer, call, **match.arguments)
        if match.route.unlocked:
            return answer()
        with self._world.lock:
            return answer()


def _check_media_type(request: Request) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.body and not given:
        raise errors.content_type_missing()
    if request.body and given != JSON:
        raise errors.content_type_wrong()
