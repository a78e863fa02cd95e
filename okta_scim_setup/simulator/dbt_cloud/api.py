"""dbt's admin API: whose token, which account, for what."""

from itertools import chain

from okta_scim_setup.simulator.dbt_cloud import (
    accounts,
    audit,
    auth_provider,
    groups,
    invites,
    ip_restrictions,
    license_maps,
    limits,
    permissions,
    projects,
    scim_config,
    service_tokens,
)
from okta_scim_setup.simulator.dbt_cloud.call import Call
from okta_scim_setup.simulator.dbt_cloud.envelope import (
    DbtError,
    bad_request,
    listing,
    not_found,
    unauthorized,
)
from okta_scim_setup.simulator.dbt_cloud.records import Account, ServiceToken
from okta_scim_setup.simulator.message import BodyNotReadableError, Request, Response
from okta_scim_setup.simulator.routes import RouteTable
from okta_scim_setup.simulator.state import World

_LISTS = ("/api/v2/accounts/", "/api/v3/accounts/")
_MODULES = (
    accounts,
    audit,
    auth_provider,
    groups,
    invites,
    ip_restrictions,
    license_maps,
    projects,
    scim_config,
    service_tokens,
)


class DbtApi:
    """Answers the requests to dbt's admin API, on every account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._routes = RouteTable(chain.from_iterable(module.ROUTES for module in _MODULES))

    def answer(self, request: Request) -> Response:
        """Answer a request, errors included; hold no lock."""
        try:
            with self._world.lock:
                return self._answer(request)
        except DbtError as error:
            return error.response()
        except BodyNotReadableError:
            return bad_request("The body is no JSON object.").response()

    def _answer(self, request: Request) -> Response:
        own, token = self._caller(request)
        limits.count_call(self._world, own)
        if request.path in _LISTS and request.method == "GET":
            return listing([accounts.account_body(own)], {}, 100, 0)
        match = self._routes.find(request.method, request.path)
        if match is None or match.arguments["account_id"] != str(own.id):
            raise not_found()
        permissions.require(self._world, token, request)
        arguments = dict(match.arguments)
        del arguments["account_id"]
        return match.route.answer(Call(self._world, own, request, token), **arguments)

    def _caller(self, request: Request) -> tuple[Account, ServiceToken]:
        # `Token` and `Bearer` mean the same to dbt (specified).
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        account = self._world.account_of_token.get(value.strip())
        if account is None or scheme.lower() not in ("token", "bearer"):
            raise unauthorized()
        for token in account.service_tokens.values():
            if token.value == value.strip() and token.active:
                token.last_used = self._world.clock.now()
                return account, token
        raise unauthorized()
