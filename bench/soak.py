# ruff: noqa: INP001 -- programs, no package
"""A soak: many clients, faults on; memory stays flat, nothing breaks, no answer is wrong."""

import argparse
import json
import random
import sys
import time
import urllib.request
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from service import Service, serving
from soak_client import SoakClient, Target, WrongAnswerError

from okta_scim_setup.simulator import Chance
from okta_scim_setup.simulator.faults.menu import BY_CHANCE
from okta_scim_setup.simulator.population import tenant_name

_ON = {"enabled": True, "manual_updates_allowed": True, "scim_controlled_license_type": False}
_TOGGLES = {
    "create": {"lifecycleCreate": {"status": "ENABLED"}},
    "update": {"profile": {"status": "ENABLED"}, "lifecycleDeactivate": {"status": "ENABLED"}},
}
_FASTER = 60
"""So fast does time pass that limits of a minute are those of a second."""
_WARM_UP = 0.3
_MAY_GROW = 1.10
_MAY_GROW_KIB = 8_192


@dataclass(slots=True)
class Result:
    """What a soak found."""

    requests: int
    faults: int
    seconds: float
    memory_kib: tuple[int, int]
    problems: list[str] = field(default_factory=list)

    @property
    def is_flat(self) -> bool:
        """Whether memory after warming up and at the end is the same, but for some slack."""
        warm, end = self.memory_kib
        return end <= warm * _MAY_GROW + _MAY_GROW_KIB


def main() -> int:
    """Soak, print what was found as a line of JSON, and fail if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    result = soak(given.seconds, given.clients, given.seed)
    report = {
        "requests": result.requests,
        "requests_per_second": round(result.requests / result.seconds),
        "faults": result.faults,
        "seconds": round(result.seconds),
        "memory_kib": result.memory_kib,
        "flat": result.is_flat,
        "problems": [problem[:300] for problem in result.problems[:20]],
    }
    print(json.dumps(report))  # noqa: T201 - a program
    return 0 if result.is_flat and not result.problems else 1


def soak(seconds: float, clients: int, seed: int, *, rate: float = 0.05) -> Result:
    """Let clients at a simulator for some time; each has a tenant of its own."""
    options = ("--tenants", str(clients), "--history", "100")
    with serving(*options, ports=clients) as service:
        chance = Chance(seed=seed, rate=rate, do=BY_CHANCE)
        targets = [_target(service.summary, index) for index in range(clients)]
        _begin(service, seed, rate)
        crowd = [
            SoakClient(target, chance, random.Random(f"{seed}:{target.name}"))  # noqa: S311
            for target in targets
        ]
        begin = time.monotonic()
        with ThreadPoolExecutor(clients) as pool:
            found = pool.map(lambda client: _drive(client, begin + seconds), crowd)
            time.sleep(seconds * _WARM_UP)
            warm = service.resident_kib
            problems = [problem for each in found for problem in each]
        elapsed = time.monotonic() - begin
        problems += _inside(service)
        memory = (warm, service.resident_kib)
    asked, faulty = sum(c.asked for c in crowd), sum(c.faulty for c in crowd)
    return Result(asked, faulty, elapsed, memory, problems)


def _drive(client: SoakClient, until: float) -> list[str]:
    try:
        while time.monotonic() < until:
            client.step()
        client.settle()
    except WrongAnswerError as error:
        return [str(error)]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        return [f"{client.target.name}: {error!r}"]
    finally:
        client.close()
    return []


def _target(summary: dict[str, Any], index: int) -> Target:
    """Connect a tenant, before anything goes wrong."""
    name = tenant_name(index)
    org, account = summary["okta"][index], summary["dbt_cloud"][index]
    okta = (f"{org['org_url']}/api/v1", f"SSWS {org['api_token']}")
    api = f"{account['access_url']}/api/v3/accounts/{account['account_id']}"
    dbt = (api, f"Token {account['token']}")
    app = next(each["id"] for each in org["apps"] if each["label"] == f"dbt {name}")
    _call(dbt, "POST", "/scim-config/", _ON)
    token = _call(dbt, "POST", "/scim-config/tokens/", {"name": "soak"})["data"]["token_string"]
    scim = f"{api}/scim/v2"
    _connect(summary, okta, app, scim, token)
    people = [user["id"] for user in _call(okta, "GET", "/users?limit=200")][1:]
    assigned = _call(okta, "GET", f"/apps/{app}/users?limit=500")
    for user in assigned:
        _call(okta, "DELETE", f"/apps/{app}/users/{user['id']}")
    group = next(each["id"] for each in org["groups"] if each["name"].endswith("-devs"))
    return Target(name, okta, dbt, (scim, f"Bearer {token}"), app, group, people)


def _connect(
    summary: dict[str, Any], okta: tuple[str, str], app: str, scim: str, token: str
) -> None:
    """Over the API where it can be done, else at the console."""
    path = f"/apps/{app}/connections/default"
    profile = {"authScheme": "TOKEN", "token": token}
    made = _call(okta, "POST", f"{path}?activate=true", {"baseUrl": scim, "profile": profile})
    if made["status"] == "ENABLED":
        _call(okta, "PUT", f"/apps/{app}/features/USER_PROVISIONING", _TOGGLES)
        return
    fields = {
        "Enable SCIM provisioning": True,
        "SCIM connector base URL": scim,
        "Supported provisioning actions": ["Push New Users", "Push Groups"],
        "Authorization": token,
        "Create Users": True,
        "Update User Attributes": True,
        "Deactivate Users": True,
    }
    control = (f"{summary['dbt_cloud'][0]['access_url']}/_simulator", "")
    _call(control, "POST", "/console", {"app_id": app, "fields": fields})


def _begin(service: Service, seed: int, rate: float) -> None:
    """Let time pass faster, and things go wrong: for the clients and for what Okta sends."""
    control = (f"{service.summary['dbt_cloud'][0]['access_url']}/_simulator", "")
    _call(control, "POST", "/clock", {"speed": _FASTER})
    faults = [
        {"seed": seed, "rate": rate, "by": "client"},
        {"seed": seed + 1, "rate": rate, "by": "okta", "do": [d for d in BY_CHANCE if d != "drip"]},
    ]
    _call(control, "POST", "/faults", faults)


def _inside(service: Service) -> Iterable[str]:
    """What the simulator says of itself: no defect, and whom Okta knows dbt knows."""
    control = (f"{service.summary['dbt_cloud'][0]['access_url']}/_simulator", "")
    problems: list[str] = list(_call(control, "GET", "/errors"))
    state = _call(control, "GET", "/state")
    for org, account in zip(state["okta"], state["dbt_cloud"], strict=True):
        known = {str(user["id"]) for user in account["users"]}
        held = {p["externalId"] for app in org["apps"] for p in app["assigned"] if p["externalId"]}
        if held - known:
            problems.append(f"{org['org_url']}: dbt doesn't know {sorted(held - known)}")
    if service.process.poll() is not None:
        problems.append("the simulator has ended")
    return problems


def _call(where: tuple[str, str], method: str, path: str, body: Any = None) -> Any:
    base, authorization = where
    request = urllib.request.Request(  # noqa: S310 - to loopback
        base + path,
        None if body is None else json.dumps(body).encode(),
        {"Authorization": authorization, "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - to loopback
        text = answer.read()
    return json.loads(text) if text else None


if __name__ == "__main__":
    sys.exit(main())
