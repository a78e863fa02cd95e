"""docs/secrets.md says all that the code does, and its example of a scheme works as it stands."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path

import pytest
from commands import Bench

from okta_scim_setup import sink
from okta_scim_setup.errors import ConfigError, Place
from okta_scim_setup.secret import Keeper, SecretReference
from okta_scim_setup.secret.command import DEADLINE, LARGEST
from okta_scim_setup.secret.mask import SHORTEST
from okta_scim_setup.secret.schemes import BUILT_IN, GROUP
from okta_scim_setup.secret.schemes.commands import CMD
from okta_scim_setup.secret.schemes.files import OUTSIDE

PAGE = (Path(__file__).parents[1] / "docs" / "secrets.md").read_text()


def block(language: str) -> str:
    """The page's one block in that language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


@pytest.mark.parametrize("scheme", BUILT_IN.values(), ids=BUILT_IN)
def test_each_scheme_is_in_the_table_of_references(scheme: object) -> None:
    assert f"| `{scheme.form}` |" in PAGE  # type: ignore[attr-defined]


def test_nothing_else_is_in_the_table_of_references() -> None:
    table = PAGE.partition("| reference |")[2].partition("\n\n")[0]
    named = re.findall(r"^\| `(\w+):", table, re.MULTILINE)

    assert named == [*BUILT_IN, "SCHEME"]


@pytest.mark.parametrize("form", sink.FORMS)
def test_each_sink_is_in_the_table_of_sinks(form: str) -> None:
    assert f"| `{form}` |" in PAGE


def test_flags_and_figures_are_those_of_the_code() -> None:
    for flag in (CMD, OUTSIDE):
        assert f"`{flag}`" in PAGE
    assert f"has {DEADLINE:.0f} seconds" in PAGE
    assert f"More than {LARGEST} bytes" in PAGE
    assert f"at least {SHORTEST} characters" in PAGE
    assert f"`{GROUP}`" in PAGE


def test_every_sink_that_the_page_shows_can_be_read() -> None:
    shown = re.findall(r"--token-to '([^']+)'", PAGE)

    assert len(shown) == 4
    for text in shown:
        found = sink.parse(text, terminal=False, environment={})
        assert isinstance(found, sink.CommandSink)
        assert found.tells_apart


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example, installed as pip would do it."""
    declared = tomllib.loads(block("toml"))["project"]["entry-points"]
    lines = [
        f"[{group}]\n{name} = {value}"
        for group in declared
        for name, value in declared[group].items()
    ]
    info = tmp_path / "pass_secrets-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pass-secrets\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "pass_secrets.py").write_text(block("python"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "pass_secrets", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def resolved(text: str, folder: Path) -> str:
    reference = SecretReference.parse(text, Place("config.yaml", 1), folder)
    return Keeper().resolve(reference, frozenset({"x"})).reveal(to="x")


def test_the_example_of_a_scheme_works_as_it_stands(installed: Path) -> None:
    bench = Bench(installed)
    bench.command("pass", "echo first-line; echo second-line")

    assert resolved("pass:scim/okta", installed) == "first-line"
    assert bench.calls("pass") == [["show", "scim/okta"]]


def test_the_example_repeats_nothing_where_it_fails(installed: Path) -> None:
    Bench(installed).command("pass", "echo canary-canary >&2; exit 1")

    for reference in ("pass:scim/okta", "pass:--help"):
        with pytest.raises(ConfigError) as caught:
            resolved(reference, installed)
        assert "canary" not in str(caught.value.problems)
        assert "pass_secrets:resolve raised" in caught.value.problems[0].title
