"""A command is run without a shell, without a terminal, with a deadline, and ended whole."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from commands import PATIENCE, Alive, Bench

from okta_scim_setup.secret.command import LARGEST, CommandFailed, Commands

SHORT = 1.0
"""Seconds: enough for a shell to begin on a busy machine."""

HANGS = 'exec 9>"$ALIVE"; echo held >&9; sleep 1000 & sleep 1000'


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return Bench(folder)


@pytest.fixture
def alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Alive:
    monkeypatch.setenv("ALIVE", str(tmp_path / "alive"))
    return Alive(tmp_path / "alive")


def test_what_it_prints_is_had_and_no_shell_reads_its_arguments(bench: Bench) -> None:
    bench.command("get", 'printf "%s" "$2"')

    assert Commands().output(["get", "a b", "$(id); *"]) == b"$(id); *"
    assert bench.calls("get") == [["a b", "$(id); *"]]


def test_it_runs_in_the_folder_it_is_given(tmp_path: Path) -> None:
    assert Commands().output(["pwd", "-P"], tmp_path) == f"{tmp_path.resolve()}\n".encode()


def test_it_reads_nothing_and_has_no_terminal(bench: Bench) -> None:
    bench.command("asks", "cat; ( : </dev/tty ) 2>/dev/null && echo terminal; echo nobody")

    assert Commands().output(["asks"]) == b"nobody\n"


def test_it_is_given_what_it_reads(bench: Bench) -> None:
    bench.command("store", 'cat >"$1"; echo dropped; echo dropped >&2')

    Commands().feed(["store", str(bench.folder / "kept")], b"value\n")

    assert (bench.folder / "kept").read_bytes() == b"value\n"


def test_one_that_does_not_read_what_it_is_given_is_no_error_by_itself() -> None:
    Commands().feed(["true"], b"value\n")


def test_a_command_that_hangs_is_ended_with_all_that_it_started(bench: Bench, alive: Alive) -> None:
    bench.command("hang", HANGS)

    with pytest.raises(CommandFailed, match="didn't end within 1 s"):
        Commands(deadline=SHORT).output(["hang"])
    assert alive.all_ended()


def test_a_command_that_hangs_on_what_it_is_given_is_ended(bench: Bench, alive: Alive) -> None:
    bench.command("hang", HANGS)

    with pytest.raises(CommandFailed, match="didn't end within"):
        Commands(deadline=SHORT).feed(["hang"], b"value")
    assert alive.all_ended()


def test_one_that_closes_its_output_and_goes_on_is_ended(bench: Bench, alive: Alive) -> None:
    bench.command("hang", f"exec >&-; {HANGS}")

    with pytest.raises(CommandFailed, match="didn't end within"):
        Commands(deadline=SHORT).output(["hang"])
    assert alive.all_ended()


def test_what_is_left_in_the_background_is_not_waited_for(bench: Bench, alive: Alive) -> None:
    commands = Commands()
    bench.command("agent", f"({HANGS}) & echo value")

    assert commands.output(["agent"]) == b"value\n"
    os.killpg(int(_group_of(alive)), signal.SIGKILL)


def _group_of(alive: Alive) -> str:
    """The group of the process that holds the pipe, or is about to."""
    until = time.monotonic() + PATIENCE
    while not (found := _holder(alive)):
        assert time.monotonic() < until, "nobody holds it"
    return found


def _holder(alive: Alive) -> str:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            held = any(fd.samefile(alive.path) for fd in (process / "fd").iterdir())
            if held and int(process.name) != os.getpid():
                return (process / "stat").read_text().rpartition(")")[2].split()[2]
        except OSError:
            continue
    return ""


def test_stopping_ends_all_that_run_and_starts_no_more(bench: Bench, alive: Alive) -> None:
    bench.command("hang", HANGS)
    commands, came = Commands(), []

    def run() -> None:
        try:
            commands.output(["hang"])
        except KeyboardInterrupt:
            came.append("interrupted")

    thread = threading.Thread(target=run)
    thread.start()
    while not bench.calls("hang"):
        thread.join(0.01)
    commands.stop()
    thread.join()

    assert came == ["interrupted"]
    with pytest.raises(KeyboardInterrupt):
        commands.output(["true"])


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo canary >&2; exit 3", "ended with exit code 3"),
        ("kill -9 $$", "was ended by signal 9"),
        ("yes canary", f"printed more than {LARGEST} bytes"),
        ("head -c 70000 /dev/zero", f"printed more than {LARGEST} bytes"),
    ],
)
def test_one_that_fails_is_told_without_what_it_said(
    bench: Bench, capfd: pytest.CaptureFixture[str], script: str, said: str
) -> None:
    bench.command("fails", script)

    with pytest.raises(CommandFailed) as caught:
        Commands().output(["fails"])

    assert str(caught.value) == said
    assert "canary" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["no-such-program-here"], "can't be run: No such file or directory"),
        (["/"], "can't be run: Permission denied"),
        (["a\0b"], "can't be run: a NUL is in it"),
    ],
)
def test_one_that_is_not_there_is_told(argv: list[str], said: str) -> None:
    with pytest.raises(CommandFailed) as caught:
        Commands().output(argv)

    assert str(caught.value) == said


def test_as_much_as_is_allowed_is_had() -> None:
    assert len(Commands().output(["head", "-c", str(LARGEST), "/dev/zero"])) == LARGEST
