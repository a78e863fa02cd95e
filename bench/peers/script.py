# ruff: noqa: INP001, T201 -- a program, no package
"""What people write: one tenant after the other, the okta SDK where it works, requests elsewhere.

    python bench/peers/script.py apply|audit TARGETS.json SPEED

It sets up what the playbook dbt_cloud_scim does, without reading back, verifying or guarding. On
429 it waits until the reset, as the SDK does. SPEED lets its waits be as short as the simulator's.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import requests

SPEED = float(sys.argv[3])
TOGGLES = {
    "create": {"lifecycleCreate": {"status": "ENABLED"}},
    "update": {"profile": {"status": "ENABLED"}, "lifecycleDeactivate": {"status": "ENABLED"}},
}
TOO_MANY, NOT_FOUND, BAD = 429, 404, 400

_sleep, _aio_sleep = time.sleep, asyncio.sleep


async def _shorter(seconds: float, *rest: Any) -> Any:
    return await _aio_sleep(seconds / SPEED, *rest)


asyncio.sleep = _shorter  # the SDK's waits; requests' are below


class Failed(Exception):
    """A service said no."""


def call(method: str, url: str, headers: dict[str, str], body: Any = None) -> Any:
    """One request; 429 is waited for."""
    while True:
        answer = requests.request(method, url, headers=headers, json=body, timeout=60)
        if answer.status_code != TOO_MANY:
            break
        reset = float(answer.headers.get("X-Rate-Limit-Reset", 0))
        date = time.mktime(time.strptime(answer.headers["Date"], "%a, %d %b %Y %H:%M:%S %Z"))
        _sleep(max(reset - date + 1 - time.timezone * -1, 1) / SPEED)
    if answer.status_code >= BAD:
        raise Failed(f"{method} {url}: {answer.status_code} {answer.text[:200]}")
    return answer.json() if answer.content else None


async def groups_by_name(okta: Any, names: list[str]) -> dict[str, str]:
    """The ids of groups, by the SDK."""
    found = {}
    for name in names:
        groups, _, error = await okta.list_groups(q=name)
        if error:
            raise Failed(str(error))
        found |= {group.profile.actual_instance.name: group.id for group in groups}
    return {name: found[name] for name in names}


def app_by_label(tenant: dict[str, Any], okta: dict[str, str]) -> dict[str, Any]:
    """The app, by requests: the SDK fails on an org that has an app with SCIM."""
    found = call("GET", f"{tenant['org_url']}/api/v1/apps?q={tenant['label']}", okta)
    return next(app for app in found if app["label"] == tenant["label"])


def apply(tenant: dict[str, Any], ids: dict[str, str]) -> None:
    """Switch everything on."""
    okta, dbt, org = heads(tenant)
    account = f"{tenant['access_url']}/api/v3/accounts/{tenant['account_id']}"
    app = f"{org}/apps/{app_by_label(tenant, okta)['id']}"
    switches = {"enabled": True, "manual_updates_allowed": False}
    switches["scim_controlled_license_type"] = False
    call("POST", f"{account}/scim-config/", dbt, switches)
    made = call("POST", f"{account}/scim-config/tokens/", dbt, {"name": "okta"})["data"]
    connection = {
        "baseUrl": f"{account}/scim/v2",
        "profile": {"authScheme": "TOKEN", "token": made["token_string"]},
    }
    call("POST", f"{app}/connections/default?activate=true", okta, connection)
    call("PUT", f"{app}/features/USER_PROVISIONING", okta, TOGGLES)
    for group in ids.values():
        call("PUT", f"{app}/groups/{group}", okta, {})
    for name, group in ids.items():
        body = {"sourceGroupId": group, "targetGroupName": name, "status": "ACTIVE"}
        call("POST", f"{app}/group-push/mappings", okta, body)


def audit(tenant: dict[str, Any], ids: dict[str, str]) -> list[str]:
    """What isn't as it should be."""
    okta, dbt, org = heads(tenant)
    account = f"{tenant['access_url']}/api/v3/accounts/{tenant['account_id']}"
    app = f"{org}/apps/{app_by_label(tenant, okta)['id']}"
    wrong = []
    if not call("GET", f"{account}/scim-config/", dbt)["data"]["enabled"]:
        wrong.append("SCIM is off")
    if not call("GET", f"{account}/scim-config/tokens/", dbt)["data"]:
        wrong.append("no token")
    if call("GET", f"{app}/connections/default", okta)["status"] != "ENABLED":
        wrong.append("no connection")
    toggles = call("GET", f"{app}/features/USER_PROVISIONING", okta)["capabilities"]
    if toggles["update"]["lifecycleDeactivate"]["status"] != "ENABLED":
        wrong.append("nobody is deactivated")
    assigned = {each["id"] for each in call("GET", f"{app}/groups", okta)}
    pushed = {each["sourceGroupId"] for each in call("GET", f"{app}/group-push/mappings", okta)}
    wrong += [f"{name} isn't assigned" for name, group in ids.items() if group not in assigned]
    wrong += [f"{name} isn't pushed" for name, group in ids.items() if group not in pushed]
    if any(not user.get("externalId") for user in call("GET", f"{app}/users?limit=500", okta)):
        wrong.append("somebody isn't linked")
    return wrong


def heads(tenant: dict[str, Any]) -> tuple[dict[str, str], dict[str, str], str]:
    """How to sign in to Okta and dbt, and where Okta's API is."""
    okta = {"Authorization": f"SSWS {tenant['okta_token']}"}
    dbt = {"Authorization": f"Token {tenant['dbt_token']}"}
    return okta, dbt, f"{tenant['org_url']}/api/v1"


async def main(tenants: list[dict[str, Any]]) -> int:
    """Do one tenant after the other; 2 where an audit found something."""
    from okta.client import Client  # noqa: PLC0415 -- three seconds, which the script pays for

    work = {"apply": apply, "audit": audit}[sys.argv[1]]
    found = 0
    for tenant in tenants:
        async with Client({"orgUrl": tenant["org_url"], "token": tenant["okta_token"]}) as okta:
            ids = await groups_by_name(okta, tenant["groups"])
        for wrong in work(tenant, ids) or ():
            found += 1
            print(f"{tenant['name']}: {wrong}")
    return 2 if found else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(json.loads(Path(sys.argv[2]).read_text()))))
