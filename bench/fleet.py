# ruff: noqa: INP001, T201 -- a program, no package
"""Many tenants: this tool beside what people use instead, and beside the limit of the services.

    python bench/fleet.py --sizes 1x1,10x1,10x10 --speed 1 > bench.jsonl

A line of JSON for each run. Sizes are TENANTSxORGS. With --speed S the simulator's time passes S
times as fast, latency and rate limits with it; seconds are the services' own. What a tool computes
isn't faster then, so the figures of all are worse than true, the more the faster.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import theory
from service import Service, serving

from okta_scim_setup.simulator.population import FIRST_ACCOUNT, tenant_name

HERE = Path(__file__).parent
CUSTOM = 2
"""The simulator's one tenant whose app needs a person, counted from 0; it is left out."""
VERBS = ("first apply", "no-op plan", "audit")
DRIFTED = 0.01
OKTA_OFF = {"update": {"lifecycleDeactivate": {"status": "DISABLED"}}}


@dataclass(frozen=True)
class Run:
    """What one tool did for one size and verb."""

    tool: str
    verb: str
    tenants: int
    orgs: int
    speed: float
    seconds: float
    limit_seconds: float
    ratio: float
    requests: int
    least_requests: int
    refused: int
    """Answers of 429."""
    cpu_seconds: float
    peak_mb: float
    code: int
    skipped: str = ""


@dataclass(frozen=True)
class World:
    """A simulator with so many tenants, and what tools are told of them."""

    service: Service
    folder: Path
    tenants: int
    orgs: int
    speed: float

    @property
    def control(self) -> str:
        """Where the simulator is controlled."""
        return f"{self.service.summary['dbt_cloud'][0]['access_url']}/_simulator"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Control the simulator."""
        return call(method, f"{self.control}/{path}", {}, body)

    def targets(self) -> list[dict[str, Any]]:
        """What a tool has to be told of each tenant."""
        summary = self.service.summary
        accounts = {account["account_id"]: account for account in summary["dbt_cloud"]}
        by_name = {
            tenant_name(index): accounts[FIRST_ACCOUNT + index] for index in range(len(accounts))
        }
        found = []
        for org in summary["okta"]:
            for app in org["apps"]:
                name = app["label"].removeprefix("dbt ")
                if name in by_name and name not in left_out(self.tenants, self.orgs):
                    found.append(target(name, org, app, by_name[name]))
        return found


def left_out(tenants: int, orgs: int) -> frozenset[str]:
    """Who isn't worked on, so that every org has as many tenants as the others.

    The simulator deals tenants out to orgs in turn, one more to each than is asked for.
    """
    if tenants <= CUSTOM:
        return frozenset()
    spare = [n for n in range(tenants, tenants + orgs) if n % orgs != CUSTOM % orgs]
    return frozenset(tenant_name(n) for n in (CUSTOM, *spare))


def target(
    name: str, org: dict[str, Any], app: dict[str, Any], account: dict[str, Any]
) -> dict[str, Any]:
    """One tenant, for the peers."""
    return {
        "name": name,
        "org_url": org["org_url"],
        "okta_token": org["api_token"],
        "label": app["label"],
        "app_id": app["id"],
        "access_url": account["access_url"],
        "account_id": account["account_id"],
        "dbt_token": account["token"],
        "groups": [f"dbt-{name}-admins", f"dbt-{name}-devs"],
    }


def main() -> int:
    """Run every tool for every size, and print a line for each verb."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1x1,10x1,10x10")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--tools", default="ours,processes,script,ansible,terraform")
    parser.add_argument("--ansible", default=shutil.which("ansible-playbook") or "")
    given = parser.parse_args()
    print(json.dumps({"machine": machine()}), flush=True)
    for size in given.sizes.split(","):
        tenants, orgs = map(int, size.split("x"))
        for tool in given.tools.split(","):
            for run in measured(tool, tenants, orgs, given):
                print(json.dumps(asdict(run)), flush=True)
    return 0


def machine() -> str:
    """What the figures are from."""
    model = next(
        (
            x.partition(":")[2].strip()
            for x in _lines("/proc/cpuinfo")
            if x.startswith("model name")
        ),
        platform.processor(),
    )
    load = os.getloadavg()[0]
    python = platform.python_version()
    return f"{os.cpu_count()} x {model}, Python {python}, load {load:.1f} when it began"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def measured(tool: str, tenants: int, orgs: int, given: argparse.Namespace) -> Iterator[Run]:
    """What *tool* does, verb by verb, on a simulator of its own."""
    reason = missing(tool, given)
    if reason:
        for verb in VERBS:
            yield skipped(tool, verb, (tenants, orgs), given.speed, reason)
        return
    made = tenants + (orgs if tenants > CUSTOM else 0)
    options = ("--tenants", str(made), "--orgs", str(orgs), "--latency", "even")
    with (
        tempfile.TemporaryDirectory() as name,
        serving(*options, "--write-config", name, ports=orgs) as service,
    ):
        world = World(service, Path(name), tenants, orgs, given.speed)
        for verb in VERBS:
            if verb == "audit":
                drift(world)
            world.ask("POST", "clock", {"advance": 120, "speed": given.speed})
            yield one(tool, verb, world, given)


def drift(world: World) -> None:
    """Let one tenant in a hundred differ, one at least."""
    world.ask("POST", "clock", {"speed": 1000})
    targets = world.targets()
    for tenant in targets[: max(1, round(len(targets) * DRIFTED))]:
        url = f"{tenant['org_url']}/api/v1/apps/{tenant['app_id']}/features/USER_PROVISIONING"
        call("PUT", url, {"Authorization": f"SSWS {tenant['okta_token']}"}, OKTA_OFF)


def one(tool: str, verb: str, world: World, given: argparse.Namespace) -> Run:
    """Run a tool once and measure it."""
    command, environment = COMMANDS[tool](verb, world, given)
    if not command:
        reason = "it has no plan: nothing but a second run, which writes"
        return skipped(tool, verb, (world.tenants, world.orgs), world.speed, reason)
    world.ask("DELETE", "requests")
    began = time.monotonic()
    code, cpu, peak = waited(command, environment, world.folder)
    seconds = (time.monotonic() - began) * world.speed
    sent = [r for r in world.ask("GET", "requests") if r["by"] == "client"]
    limit = theory.seconds(verb, world.tenants, world.orgs)
    return Run(
        tool, verb, world.tenants, world.orgs, world.speed, round(seconds, 1), round(limit, 1),
        round(seconds / limit, 2), len(sent),
        theory.requests(verb, world.tenants, world.orgs),
        sum(r["status"] == 429 for r in sent),  # noqa: PLR2004 -- the status
        round(cpu, 2), round(peak, 1), code,
    )  # fmt: skip


def waited(
    command: list[str], environment: dict[str, str], folder: Path
) -> tuple[int, float, float]:
    """Run *command*: its code, seconds of CPU, and peak memory in MB, children included."""
    with (folder / "out.txt").open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 -- our own commands
            command, stdout=out, stderr=out, env={**os.environ, **environment}, cwd=folder
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def ours(verb: str, world: World, _given: argparse.Namespace) -> tuple[list[str], dict[str, str]]:
    """This tool."""
    arguments = {
        "first apply": ("apply", "--yes"),
        "no-op plan": ("plan",),
        "audit": ("audit",),
    }[verb]
    others = sorted(left_out(world.tenants, world.orgs))
    journal = ("--journal", str(world.folder / "journal"))
    config = ("--config", str(world.folder / "config.yaml"), *journal)
    program = [sys.executable, str(HERE / "ours.py"), str(world.speed)]
    exclude = (word for name in others for word in ("--exclude", name))
    return [*program, *arguments, *config, *exclude], {}


def processes(
    verb: str, world: World, given: argparse.Namespace
) -> tuple[list[str], dict[str, str]]:
    """This tool in as many processes as there are cores."""
    command, environment = ours(verb, world, given)
    return [*command, "--executor", f"processes:{os.cpu_count()}"], environment


def script(verb: str, world: World, _given: argparse.Namespace) -> tuple[list[str], dict[str, str]]:
    """The plain script."""
    targets = world.folder / "targets.json"
    targets.write_text(json.dumps(world.targets()))
    action = {"first apply": "apply", "audit": "audit"}.get(verb)
    program = [sys.executable, str(HERE / "peers/script.py")]
    plain_http = {"OKTA_TESTING_TESTINGDISABLEHTTPSCHECK": "true"}
    return [*program, action, str(targets), str(world.speed)] if action else [], plain_http


def ansible(verb: str, world: World, given: argparse.Namespace) -> tuple[list[str], dict[str, str]]:
    """The playbook."""
    action = {"first apply": "apply", "audit": "audit"}.get(verb)
    wait = 10 / world.speed
    hosts = {
        each["name"]: {
            **{key: value for key, value in each.items() if key != "groups"},
            "groups_wanted": each["groups"],
            "wait": wait,
            "ansible_python_interpreter": sys.executable,
        }
        for each in world.targets()
    }
    inventory = world.folder / "inventory.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    book = HERE / f"peers/ansible/{action}.yaml"
    home = {"ANSIBLE_LOCAL_TEMP": str(world.folder / "ansible"), "ANSIBLE_NOCOLOR": "1"}
    command = [given.ansible, "--forks", "10", "-i", str(inventory), str(book)]
    return command if action else [], home


def terraform(
    verb: str, world: World, _given: argparse.Namespace
) -> tuple[list[str], dict[str, str]]:
    """One workspace after the other would be people's way; here one of them is timed."""
    first = world.targets()[0]
    variables = {key: value for key, value in first.items() if key not in ("name", "app_id")}
    (world.folder / "terraform.tfvars.json").write_text(json.dumps(variables))
    shutil.copy(HERE / "terraform/main.tf", world.folder)
    action = {"first apply": ["apply", "-auto-approve"], "no-op plan": ["plan"], "audit": ["plan"]}
    return ["terraform", *action[verb], "-input=false", "-no-color"], {}


COMMANDS: dict[str, Callable[..., tuple[list[str], dict[str, str]]]] = {
    "ours": ours,
    "processes": processes,
    "script": script,
    "ansible": ansible,
    "terraform": terraform,
}


def missing(tool: str, given: argparse.Namespace) -> str:
    """Why a tool can't be run here; empty: it can."""
    if tool == "ansible" and not given.ansible:
        return "ansible-playbook isn't on the PATH: pip install ansible-core, or --ansible PATH"
    if tool == "processes" and given.speed != 1:
        return "its processes don't know of --speed"
    if tool == "terraform":
        if not shutil.which("terraform"):
            return "terraform isn't on the PATH"
        overrides = "\n".join(_lines(os.environ.get("TF_CLI_CONFIG_FILE", "")))
        lacks = [name for name in ("okta/okta", "dbt-labs/dbtcloud") if name not in overrides]
        if lacks:
            return f"no dev_overrides for {' and '.join(lacks)} in TF_CLI_CONFIG_FILE"
    return ""


def skipped(tool: str, verb: str, size: tuple[int, int], speed: float, reason: str) -> Run:
    """A run that wasn't made."""
    limit, least = theory.seconds(verb, *size), theory.requests(verb, *size)
    return Run(tool, verb, *size, speed, 0, round(limit, 1), 0, 0, least, 0, 0, 0, -1, reason)


def call(method: str, url: str, headers: dict[str, str], body: Any = None) -> Any:
    """One request."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 -- to loopback
        url, data, {"Content-Type": "application/json", **headers}, method=method
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- to loopback
        text = answer.read()
    return json.loads(text) if text else None


if __name__ == "__main__":
    sys.exit(main())
