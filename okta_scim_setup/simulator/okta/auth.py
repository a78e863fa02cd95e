"""Who calls an Okta org: an API token (SSWS), or an OAuth access token with its scopes."""

from okta_scim_setup.simulator.message import Request
from okta_scim_setup.simulator.okta import roles
from okta_scim_setup.simulator.okta.call import Principal
from okta_scim_setup.simulator.okta.errors import forbidden, invalid_token
from okta_scim_setup.simulator.okta.records import NO_ROLE, Org
from okta_scim_setup.simulator.state import World

# Which scope a path asks for (specified); group push wants that of groups as well.
_SCOPES = {
    "apps": "okta.apps",
    "groups": "okta.groups",
    "users": "okta.users",
    "logs": "okta.logs",
    "mappings": "okta.profileMappings",
    "meta": "okta.schemas",
    "org": "okta.orgs",
}


def authenticate(world: World, org: Org, request: Request) -> tuple[Principal, str]:
    """The caller, and the token that rate limits are counted for.

    Raises:
        OktaError: E0000011 for an unknown or expired token, E0000006 for a missing scope.

    """
    given = request.headers.get("authorization", "")
    # The okta SDK sends `SSWS<token>` without a space (measured).
    if given[:4].upper() == "SSWS":
        return _owner(org, request, given[4:].strip())
    scheme, _, token = given.partition(" ")
    access = org.access_tokens.get(token.strip())
    if access is None or access.expires <= world.clock.now():
        raise invalid_token()
    if access.thumbprint is None:
        if scheme.lower() != "bearer":
            raise invalid_token()
    elif scheme.lower() != "dpop" or not _is_proven(world, org, request, token, access.thumbprint):
        raise invalid_token()
    client = access.client_id
    app = org.service_apps.get(client)
    grant = app.grant if app else NO_ROLE
    principal = Principal(client, "PublicClientApp", client, client, access.scopes, grant)
    _require_scopes(principal, request)
    roles.require(principal.grant, request)
    return principal, token


def _owner(org: Org, request: Request, token: str) -> tuple[Principal, str]:
    """The owner of an API token, whose permissions it inherits (specified)."""
    owner = org.users.get(org.api_tokens.get(token, ""))
    if owner is None or owner.status == "DEPROVISIONED":
        raise invalid_token()
    name = f"{owner.profile['firstName']} {owner.profile['lastName']}"
    grant = org.grants.get(owner.id, NO_ROLE)
    roles.require(grant, request)
    return Principal(owner.id, "User", name, owner.login, None, grant), token


def _is_proven(world: World, org: Org, request: Request, token: str, thumbprint: str) -> bool:
    # Imported late: the libraries for signatures are slow to load, and few runs need them.
    from okta_scim_setup.simulator.okta import dpop  # noqa: PLC0415

    return dpop.proves_possession(world, org, request, token, thumbprint)


def _require_scopes(principal: Principal, request: Request) -> None:
    area = f"{request.path}///".split("/")[3]
    scope = _SCOPES.get(area)
    wanted = [scope] if scope else []
    if "/group-push/" in request.path:
        wanted.append("okta.groups")
    granted = principal.scopes or frozenset()
    for name in wanted:
        enough = {f"{name}.manage"} | ({f"{name}.read"} if request.method == "GET" else set())
        if not enough & granted:
            raise forbidden()
