"""The tool on the simulator, over real HTTP: what most tests are about."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tool import Tool

from okta_scim_setup.cli import _session
from okta_scim_setup.simulator import Simulator
from okta_scim_setup.transport import Transport


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No journal and no lock of one test is another's, nor the developer's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting takes no time: as long as it would be, a moment passes for us alone."""
    passed = 0.0

    def sleep(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    def transport(**how: Any) -> Transport:
        return Transport(clock=lambda: time.monotonic() + passed, sleep=sleep, **how)

    monkeypatch.setattr(_session, "Transport", transport)


@pytest.fixture
def simulated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Tool]]:
    """Start a simulator, write its config, and hand out the tool for it."""
    with ExitStack() as stack:

        def start(tenants: int = 1, **how: Any) -> Tool:
            simulator = stack.enter_context(Simulator(tenants=tenants, **how))
            folder = tmp_path / f"simulated-{simulator.port}"
            folder.mkdir()
            return Tool(simulator, simulator.write_config(folder), capsys)

        yield start
