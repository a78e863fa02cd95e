"""The tool on the simulator, over real HTTP: what most tests are about."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tenants import free_port
from tool import Tool

from okta_scim_setup import cli
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


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """So many tenants that apply has set up, kept as files: state, journals and port."""
    known: dict[int, Path] = {}

    def keep(tenants: int) -> Path:
        if tenants not in known:
            folder = known[tenants] = tmp_path_factory.mktemp("kept")
            (folder / "port").write_text(str(free_port()))
            with _restored(folder, folder / "state.json", tenants) as simulator:
                config = str(simulator.write_config(folder))
                journal = str(folder / "journal")
                assert cli.run(["apply", "--yes", "--config", config, "--journal", journal]) == 0
        return known[tenants]

    return keep


@pytest.fixture
def set_up_already(
    kept: Callable[[int], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Tool]]:
    """As `simulated`, with tenants that are as declared; each test has its own."""
    with ExitStack() as stack:

        def start(tenants: int = 1) -> Tool:
            folder, state = kept(tenants), tmp_path / "state.json"
            shutil.copy(folder / "state.json", state)
            shutil.copytree(folder / "journal", tmp_path / "state" / "okta-scim-setup")
            simulator = stack.enter_context(_restored(folder, state, tenants))
            config = tmp_path / "set-up"
            config.mkdir()
            return Tool(simulator, simulator.write_config(config), capsys)

        yield start


def _restored(kept: Path, state: Path, tenants: int) -> Simulator:
    """Always at the same address: tokens and journals are for it."""
    return Simulator(tenants=tenants, port=int((kept / "port").read_text()), keep_in=state)


@pytest.fixture
def set_up(set_up_already: Callable[..., Tool]) -> Tool:
    """One tenant that is as declared, its app with an API."""
    return set_up_already()


@pytest.fixture
def by_hand(simulated: Callable[..., Tool]) -> Tool:
    """initech, a custom SAML app, set up with a step for a person."""
    tool = simulated(3)
    first = tool.config.parent / "first"
    tool.run("apply", "--yes", "--tenant", "initech", "--token-to", f"file:{first}")
    tool.do_the_clicks("initech", 2, first.read_text().strip())
    assert tool.run("apply", "--yes", "--tenant", "initech").code == 0
    return tool
