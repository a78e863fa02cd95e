"""Cassettes for the providers' tests."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from studio import Before, Studio, Tape, played

Play = Callable[..., AbstractContextManager[Tape]]


def _nothing(_studio: Studio) -> None:
    """A cassette may begin with the simulator as it starts."""


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Play a cassette by its name; *before* is what was done before it was recorded."""

    def start(name: str, before: Before = _nothing) -> AbstractContextManager[Tape]:
        return played(name, before, tmp_path)

    return start
