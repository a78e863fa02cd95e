"""The tool on the simulator, over real HTTP: what most tests are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tool import Tool

from okta_scim_setup.simulator import Simulator


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
