"""`simulate` as a process: faults from a file, state over restarts, what it refuses."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

PATIENCE = 20.0


@contextmanager
def simulate(*options: str, insists: bool = False) -> Iterator[dict[str, Any]]:
    # Below the ports that outgoing connections take; orgs follow on the next ones.
    port = random.randrange(10_000, 30_000)  # noqa: S311 - no secret
    command = [sys.executable, "-m", "okta_scim_setup", "simulate", "--port", str(port)]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())
        finally:
            end(process, insists=insists)


def end(process: subprocess.Popen[str], *, insists: bool) -> None:
    """Ask it to end, once or over and over again, and give up after a while."""
    until = time.monotonic() + PATIENCE
    os.kill(process.pid, signal.SIGTERM)
    while insists and process.poll() is None and time.monotonic() < until:
        os.kill(process.pid, signal.SIGTERM)
    try:
        process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def get(base: str, path: str, authorization: str) -> requests.Response:
    return requests.get(base + path, headers={"Authorization": authorization}, timeout=20)


def test_faults_come_from_a_file(tmp_path: Path) -> None:
    faults = tmp_path / "faults.yaml"
    faults.write_text(
        "- {path: /api/v1/users/me, do: 'status:503', nth: 2}\n"
        "- {tenant: globex, rate: 1, seed: 3, do: ['status:500']}\n"
    )
    with simulate("--tenants", "2", "--orgs", "2", "--faults", str(faults)) as summary:
        acme, globex = summary["okta"]
        statuses = [
            get(org["org_url"], "/api/v1/users/me", f"SSWS {org['api_token']}").status_code
            for org in (acme, acme, acme, globex)
        ]
    assert statuses == [200, 503, 200, 500]


def test_state_survives_a_restart_on_another_port(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    for expected in ([], ["kept"]):
        with simulate("--tenants", "1", "--state", str(state)) as summary:
            account = summary["dbt_cloud"][0]
            url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}"
            headers = {"Authorization": f"Token {account['token']}"}
            tokens = f"{url}/scim-config/tokens/"
            found = requests.get(tokens, headers=headers, timeout=20).json()["data"]
            assert [token["name"] for token in found] == expected
            requests.post(tokens, json={"name": "kept"}, headers=headers, timeout=20)


def test_signals_that_come_over_and_over_end_it_and_the_state_is_kept(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with simulate("--tenants", "1", "--state", str(state), insists=True):
        assert not state.exists()
    assert json.loads(state.read_text())["tenants"]


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("--faults", "- {do: explode}", "explode"),
        ("--faults", "]", "faults"),
        ("--faults", "just text", "an object"),
        ("--state", "not json", "no state of this simulator"),
    ],
)
def test_files_that_make_no_sense_are_refused(
    tmp_path: Path, option: str, text: str, told: str
) -> None:
    file = tmp_path / "faults"
    file.write_text(text)
    command = [sys.executable, "-m", "okta_scim_setup", "simulate", option, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own
    assert done.returncode == 64
    assert told in done.stderr
    assert "Traceback" not in done.stderr
