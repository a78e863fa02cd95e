"""``test --mint``: the endpoint is tried with a token of its own, revoked whatever comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

from okta_scim_setup import scim
from okta_scim_setup.errors import OutcomeUnknown
from okta_scim_setup.providers.dbt_cloud._proof import LEASE
from okta_scim_setup.providers.dbt_cloud._token_making import revoke_unseen
from okta_scim_setup.providers.dbt_cloud._token_name import TokenName
from okta_scim_setup.results import Check
from okta_scim_setup.times import utc

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api

TRIAL = "trial"
"""What a token is called that ``test --mint`` makes and revokes."""


def trial(api: Api) -> Iterator[Check]:
    """Try the endpoint with a token of its own, and revoke that token whatever comes."""
    name = TokenName(api.account_id, TRIAL, 0, "0" * 8, uuid4().hex[:8]).checked()
    _sweep(api)
    try:
        token, secret = api.create_scim_token(name)
    except OutcomeUnknown:
        revoke_unseen(api, name)
        raise
    try:
        yield from scim.probe(api.transport, api.base_url, secret)
    finally:
        api.delete_scim_token(token["id"])
    yield Check("the trial's token is revoked", "passed", str(token["id"]))


def _sweep(api: Api) -> None:
    """Revoke what an interrupted trial left behind; a younger one may be at work."""
    for token in api.scim_tokens(fresh=True):
        name = TokenName.parse(token["name"])
        old = api.now() - utc(token["created_at"]) > LEASE
        if (
            name
            and name.rotation == 0
            and name.resource == TRIAL
            and name.account_id == api.account_id
            and old
        ):
            api.delete_scim_token(token["id"])
