"""The pytest fixture that the package ships, used as docs/simulator.md shows it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "simulator.md"
PLAYBOOK = ROOT / "playbooks" / "dbt_cloud_scim.yaml"


def shown(language: str) -> str:
    """The only block of a language in what the page says of testing a playbook."""
    _, _, part = PAGE.read_text().partition("\n## Testing a playbook in CI\n")
    (block,) = re.findall(rf"```{language}\n(.*?)```", part, re.DOTALL)
    return str(block)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Where the command is this checkout's, and so is the fixture."""
    command = tmp_path / "bin" / "okta-scim-setup"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m okta_scim_setup "$@"\n')
    command.chmod(0o755)
    return os.environ | {
        "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_PLUGINS": "okta_scim_setup.testing",
        "PYTHONPATH": str(ROOT),
    }


def pytest_says(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "--strict-markers", "-p", "no:cacheprovider", "."]
    return subprocess.run(  # noqa: S603 - our own interpreter
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


def test_the_example_passes_as_it_stands(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = tmp_path / "yours"
    (folder / "tests").mkdir(parents=True)
    (folder / "playbooks").mkdir()
    (folder / "tests" / "test_playbook.py").write_text(shown("python"))
    shutil.copy(PLAYBOOK, folder / "playbooks")

    said = pytest_says(folder, environment)

    assert said.returncode == 0, said.stdout + said.stderr
    assert "3 passed" in said.stdout


def test_a_defect_of_the_simulator_fails_the_test(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "test_defect.py").write_text(
        "def test_it(okta_scim_simulator):\n    okta_scim_simulator.errors.append('broken')\n"
    )
    said = pytest_says(tmp_path, environment)
    assert said.returncode == 1
    assert "the simulator had a defect:\nbroken" in said.stdout


def test_the_job_runs_those_tests() -> None:
    job = yaml.safe_load(shown("yml"))["jobs"]["playbook"]
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert runs == [
        "python -m pip install okta-scim-setup pytest",
        "python -m pytest tests",
    ]


def test_the_fixture_comes_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"okta_scim_setup": "okta_scim_setup.testing"}
