"""What is common to the controls of SCIM tokens. Pure."""

from __future__ import annotations

from okta_scim_setup.live import Holding


def called(token: Holding) -> frozenset[str]:
    """What dbt's audit log may call a token; how it does isn't specified."""
    return frozenset({f"SCIM token {token.id}", str(token.id), token.name})
