"""An account's three SCIM switches, of which two kinds set some each: read, merged, written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from okta_scim_setup.errors import Unexpected

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api


def set_some(api: Api, wanted: Mapping[str, bool]) -> None:
    """Set the switches in *wanted*, leave the others, and read all of them back.

    The endpoint takes the whole configuration (specified).

    Raises:
        Unexpected: dbt answered 200 and changed nothing.
    """
    api.forget()  # what was read for the plan may have moved since
    api.set_scim_config({**api.scim_config(), **wanted})
    now = api.scim_config()
    wrong = [name for name in sorted(wanted) if now[name] != wanted[name]]
    if wrong:
        raise Unexpected(
            f"dbt Cloud accepted {', '.join(wrong)} and changed nothing",
            ("asked", f"POST /api/v3/accounts/{api.account_id}/scim-config/"),
            ("do", "look at SSO & SCIM in dbt's account settings, then run again"),
        )
