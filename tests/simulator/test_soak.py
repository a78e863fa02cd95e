"""A short soak, and proof that a soak would notice; the long one is `make soak`."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "bench"


def test_many_clients_with_faults_on_get_no_wrong_answer() -> None:
    command = [sys.executable, str(BENCH / "soak.py"), "--seconds", "4", "--clients", "6"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["problems"] == []
    assert found["faults"] > 10
    assert done.stderr == ""


@pytest.fixture
def soak(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("soak")


def test_a_soak_notices_answers_that_are_wrong(soak: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = soak._begin
    # The clients expect other requests to go wrong than those that do.
    monkeypatch.setattr(soak, "_begin", lambda service, seed, rate: begin(service, seed + 5, rate))
    result = soak.soak(5, 2, 1, rate=0.3)
    assert len(result.problems) == 2
