"""DPoP proofs: that the caller holds the key that a token is bound to (RFC 9449)."""

import base64
import hashlib
import json
from typing import Any

import jwt

from okta_scim_setup.simulator.message import Request
from okta_scim_setup.simulator.okta.records import Org
from okta_scim_setup.simulator.state import World

_ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
_LONGEST_AGE = 300.0
# What of a key goes into its thumbprint, by type of key (RFC 7638).
_OF_THUMBPRINT = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y")}


class ProofError(Exception):
    """A DPoP proof that doesn't prove anything; the text says why."""


def proves_possession(
    world: World, org: Org, request: Request, token: str, thumbprint: str
) -> bool:
    """Whether a request's proof fits the token and the key that the token is bound to."""
    try:
        found, claims = read_proof(world, org, request)
    except ProofError:
        return False
    digest = hashlib.sha256(token.encode()).digest()
    return found == thumbprint and claims.get("ath") == _unpadded(digest)


def read_proof(world: World, org: Org, request: Request) -> tuple[str, dict[str, Any]]:
    """The thumbprint of the proof's key, and its claims.

    Raises:
        ProofError: it is missing, badly signed, or made for another request or time.

    """
    proof = request.headers.get("dpop")
    if not proof:
        raise ProofError("The DPoP proof JWT header is missing.")
    try:
        header = jwt.get_unverified_header(proof)
        if header.get("typ") != "dpop+jwt":
            raise ProofError("The DPoP proof JWT header must have typ dpop+jwt.")
        key = jwt.PyJWK(header["jwk"], header["alg"])
        options: Any = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
        claims = jwt.decode(proof, key, algorithms=_ALGORITHMS, options=options)
    except (jwt.PyJWTError, KeyError, TypeError) as error:
        raise ProofError("The DPoP proof JWT is not valid.") from error
    _check_claims(claims, request, org, world.clock.now())
    return _thumbprint(header["jwk"]), claims


def _check_claims(claims: dict[str, Any], request: Request, org: Org, now: float) -> None:
    urls = {base + request.path for base in (org.url, f"http://{request.headers.get('host', '')}")}
    if claims.get("htm") != request.method or claims.get("htu") not in urls:
        raise ProofError("The DPoP proof JWT is made for another request (htm, htu).")
    if not claims.get("jti"):
        raise ProofError("The DPoP proof JWT has no jti.")
    if abs(now - float(claims.get("iat", 0))) > _LONGEST_AGE:
        raise ProofError("The DPoP proof JWT is too old, or from the future (iat).")


def _thumbprint(key: dict[str, Any]) -> str:
    members = {name: key[name] for name in _OF_THUMBPRINT[key["kty"]]}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return _unpadded(hashlib.sha256(text.encode()).digest())


def _unpadded(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
