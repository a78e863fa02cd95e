"""The org's own authorization server: access tokens for service apps (specified; facts 3)."""

import secrets
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import jwt

from okta_scim_setup.simulator.message import Request, Response
from okta_scim_setup.simulator.okta import dpop
from okta_scim_setup.simulator.okta.records import AccessToken, Org, ServiceApp
from okta_scim_setup.simulator.state import World

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
_HOUR = 3600.0


class OAuthError(Exception):
    """An OAuth error: HTTP status, code and description (RFC 6749, section 5.2)."""

    def __init__(self, status: int, code: str, description: str, **headers: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": code, "error_description": description}
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def issue_token(world: World, org: Org, request: Request) -> Response:
    """POST /oauth2/v1/token: client credentials with a signed assertion, for one hour."""
    form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        body = _issue(world, org, request, form)
    except OAuthError as error:
        return Response(error.status, error.body, error.headers)
    return Response(body=body, headers={"Cache-Control": "no-store"})


def _issue(world: World, org: Org, request: Request, form: dict[str, str]) -> dict[str, Any]:
    if request.method != "POST" or form.get("grant_type") != "client_credentials":
        description = "The authorization grant type is not supported by the authorization server."
        raise OAuthError(HTTPStatus.BAD_REQUEST, "unsupported_grant_type", description)
    app = _authenticated(world, org, form)
    scopes = _granted(app, form.get("scope", "").split())
    thumbprint = _bound_to(world, org, request, app)
    token = secrets.token_urlsafe(48)
    now = world.clock.now()
    expires = now + _HOUR
    for past in [key for key, each in org.access_tokens.items() if each.expires <= now]:
        del org.access_tokens[past]
    org.access_tokens[token] = AccessToken(app.client_id, scopes, expires, thumbprint)
    return {
        "token_type": "DPoP" if thumbprint else "Bearer",
        "expires_in": int(_HOUR),
        "access_token": token,
        "scope": " ".join(sorted(scopes)),
    }


def _authenticated(world: World, org: Org, form: dict[str, str]) -> ServiceApp:
    """The service app whose key signed the assertion: iss = sub = client id, aud = this URL."""
    if form.get("client_assertion_type") != _ASSERTION_TYPE:
        raise _invalid_client("The client_assertion_type is invalid.")
    assertion = form.get("client_assertion", "")
    try:
        unverified = jwt.decode(assertion, options={"verify_signature": False})
        app = org.service_apps.get(str(unverified.get("sub")))
        if app is None:
            raise _invalid_client("Invalid value for 'client_id' parameter.")
        options: Any = {"verify_exp": False, "verify_iat": False}
        url = f"{org.url}/oauth2/v1/token"
        claims = jwt.decode(
            assertion, _key(app), algorithms=_ALGORITHMS, audience=url, options=options
        )
    except jwt.InvalidAudienceError as error:
        raise _invalid_client("The audience claim for client_assertion must be the URL.") from error
    except (jwt.PyJWTError, ValueError) as error:
        raise _invalid_client("The client_assertion signature is invalid.") from error
    _check_claims(world, org, app, claims)
    return app


def _key(app: ServiceApp) -> Any:
    return jwt.PyJWK(app.key) if isinstance(app.key, dict) else app.key


def _check_claims(world: World, org: Org, app: ServiceApp, claims: dict[str, Any]) -> None:
    if claims.get("iss") != app.client_id:
        raise _invalid_client("The issuer claim for client_assertion is invalid.")
    left = float(claims.get("exp", 0)) - world.clock.now()
    if left <= 0:
        raise _invalid_client("The client_assertion token is expired.")
    if left > _HOUR:
        raise _invalid_client("The client_assertion token has an expiration too far in the future.")
    jti = claims.get("jti")
    if jti and jti in org.assertions:
        raise _invalid_client("The client_assertion token has already been used.")
    if jti:
        org.assertions.append(jti)


def _granted(app: ServiceApp, wanted: list[str]) -> frozenset[str]:
    if not wanted:
        raise OAuthError(HTTPStatus.BAD_REQUEST, "invalid_scope", "'scope' must be provided.")
    if not app.scopes.issuperset(wanted):
        description = "One or more scopes are not configured for the authorization server resource."
        raise OAuthError(HTTPStatus.BAD_REQUEST, "invalid_scope", description)
    return frozenset(wanted)


def _bound_to(world: World, org: Org, request: Request, app: ServiceApp) -> str | None:
    """The thumbprint of the key that the token is bound to; the first proof lacks the nonce."""
    if not app.dpop and "dpop" not in request.headers:
        return None
    try:
        thumbprint, claims = dpop.read_proof(world, org, request)
    except dpop.ProofError as error:
        raise OAuthError(HTTPStatus.BAD_REQUEST, "invalid_dpop_proof", str(error)) from error
    if claims.get("nonce") not in org.dpop_nonces:
        nonce = secrets.token_urlsafe(24)
        org.dpop_nonces.append(nonce)
        description = "Authorization server requires nonce in DPoP proof."
        raise OAuthError(HTTPStatus.BAD_REQUEST, "use_dpop_nonce", description, dpop_nonce=nonce)
    return thumbprint


def _invalid_client(description: str) -> OAuthError:
    return OAuthError(HTTPStatus.UNAUTHORIZED, "invalid_client", description)
