"""`simulate` as a process: faults from a file, state over restarts, what it refuses."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests


@contextmanager
def simulate(*options: str) -> Iterator[dict[str, Any]]:
    # Below the ports that outgoing connections take; orgs follow on the next ones.
    port = random.randrange(10_000, 30_000)  # noqa: S311 - no secret
    command = [sys.executable, "-m", "okta_scim_setup", "simulate", "--port", str(port)]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())
        finally:
            os.kill(process.pid, signal.SIGTERM)
            process.wait()


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
