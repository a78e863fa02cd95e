"""What is asked for often answers at once: help and ``validate`` load nothing of the network."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest
from tool import Tool

EXAMPLE = Path(__file__).parents[1] / "config.example.yaml"

OFFLINE = [["--help"], ["validate", "--config", str(EXAMPLE)], ["kinds"]]

OF_THE_NETWORK = ("okta", "requests", "urllib3", "aiohttp", "jwcrypto", "http.client", "ssl")

RUNS = 3


def python(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    return done.stdout


def seconds_of_children() -> float:
    """What our processes used; what others make them wait for isn't our start."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


TOOL = "import sys; from okta_scim_setup.cli import main; main(sys.argv[1:])"


@pytest.mark.parametrize("arguments", OFFLINE, ids=lambda arguments: " ".join(arguments[:1]))
def test_what_is_offline_loads_neither_okta_nor_requests(arguments: list[str]) -> None:
    program = (
        "import sys; from okta_scim_setup.cli import run; "
        "assert run(sys.argv[1:]) == 0; print('\\n', *sorted(sys.modules))"
    )

    loaded = python(program, *arguments).splitlines()[-1].split()

    assert "okta_scim_setup.cli" in loaded
    assert [name for name in OF_THE_NETWORK if name in loaded] == []


def test_the_sdks_client_is_never_loaded() -> None:
    """Its import takes three seconds, and it fails on apps with SCIM (facts: okta 5.3)."""
    program = (
        "import sys; from okta_scim_setup.providers.okta import _api; "
        "from okta_scim_setup.providers.dbt_cloud import _api; print(*sorted(sys.modules))"
    )

    assert "okta.client" not in python(program).split()


def test_help_and_validate_take_at_most_four_times_what_their_libraries_take() -> None:
    libraries = "import click, yaml, pydantic, jinja2"
    took: dict[str, list[float]] = {"libraries": [], "help": [], "validate": []}

    for _ in range(RUNS):  # in turns, so that a busy machine is equally busy for all
        for name, (program, *arguments) in {
            "libraries": (libraries,),
            "help": (TOOL, "--help"),
            "validate": (TOOL, "validate", "--config", str(EXAMPLE)),
        }.items():
            before = seconds_of_children()
            python(program, *arguments)
            took[name].append(seconds_of_children() - before)

    limit = 4 * median(took["libraries"])
    assert median(took["help"]) < limit
    assert median(took["validate"]) < limit


def medians(programs: dict[str, tuple[str, ...]], runs: int = RUNS) -> dict[str, float]:
    """What each program takes, in turns, so that a busy machine is equally busy for all."""
    took: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(runs):
        for name, (program, *arguments) in programs.items():
            before = seconds_of_children()
            python(program, *arguments)
            took[name].append(seconds_of_children() - before)
    return {name: median(each) for name, each in took.items()}


def test_help_takes_at_most_twice_what_click_takes() -> None:
    took = medians({"click": ("import click",), "help": (TOOL, "--help")})
    assert took["help"] < 2 * took["click"]


def tenants(count: int, folder: Path) -> Path:
    """A config of so many tenants, of ten orgs."""
    lines = ["defaults:", "  playbook: dbt_cloud_scim", "tenants:"]
    for n in range(count):
        lines += [
            f"  t{n}:",
            f"    okta: {{org_url: https://o{n % 10}.okta.com, token: !secret env:T}}",
            "    dbt_cloud:",
            "      access_url: https://ab123.us1.dbt.com",
            f"      account_id: {n + 1}",
            "      token: !secret env:D",
            "    variables:",
            f"      app: dbt t{n}",
            f"      groups: [{{name: a{n}, assign: true}}, {{name: b{n}, assign: true}}]",
        ]
    config = folder / f"{count}.yaml"
    config.write_text("\n".join(lines))
    return config


@pytest.mark.nightly
def test_validate_takes_a_thousand_tenants_in_the_time_of_loading_its_libraries_twenty_times(
    tmp_path: Path,
) -> None:
    """Loading takes 0.15 s on the machine of docs/performance.md, so this is 3 s there."""
    took = medians(
        {
            "libraries": ("import click, yaml, pydantic, jinja2",),
            "hundred": (TOOL, "validate", "--config", str(tenants(100, tmp_path))),
            "thousand": (TOOL, "validate", "--config", str(tenants(1_000, tmp_path))),
        },
        runs=3,
    )
    assert took["thousand"] < 20 * took["libraries"]
    assert took["thousand"] < 11 * took["hundred"]  # a tenant more costs what the last one did


def test_a_plan_with_nothing_to_do_takes_little_more_than_its_libraries_do(
    set_up_already: Callable[..., Tool],
) -> None:
    tool = set_up_already()
    took = medians(
        {
            "libraries": ("import click, yaml, pydantic, jinja2, requests",),
            "plan": (TOOL, "plan", "--config", str(tool.config)),
        }
    )
    assert took["plan"] < 3 * took["libraries"]


def test_what_is_loaded_is_never_looked_through_for_garbage() -> None:
    """It stays until the end, and to look through it took a tenth of a plan (measured)."""
    program = (
        "import atexit, gc, sys; from okta_scim_setup.cli import main; "
        "atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > 10_000)); "
        "main(sys.argv[1:])"
    )
    told = python(program, "validate", "--config", str(EXAMPLE)).splitlines()
    assert told[-1] == "True True"


def test_once_loaded_a_plan_takes_next_to_nothing_beyond_latency(
    set_up_already: Callable[..., Tool],
) -> None:
    tool = set_up_already()
    took = []
    for _ in range(RUNS):
        before = time.process_time()  # the simulator's share is in it
        tool.run("plan")
        took.append(time.process_time() - before)
    assert median(took) < medians({"click": ("import click",)})["click"] * 4
