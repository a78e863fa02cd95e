"""The tool on the simulator, over real HTTP: what most tests are about."""

from __future__ import annotations

import gc
import shutil
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tenants import Restored, free_port
from tool import Tool

from okta_scim_setup.cli import _session
from okta_scim_setup.simulator import Simulator
from okta_scim_setup.transport import Transport


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Whatever is imported stays: looking for garbage in it takes a quarter of the collection."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


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


Prepare = Callable[[Tool], object]
"""Sets tenants up, with whatever a test's own commands would do."""


def by_api(tool: Tool) -> None:
    """Let apply set up what has an API."""
    assert tool.run("apply", "--yes").code == 0


def by_hand_too(tool: Tool) -> None:
    """initech alone, a custom SAML app, with its step for a person."""
    first = tool.config.parent / "first"
    tool.run("apply", "--yes", "--tenant", "initech", "--token-to", f"file:{first}")
    tool.do_the_clicks("initech", 2, first.read_text().strip())
    assert tool.run("apply", "--yes", "--tenant", "initech").code == 0


@pytest.fixture(scope="session")
def kept(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[int, Prepare, pytest.CaptureFixture[str]], Path]:
    """Tenants that were set up once, kept as files: the simulator's, journals, config, port."""
    known: dict[tuple[int, Prepare], Path] = {}

    def keep(tenants: int, prepare: Prepare, capsys: pytest.CaptureFixture[str]) -> Path:
        if (tenants, prepare) not in known:
            folder = tmp_path_factory.mktemp("kept")
            (folder / "port").write_text(str(free_port()))
            (folder / "set-up").mkdir()
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("XDG_STATE_HOME", str(folder / "state"))
                with _simulator(folder, tenants, Simulator) as simulator:
                    prepare(Tool(simulator, simulator.write_config(folder / "set-up"), capsys))
            known[tenants, prepare] = folder
        return known[tenants, prepare]

    return keep


@pytest.fixture
def set_up_already(
    kept: Callable[[int, Prepare, pytest.CaptureFixture[str]], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Callable[..., Tool]]:
    """As `simulated`, with tenants that are as declared; each test has its own."""
    with ExitStack() as stack:

        def start(tenants: int = 1, prepare: Prepare = by_api) -> Tool:
            folder = kept(tenants, prepare, capsys)
            for name in ("state", "set-up"):
                shutil.copytree(folder / name, tmp_path / name)
            simulator = stack.enter_context(_simulator(folder, tenants, Restored))
            return Tool(simulator, tmp_path / "set-up" / "config.yaml", capsys)

        yield start


def _simulator(kept: Path, tenants: int, kind: type[Simulator]) -> Simulator:
    """Always at the same address: tokens and journals are for it."""
    port = int((kept / "port").read_text())
    return kind(tenants=tenants, port=port, keep_in=kept / "state.json")


@pytest.fixture
def set_up(set_up_already: Callable[..., Tool]) -> Tool:
    """One tenant that is as declared, its app with an API."""
    return set_up_already()


@pytest.fixture
def by_hand(set_up_already: Callable[..., Tool]) -> Tool:
    """initech, a custom SAML app, set up with a step for a person."""
    return set_up_already(3, by_hand_too)
