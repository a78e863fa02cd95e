"""On GitHub Actions values are named to the runner, and to nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tool import Tool

from okta_scim_setup.cli._masking import announcer

RUNNER = """
import subprocess, sys
# As GitHub's runner does it: a shell runs the step's script, and what it prints is read here.
step = subprocess.run(
    ["bash", "-e", sys.argv[1]], stdin=subprocess.DEVNULL, capture_output=True, text=True
)
sys.stdout.write(step.stdout)
sys.stderr.write(step.stderr)
sys.exit(step.returncode)
"""

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="who reads a pipe is told by Linux's /proc alone"
)


class Job:
    """A job of an emulated runner: a process of its name, a shell below it, our command in that."""

    def __init__(self, tool: Tool, folder: Path, runner: str = "Runner.Worker") -> None:
        self.folder = folder
        self._runner = folder / runner
        self._runner.symlink_to(sys.executable)
        self._tool = tool

    def step(self, script: str, *, actions: str = "true") -> list[str]:
        """The lines that the runner read of a step; TOOL stands for our command."""
        before = f"{sys.executable} -m okta_scim_setup"
        behind = f"--config {self._tool.config}"
        path = self.folder / "step.sh"
        path.write_text(script.replace("TOOL", before).replace("CONFIG", behind) + "\n")
        done = subprocess.run(  # noqa: S603 -- our own command
            [self._runner, "-c", RUNNER, path],
            cwd=self.folder,
            env={**os.environ, "GITHUB_ACTIONS": actions},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()


def masked(lines: list[str]) -> list[str]:
    return [line.removeprefix("::add-mask::") for line in lines if line.startswith("::add-mask::")]


@pytest.fixture
def job(simulated: Callable[..., Tool], tmp_path: Path) -> Job:
    tool = simulated()
    folder = tmp_path / "job"
    folder.mkdir()
    return Job(tool, folder)


def tokens(job: Job) -> set[str]:
    """Every token that a run on the simulator has to do with."""
    summary = job._tool.simulator.summary()
    accounts = job._tool.simulator._world.accounts.values()
    minted = {token.value for account in accounts for token in account.scim_tokens.values()}
    return minted | {summary["okta"][0]["api_token"], summary["dbt_cloud"][0]["token"]}


@needs_proc
def test_each_value_is_named_to_the_runner_once_before_anything_else(job: Job) -> None:
    lines = job.step("TOOL apply --yes CONFIG")

    named = masked(lines)
    assert set(named) == tokens(job)
    assert len(named) == len(set(named)) == 3
    first = next(n for n, line in enumerate(lines) if not line.startswith("::add-mask::"))
    assert named[:2] == [line.removeprefix("::add-mask::") for line in lines[:2]]
    assert first >= 2
    assert not any(token in line for line in lines for token in named if "::" not in line)


@needs_proc
@pytest.mark.parametrize(
    "script",
    [
        "TOOL plan CONFIG | tee log",
        "TOOL plan CONFIG >log; cat log",
        "TOOL plan CONFIG 2>&1 | cat",
        'x=$(TOOL plan CONFIG); echo "$x"',
        'x=$(TOOL plan CONFIG; true); echo "$x"',
        "(TOOL plan CONFIG; true) | tee log",
        "exec > >(tee log); TOOL plan CONFIG",
        "TOOL plan --output json CONFIG",
        "TOOL plan --output text=log --output json CONFIG",
    ],
)
def test_nobody_else_is_told_a_value(job: Job, script: str) -> None:
    lines = job.step(script)

    assert lines
    assert masked(lines) == []
    assert not any(token in line for line in lines for token in tokens(job))
    log = job.folder / "log"
    assert not log.exists() or "add-mask" not in log.read_text()


@needs_proc
def test_json_in_a_file_beside_text_hinders_nothing(job: Job) -> None:
    lines = job.step("TOOL plan --output text --output json=log CONFIG")

    assert len(masked(lines)) == 2
    assert "add-mask" not in (job.folder / "log").read_text()


@needs_proc
@pytest.mark.parametrize("actions", ["", "false", "1"])
def test_elsewhere_than_on_github_nothing_is_named(job: Job, actions: str) -> None:
    assert masked(job.step("TOOL plan CONFIG", actions=actions)) == []


@needs_proc
def test_another_reader_than_the_runner_is_told_nothing(
    simulated: Callable[..., Tool], tmp_path: Path
) -> None:
    folder = tmp_path / "job"
    folder.mkdir()

    assert masked(Job(simulated(), folder, "somebody").step("TOOL plan CONFIG")) == []


def test_a_value_is_escaped_as_the_runners_commands_have_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from okta_scim_setup.cli import _masking  # noqa: PLC0415 -- what is private there

    _masking._announce("a%b\r\nc")

    assert capsys.readouterr().out == "::add-mask::a%25b%0D%0Ac\n"


def test_a_terminal_is_told_nothing() -> None:
    theirs, ours = os.openpty()
    with os.fdopen(ours, "w") as terminal:
        assert announcer(["text"], {"GITHUB_ACTIONS": "true"}, terminal) is None
    os.close(theirs)


def test_a_pipe_of_which_nothing_is_known_is_told_nothing() -> None:
    theirs, ours = os.pipe()
    with os.fdopen(ours, "w") as pipe:
        assert announcer(["text"], {"GITHUB_ACTIONS": "true"}, pipe) is None
    os.close(theirs)
