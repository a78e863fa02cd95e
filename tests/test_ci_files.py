"""What is ready to copy into a CI: each file is parsed, and its commands are run."""

from __future__ import annotations

import shlex
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
