"""What is ready to copy into a CI: each file is parsed, and its commands are run."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import yaml
from tool import Tool

ROOT = Path(__file__).parents[1]


def test_the_pre_commit_hook_runs_validate_on_the_repositorys_config(
    simulated: Callable[..., Tool],
) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    program, verb = shlex.split(hook["entry"])
    tool = simulated()

    assert program == "okta-scim-setup"
    assert hook["language"] == "python"
    assert hook["pass_filenames"] is False
    assert tool.run(verb).code == 0
    tool.config.write_text("tenants: {acme: {}}\n")
    assert tool.run(verb).code == 1


def test_the_pull_requests_flow_plans_comments_and_applies(
    simulated: Callable[..., Tool], tmp_path: Path
) -> None:
    """Its commands, in its order, in a shell; gh is a script that keeps the comment."""
    flow = yaml.safe_load((ROOT / "docs/ci/github-pull-request.yml").read_text())
    tool = simulated()
    (tmp_path / "gh").write_text(f'#!/bin/sh\nprintf "%s " "$@" >{tmp_path}/asked\ncat "$5"\n')
    (tmp_path / "gh").chmod(0o700)
    path = f"{tmp_path}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PULL_REQUEST": "7"}
    said: dict[str, str] = {}

    for job in ("plan", "apply"):
        for step in flow["jobs"][job]["steps"]:
            if "run" in step:
                came = subprocess.run(  # noqa: S603 -- a command of ours, as the runner starts it
                    ["/bin/bash", "-euo", "pipefail", "-c", step["run"]],
                    cwd=tool.config.parent,
                    env=environment,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert came.returncode == 0, came.stdout + came.stderr
                said[step["name"]] = came.stdout

    assert (tmp_path / "asked").read_text().startswith("pr comment 7 --body-file plan.md")
    assert said["Comment"].startswith("### okta-scim-setup plan: exit code 0")
    assert tool.run("plan").out.startswith("acme   in sync.")


def test_planning_and_applying_have_credentials_of_their_own_and_nothing_cuts_an_apply_off() -> (
    None
):
    flow = yaml.safe_load((ROOT / "docs/ci/github-pull-request.yml").read_text())
    plan, apply = flow["jobs"]["plan"], flow["jobs"]["apply"]

    assert plan["environment"] != apply["environment"]
    for name in ("OKTA_API_TOKEN", "DBT_CLOUD_TOKEN"):
        assert "READ" in plan["env"][name]
        assert "WRITE" in apply["env"][name]
    assert flow["concurrency"]["cancel-in-progress"] is False
    assert "fork" in plan["if"]
    assert not [s for j in (plan, apply) for s in j["steps"] if "${{" in s.get("run", "")]


def test_the_action_installs_from_its_own_folder(tmp_path: Path) -> None:
    """With a python3 that makes a pip that notes what it is asked to install."""
    (step,) = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    python = tmp_path / "python3"
    python.write_text(
        '#!/bin/sh\nmkdir -p "$3/bin"\n'
        f'printf \'#!/bin/sh\\necho "$@" >"{tmp_path}/asked"\\n\' >"$3/bin/pip"\n'
        'chmod 700 "$3/bin/pip"\n'
    )
    python.chmod(0o700)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_PATH": str(tmp_path / "path"),
    }

    subprocess.run(  # noqa: S603 -- a command of ours, as the runner starts it
        ["/bin/bash", "-euo", "pipefail", "-c", step["run"]], env=environment, check=True
    )

    assert (tmp_path / "asked").read_text() == f"install -c {ROOT}/constraints.txt {ROOT}\n"
    assert (tmp_path / "path").read_text() == f"{tmp_path}/temp/okta-scim-setup/bin\n"
    assert (ROOT / "constraints.txt").exists()
