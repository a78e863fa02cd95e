"""What a service app signs: the assertion with its private key, and DPoP proofs.

The one module that uses Okta's SDK, and it imports it late: 0.5 s, which only service apps need.
Its traps are kept away from it: it takes any text for the path of a file, and evaluates JWK text
as Python.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from okta_scim_setup.errors import ConfigError
from okta_scim_setup.secret import Secret


def assertion(org_url: str, client_id: str, key: Secret, kid: str | None) -> str:
    """A signed client assertion (RFC 7523) that may be used once.

    Raises:
        ConfigError: *key* isn't one that Okta's SDK can sign with; the message doesn't hold it.
    """
    from okta.jwt import JWT  # noqa: PLC0415 -- 0.5 s

    ready = _ready(key.reveal(to=org_url.partition("://")[2]))
    signed = ""
    if ready is not None:
        # Four libraries, each with errors of its own; some quote the key.
        with contextlib.suppress(Exception):
            signed = JWT.create_token(org_url, client_id, ready, kid)
    if not signed:
        raise ConfigError(
            f"the private key {key.origin} can't be used",
            ("do", "give an RSA key: PEM without a passphrase, or a JWK with its private part"),
        )
    return signed


def proofs() -> Any:
    """A maker of DPoP proofs, with a key of its own."""
    from okta.dpop import DPoPProofGenerator  # noqa: PLC0415 -- 0.5 s

    return DPoPProofGenerator({})


def _ready(text: str) -> str | dict[str, str] | None:
    """PEM text, or a JWK's members that are text; None if it is neither."""
    text = text.strip()
    if text.startswith("-----BEGIN"):
        # In an environment variable line ends are often written out.
        return text.replace("\\n", "\n")
    try:
        jwk = json.loads(text)
    except ValueError:
        return None
    if not isinstance(jwk, dict) or "d" not in jwk:
        return None
    return {name: value for name, value in jwk.items() if isinstance(value, str)}
