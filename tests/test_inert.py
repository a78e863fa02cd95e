"""What services and configs say does nothing where it is shown."""

from __future__ import annotations

import json
import pwd
from collections.abc import Callable

import pytest
from tool import Tool

from okta_scim_setup.report.inert import inert

Start = Callable[..., Tool]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\rb\x07", "a\\rb\\x07"),
        ("\u202eevil", "\\u202eevil"),
        ("x\n  ::stop-commands::x", "x\n  : :stop-commands::x"),
        ("see ##vso[task.setvariable]x", "see # #vso[task.setvariable]x"),
        ("##[error]x", "# #[error]x"),
        ("\x1b[1macme\x1b[0m\tall\nis well: ::1", "\x1b[1macme\x1b[0m\tall\nis well: ::1"),
    ],
)
def test_a_text_commands_neither_a_terminal_nor_a_runner(said: str, shown: str) -> None:
    assert inert(said) == shown


def test_a_report_that_programs_read_keeps_its_values() -> None:
    said = inert(json.dumps({"a": "##vso[x]"}), "json")

    assert "##vso" not in said
    assert json.loads(said) == {"a": "##vso[x]"}
    assert inert("<a b='##vso[x]'/>", "junit") == "<a b='&#35;#vso[x]'/>"


@pytest.mark.parametrize("verb", ["plan", "apply", "doctor", "audit"])
def test_a_label_in_a_config_is_no_command_of_a_runners(simulated: Start, verb: str) -> None:
    tool = simulated()
    tool.change(app="dbt\n::stop-commands::x\nacme\x1b[2J")

    came = tool.run(verb, *(("--yes",) if verb == "apply" else ()))

    lines = [line.strip() for line in (came.out + came.err).splitlines()]
    assert any("stop-commands" in line for line in lines)
    assert not any(line.startswith("::") for line in lines)
    assert "\x1b[2J" not in came.out + came.err


def test_where_no_home_is_known_the_journals_want_a_place(
    simulated: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(number: int) -> None:
        raise KeyError(number)

    tool = simulated()
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)

    assert tool.run("validate").code == 0
    came = tool.run("plan")
    assert came.code == 1
    assert "no home folder is known" in came.err
    assert "--journal DIR" in came.err
    assert tool.run("plan", "--journal", str(tool.config.parent / "journal")).code == 0
