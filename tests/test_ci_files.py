"""What is ready to copy into a CI: each file is parsed, and its commands are run."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from tool import Came, Tool

from okta_scim_setup import cli

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


FILES = sorted((ROOT / "docs" / "ci").glob("*.yml"))


@dataclass
class Runner:
    """Runs a CI's commands in a shell, beside a simulated tenant's config."""

    tool: Tool
    folder: Path
    """What it puts before the PATH: commands that note what they are asked."""

    def fake(self, name: str, script: str) -> None:
        """A command called *name* that notes its arguments and its stdin's end."""
        file = self.folder / name
        file.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$*" >>"{self.folder}/{name}.asked"\n{script}\n'
        )
        file.chmod(0o700)

    def asked(self, name: str) -> list[str]:
        file = self.folder / f"{name}.asked"
        return file.read_text().splitlines() if file.exists() else []

    def run(self, script: str | list[str], **environment: str) -> Came:
        lines = script if isinstance(script, str) else "\n".join(script)
        came = subprocess.run(  # noqa: S603 -- commands of ours, as a runner starts them
            ["/bin/bash", "-euo", "pipefail", "-c", lines],
            cwd=self.tool.config.parent,
            env=self._environment() | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Came(came.returncode, came.stdout, came.stderr)

    def job(self, job: dict[str, Any], **environment: str) -> dict[str, Came]:
        """The steps of a GitHub job that run commands; after a failure those that want to."""
        came: dict[str, Came] = {}
        for step in job["steps"]:
            failed = any(each.code for each in came.values())
            if "run" in step and (not failed or "cancelled()" in step.get("if", "")):
                came[step["name"]] = self.run(step["run"], **environment)
        return came

    def _environment(self) -> dict[str, str]:
        here = f"{self.folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {**os.environ, "PATH": here, "GITHUB_STEP_SUMMARY": str(self.folder / "summary")}


@pytest.fixture
def runner(simulated: Callable[..., Tool], tmp_path: Path) -> Runner:
    made = Runner(simulated(3), tmp_path / "bin")
    made.folder.mkdir()
    return made


def flow(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docs" / "ci" / name).read_text()))


PULL_REQUEST = {"PULL_REQUEST": "7", "GITHUB_REPOSITORY": "acme/identity"}


@pytest.fixture
def github(runner: Runner) -> Runner:
    """With a gh that has no comment yet, and keeps what it is given."""
    runner.fake("gh", 'case "$1" in pr) cp "$5" "$0.comment" ;; esac')
    return runner


def comment(runner: Runner) -> str:
    return (runner.folder / "gh.comment").read_text()


def test_the_pull_requests_flow_plans_comments_and_applies(github: Runner) -> None:
    """Its commands, in its order; a person's step is left over, and its token kept."""
    jobs = flow("github-pull-request.yml")["jobs"]

    validated = github.job(jobs["validate"])
    planned = github.job(jobs["plan"], **PULL_REQUEST)
    applied = github.job(jobs["apply"], TOKEN_TO="file:{tenant}.token")

    assert validated["Validate"].code == planned["Plan"].code == planned["Comment"].code == 0
    assert github.asked("gh")[-1] == "pr comment 7 --body-file plan.md"
    assert comment(github).startswith("### okta-scim-setup plan: exit code 0")
    assert applied["Apply"].code == 3, applied["Apply"].err
    assert (github.tool.config.parent / "initech.token").exists()
    assert "For a person who may edit apps in Okta" in (github.folder / "summary").read_text()
    assert github.tool.run("plan", "--exclude", "initech").out.startswith("2 tenants: 2 in sync")


def test_a_second_plan_takes_the_place_of_the_first_comment(runner: Runner) -> None:
    """And of no other: the id is that of a comment of ours."""
    runner.fake("gh", 'case "$*" in *--jq*) echo 11; echo 12 ;; esac')

    came = runner.job(flow("github-pull-request.yml")["jobs"]["plan"], **PULL_REQUEST)

    assert came["Comment"].code == 0, came["Comment"].err
    asked = runner.asked("gh")
    assert asked[0].startswith("api --paginate repos/acme/identity/issues/7/comments --jq ")
    assert 'startswith("### okta-scim-setup plan")' in asked[0]
    assert asked[1] == (
        "api --method PATCH repos/acme/identity/issues/comments/12 --field body=@plan.md --silent"
    )


def test_where_planning_fails_the_comment_says_why(github: Runner) -> None:
    """A mistake in a file: there is no plan, and the line that is wrong stands in the comment."""
    config = github.tool.config
    config.write_text(config.read_text().replace("account_id:", "acount_id:"))

    came = github.job(flow("github-pull-request.yml")["jobs"]["plan"], **PULL_REQUEST)

    assert (came["Plan"].code, came["Comment"].code) == (1, 0)
    assert "acount_id" in came["Plan"].err
    said = comment(github)
    assert said.startswith("### okta-scim-setup plan: it ended without a plan\n\n    error: ")
    assert "    from     config.yaml:" in said.replace("      from", "    from")
    assert all(line.startswith("    ") for line in said.splitlines()[2:] if line)


def test_however_much_is_wrong_it_fits_into_a_comment(github: Runner) -> None:
    many = ", ".join(f"tenant-{n}: {{key-{n}: 1}}" for n in range(1000))
    github.tool.config.write_text(f"tenants: {{{many}}}\n")

    came = github.job(flow("github-pull-request.yml")["jobs"]["plan"], **PULL_REQUEST)

    assert (came["Plan"].code, came["Comment"].code) == (1, 0)
    assert len(came["Plan"].err) > 70_000
    assert 50_000 < len(comment(github)) < 65_536


def test_a_tenant_that_cant_be_read_is_in_the_comment(github: Runner) -> None:
    (github.tool.config.parent / "secrets" / "dbt-acme.token").write_text("dbts_wrong_wrong\n")

    came = github.job(flow("github-pull-request.yml")["jobs"]["plan"], **PULL_REQUEST)

    assert came["Plan"].code == 1
    assert comment(github).startswith("### okta-scim-setup plan: exit code 1")
    assert "1 unreadable" in comment(github)


def last(runner: Runner) -> dict[str, Any]:
    return dict(json.loads((runner.tool.config.parent / "last" / "audit.json").read_text()))


def test_githubs_nightly_audit_is_held_against_the_night_before(runner: Runner) -> None:
    job = flow("github-audit.yml")["jobs"]["audit"]
    folder = runner.tool.config.parent

    first = runner.job(job, AUDIT_WEBHOOK="")
    second = runner.job(job, AUDIT_WEBHOOK="")

    assert first["Audit"].code == second["Audit"].code == 2
    assert first["Keep"].code == second["Keep"].code == 0
    assert "Since the audit of" not in first["Audit"].out
    assert "0 new, " in second["Audit"].out
    assert last(runner)["counts"]["open"] == last(runner)["counts"]["findings"] > 0
    assert json.loads((folder / "audit.sarif").read_text())["version"] == "2.1.0"
    assert (folder / "audit.html").read_text().startswith("<!doctype html>")
    assert "### okta-scim-setup audit: exit code 2" in (runner.folder / "summary").read_text()


def test_a_webhook_is_asked_for_where_its_url_is_kept(runner: Runner) -> None:
    """A real host isn't reached in tests: one that isn't the chat's is refused before the run."""
    job = flow("github-audit.yml")["jobs"]["audit"]

    came = runner.job(job, AUDIT_WEBHOOK="https://chat.example/services/hush-hush")

    assert came["Audit"].code == 1
    assert "leads to chat.example, which isn't allowed" in came["Audit"].err
    assert not (runner.tool.config.parent / "last").exists()


GITLAB = {
    "CI_API_V4_URL": "https://gitlab.example/api/v4",
    "CI_PROJECT_ID": "17",
    "CI_MERGE_REQUEST_IID": "7",
    "NOTE_TOKEN": "glpat-hush",
}


def test_gitlabs_flow_validates_plans_notes_and_applies(runner: Runner) -> None:
    jobs = flow("gitlab-ci.yml")
    runner.fake("curl", f'cat >"{runner.folder}/curl.stdin"\ncp plan.md "{runner.folder}/note"')

    assert runner.run(jobs["validate"]["script"]).code == 0
    assert runner.run(jobs["plan"]["script"], **GITLAB).code == 0
    noted = runner.run(jobs["plan"]["after_script"], **GITLAB)
    applied = runner.run(jobs["apply"]["script"], TOKEN_TO="file:{tenant}.token")

    assert noted.code == 0, noted.err
    (asked,) = runner.asked("curl")
    assert asked.endswith(
        "body@plan.md https://gitlab.example/api/v4/projects/17/merge_requests/7/notes"
    )
    assert "glpat-hush" not in asked, "not in the list of processes"
    assert (runner.folder / "curl.stdin").read_text() == 'header = "PRIVATE-TOKEN: glpat-hush"\n'
    assert (runner.folder / "note").read_text().startswith("### okta-scim-setup plan: exit code 0")
    assert applied.code == jobs["apply"]["allow_failure"]["exit_codes"] == 3, applied.err
    assert (runner.tool.config.parent / "apply.xml").read_text().startswith("<?xml")


def test_where_gitlabs_planning_fails_the_note_says_why(runner: Runner) -> None:
    job = flow("gitlab-ci.yml")["plan"]
    runner.fake("curl", f'cp plan.md "{runner.folder}/note"')
    runner.tool.config.write_text("tenants: {acme: {}}\n")

    assert runner.run(job["script"], **GITLAB).code == 1
    runner.run(job["after_script"], **GITLAB)

    assert "    error: acme: " in (runner.folder / "note").read_text()


def test_gitlabs_nightly_audit_is_held_against_the_night_before(runner: Runner) -> None:
    script = flow("gitlab-ci.yml")["audit"]["script"]

    first = runner.run(script)
    second = runner.run(script)

    assert (first.code, second.code) == (2, 2)
    assert "0 new, " in second.out
    assert last(runner)["counts"]["open"] > 0
    assert (runner.tool.config.parent / "audit.xml").exists()


def test_gitlabs_jobs_install_the_tool_from_where_it_is_kept(runner: Runner) -> None:
    """With a git and a python3 that note what they are asked."""
    jobs = flow("gitlab-ci.yml")
    runner.fake("git", "")
    runner.fake("python3", f'mkdir -p "$3/bin" && cp "{runner.folder}/pip" "$3/bin/pip"')
    runner.fake("pip", "")
    project = str(runner.folder / "project")

    came = runner.run(
        [*jobs["default"]["before_script"], 'echo "${PATH%%:*}"'],
        CI_PROJECT_DIR=project,
        **jobs["variables"],
    )

    assert came.code == 0, came.err
    assert runner.asked("git")[0].endswith(f"okta-scim-setup.git {project}.tool/source")
    assert runner.asked("git")[1].endswith("checkout --quiet COMMIT")
    assert runner.asked("pip") == [
        f"install --quiet -c {project}.tool/source/constraints.txt {project}.tool/source"
    ]
    assert came.out == f"{project}.tool/venv/bin\n"


def test_planning_and_applying_have_credentials_of_their_own_and_nothing_cuts_an_apply_off() -> (
    None
):
    github, gitlab = flow("github-pull-request.yml"), flow("gitlab-ci.yml")
    plan, apply = github["jobs"]["plan"], github["jobs"]["apply"]

    assert plan["environment"] != apply["environment"]
    for name in ("OKTA_API_TOKEN", "DBT_CLOUD_TOKEN"):
        assert "READ" in plan["env"][name]
        assert "WRITE" in apply["env"][name]
    assert github["concurrency"]["cancel-in-progress"] is False
    assert "fork" in plan["if"]
    assert gitlab["plan"]["environment"]["name"] == gitlab["audit"]["environment"]["name"]
    assert gitlab["plan"]["environment"]["name"] != gitlab["apply"]["environment"]["name"]
    assert gitlab["apply"]["interruptible"] is False
    assert gitlab["apply"]["resource_group"]
    assert "SOURCE_PROJECT_ID" in gitlab["plan"]["rules"][0]["if"]


def test_who_audits_has_read_credentials_and_the_least_permissions() -> None:
    job = flow("github-audit.yml")["jobs"]["audit"]

    assert all("READ" in job["env"][name] for name in ("OKTA_API_TOKEN", "DBT_CLOUD_TOKEN"))
    assert job["permissions"] == {"contents": "read", "security-events": "write"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_command_has_anything_slipped_in_by_the_ci(file: Path) -> None:
    """What a branch or a title is called would be run as a command."""
    jobs = yaml.safe_load(file.read_text()).get("jobs", {})

    assert not [s for j in jobs.values() for s in j["steps"] if "${{" in s.get("run", "")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_verbs_and_options_in_ci_files_exist(file: Path) -> None:
    commands = re.findall(r"okta-scim-setup (\w+) (.*)", file.read_text())
    named = set(re.findall(r"(?<![\w-])--[a-z-]+", " ".join(rest for _, rest in commands)))
    context = click.Context(cli.cli)
    known: set[str] = set()
    for verb, _ in commands:
        command = cli.cli.get_command(context, verb)
        if command is not None:
            known |= {name for option in command.params for name in option.opts}

    assert named <= known


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


# -- many tenants in parts


def audited_parts(runner: Runner) -> Path:
    """Every part's file, where the last job finds what the others uploaded."""
    found = flow("github-audit-parts.yml")
    parts = runner.tool.config.parent / "parts"
    parts.mkdir()
    for part in found["jobs"]["part"]["strategy"]["matrix"]["part"]:
        came = runner.job(found["jobs"]["part"], PART=str(part), OF=found["env"]["OF"])
        assert came["Audit"].code in {0, 2}, came["Audit"].err
        (runner.tool.config.parent / f"part-{part}.json").rename(parts / f"part-{part}.json")
    return parts


def test_an_audit_in_parts_is_put_together_and_answers_as_a_whole(runner: Runner) -> None:
    audited_parts(runner)

    came = runner.job(flow("github-audit-parts.yml")["jobs"]["whole"])

    assert came["Merge"].code == 2, came["Merge"].err
    report = json.loads((runner.tool.config.parent / "audit.json").read_text())
    assert report["counts"]["tenants"] == 3


def test_a_job_that_crashed_makes_no_green_audit(runner: Runner) -> None:
    (audited_parts(runner) / "part-2.json").unlink()

    came = runner.job(flow("github-audit-parts.yml")["jobs"]["whole"])

    assert came["Merge"].code == 64
    assert "error: part 2 of 3 is missing" in came["Merge"].err
    assert not (runner.tool.config.parent / "audit.json").exists()


def test_the_matrix_names_every_part_there_is() -> None:
    found = flow("github-audit-parts.yml")
    parts = found["jobs"]["part"]["strategy"]["matrix"]["part"]
    assert parts == list(range(1, int(found["env"]["OF"]) + 1))
    assert found["jobs"]["part"]["strategy"]["fail-fast"] is False
