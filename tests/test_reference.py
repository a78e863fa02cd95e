"""docs/reference says what the code says of itself; ``UPDATE=1`` writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from reference import pages

from okta_scim_setup import cli, registry

FOLDER = Path(__file__).parents[1] / "docs" / "reference"


def test_there_is_no_page_that_isnt_made() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} <= pages().keys()


@pytest.mark.parametrize("name", pages())
def test_the_committed_page_is_current(name: str) -> None:
    made, kept = pages()[name], FOLDER / name
    if os.environ.get("UPDATE"):
        FOLDER.mkdir(exist_ok=True)
        kept.write_text(made)

    assert kept.read_text() == made, "run: make reference"


def test_everything_is_in_it() -> None:
    made = pages()

    assert all(f"\n## {name}\n" in made["kinds.md"] for name in registry.kinds())
    assert all(f"\n## {verb}\n" in made["cli.md"] for verb in cli.VERBS)
    assert all(f"| {known.drift.id} |" in made["findings.md"] for known in registry.findings())
    assert {"AUD900", "AUD910", "AUD911"} <= {known.drift.id for known in registry.findings()}
