"""What is asked for often answers at once: help and ``validate`` load nothing of the network."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

EXAMPLE = Path(__file__).parents[1] / "config.example.yaml"

OFFLINE = [["--help"], ["validate", "--config", str(EXAMPLE)], ["kinds"]]

OF_THE_NETWORK = ("okta", "requests", "urllib3", "aiohttp", "jwcrypto", "http.client", "ssl")

RUNS = 7


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


def test_help_and_validate_take_at_most_three_times_what_their_libraries_take() -> None:
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

    limit = 3 * median(took["libraries"])
    assert median(took["help"]) < limit
    assert median(took["validate"]) < limit
