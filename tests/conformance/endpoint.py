"""The SCIM endpoint of a simulated dbt account, switched on."""

from __future__ import annotations

import requests

from okta_scim_setup.simulator import Simulator


def scim_endpoint(simulator: Simulator, *, licences: bool = False) -> tuple[str, str]:
    """Switch SCIM on; return the endpoint's URL and a new token for it.

    With `licences`, SCIM says who has which licence.
    """
    account = simulator.summary()["dbt_cloud"][0]
    base = f"{account['access_url']}/api/v3/accounts/{account['account_id']}"
    switches = {
        "enabled": True,
        "manual_updates_allowed": True,
        "scim_controlled_license_type": licences,
    }
    with requests.Session() as session:
        session.headers["Authorization"] = f"Token {account['token']}"
        session.post(f"{base}/scim-config/", json=switches, timeout=20).raise_for_status()
        made = session.post(f"{base}/scim-config/tokens/", json={"name": "tests"}, timeout=20)
        made.raise_for_status()
    return f"{base}/scim/v2", str(made.json()["data"]["token_string"])
