"""A minted token goes where the operator said, and a sink that fails says so before it matters."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Alive, Bench
from messages import read
from tool import Tool

from okta_scim_setup.errors import ConfigError, Refused, SetupError, UsageError
from okta_scim_setup.secret import SINK, Secret
from okta_scim_setup.secret.command import Commands
from okta_scim_setup.sink import CommandSink, FileSink, TerminalSink, parse, shared

VALUE = "canary-7f3a9b2c"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return Bench(folder)


def token(*hosts: str) -> Secret:
    return Secret(VALUE, origin="x", hosts=frozenset(hosts or (SINK,)))


def sink(text: str) -> CommandSink | FileSink | TerminalSink:
    found = parse(text, terminal=True, environment={})
    assert isinstance(found, CommandSink | FileSink | TerminalSink)
    return found


# -- a file


def test_a_file_is_new_and_for_its_owner_alone(tmp_path: Path) -> None:
    target = sink(f"file:{tmp_path}/{{tenant}}.token")
    before = os.umask(0)
    try:
        target.check("acme")
        assert target.put("acme", token()) == f"the token in {tmp_path}/acme.token"
    finally:
        os.umask(before)

    written = tmp_path / "acme.token"
    assert written.read_text() == VALUE + "\n"
    assert written.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused):
        target.check("acme")
    assert not target.forget("acme")


@pytest.mark.parametrize("there", ["file", "link", "dangling link"])
def test_a_file_is_never_written_over_nor_a_link_followed(tmp_path: Path, there: str) -> None:
    path, other = tmp_path / "token", tmp_path / "other"
    if there == "file":
        path.write_text("kept")
    else:
        path.symlink_to(other)
    if there == "link":
        other.write_text("kept")

    with pytest.raises(Refused):
        sink(f"file:{path}").check("acme")
    with pytest.raises(SetupError) as caught:  # and if it came there since
        sink(f"file:{path}").put("acme", token())

    assert VALUE not in str(caught.value.problems)
    assert [p.read_text() for p in (path, other) if p.is_file()] in ([], ["kept"], ["kept"] * 2)


def test_it_is_on_the_disk_before_anybody_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, really = [], os.fsync

    def sync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_size)
        really(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    sink(f"file:{tmp_path}/token").put("acme", token())

    assert synced == [len(VALUE) + 1]


def test_a_file_that_couldnt_be_written_whole_isnt_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(SetupError, match="No space left"):
            sink(f"file:{tmp_path}/token").put("acme", token())

    assert list(tmp_path.iterdir()) == []
    sink(f"file:{tmp_path}/token").check("acme")


@pytest.mark.parametrize("where", ["~nobody-of-that-name/x", f"/{'f' * 300}/x", "/dev/null/x"])
def test_a_place_that_cant_be_is_refused_before_anything_is_minted(where: str) -> None:
    with pytest.raises(Refused, match="doesn't exist, or can't be looked into"):
        sink(f"file:{where}").check("acme")


# -- a command


def test_a_command_reads_the_token_on_its_stdin_and_nowhere_else(bench: Bench) -> None:
    seen = bench.folder / "seen"
    bench.command("store", f"cat >{seen}; tr '\\0' '\\n' </proc/self/environ >{seen}.environ")
    target = sink("cmd:store put 'scim/{tenant} token' -")

    target.check("acme")
    assert target.put("acme", token()) == "the token that store was given"

    assert seen.read_text() == VALUE
    assert bench.calls("store") == [["put", "scim/acme token", "-"]]
    assert VALUE not in Path(f"{seen}.environ").read_text()
    assert not target.forget("acme")


def test_a_tenants_name_makes_no_argument_of_its_own(bench: Bench) -> None:
    bench.command("store", "cat >/dev/null")
    target = sink("cmd:store {tenant} x")

    target.put("a b; $(id) 'c", token())
    assert bench.calls("store") == [["a b; $(id) 'c", "x"]]
    with pytest.raises(Refused, match='the name "-rf" would be an option of store'):
        target.check("-rf")
    sink("cmd:store --name={tenant}").check("-rf")


def test_a_program_that_is_not_there_is_refused_before_anything_is_minted() -> None:
    with pytest.raises(Refused, match="no program no-such-program is found"):
        sink("cmd:no-such-program x").check("acme")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("cat; cat >&2; exit 3", "it ended with exit code 3"),
        ("cat; kill -9 $$", "it was ended by signal 9"),
    ],
)
def test_a_command_that_fails_is_told_without_what_it_printed(
    bench: Bench, capfd: pytest.CaptureFixture[str], script: str, said: str
) -> None:
    bench.command("store", script)

    with pytest.raises(SetupError) as caught:
        sink("cmd:store").put("acme", token())

    assert str(caught.value) == f"the token can't be given to store: {said}"
    assert VALUE not in "".join([str(caught.value.problems), *capfd.readouterr()])


def test_a_command_that_hangs_is_ended(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIVE", str(tmp_path / "alive"))
    alive = Alive(tmp_path / "alive")
    bench.command("store", 'exec 9>"$ALIVE"; echo held >&9; sleep 1000')

    with pytest.raises(SetupError, match="it didn't end within 1 s"):
        CommandSink(("store",), Commands(deadline=1.0)).put("acme", token())
    assert alive.all_ended()


def test_a_secret_that_is_not_for_a_sink_goes_to_none(bench: Bench, tmp_path: Path) -> None:
    bench.command("store", "cat >/dev/null")

    for text in (f"file:{tmp_path}/token", "cmd:store"):
        with pytest.raises(ConfigError):
            sink(text).put("acme", token("acme.okta.com"))
    assert bench.calls("store") == []


# -- what is asked for


def test_a_terminal_is_refused_where_nobody_sits_or_a_log_remembers() -> None:
    for terminal, environment in ((False, {}), (True, {"CI": "true"})):
        with pytest.raises(UsageError, match="needs a terminal"):
            parse("terminal", terminal=terminal, environment=environment)


@pytest.mark.parametrize("text", ["", "x", "file", "file:", "cmd:", "cmd: ", "terminal:x", "CMD:x"])
def test_what_is_no_sink_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="--token-to takes terminal, file:PATH or cmd:COMMAND"):
        sink(text)


def test_an_open_quote_in_a_command_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="a quote is opened and not closed"):
        sink("cmd:store 'x")


def test_one_place_for_several_tenants_is_known_as_such() -> None:
    assert shared(sink("file:token"))
    assert shared(sink("cmd:store x"))
    assert not shared(sink("file:{tenant}"))
    assert not shared(sink("cmd:store {tenant}"))
    assert not shared(sink("terminal"))
    assert not shared(None)


# -- in an apply


def apply(tool: Tool, to: str, tenant: str = "initech") -> tuple[int, str]:
    came = tool.run("apply", "--yes", "--tenant", tenant, "--token-to", to)
    return came.code, came.out + came.err


def test_apply_gives_the_token_to_a_command_and_goes_on_when_the_clicks_are_done(
    simulated: Callable[..., Tool], bench: Bench
) -> None:
    tool, kept = simulated(3), bench.folder / "kept-initech"
    bench.command("store", f'cat >"{bench.folder}/kept-$1"')

    code, said = apply(tool, "cmd:store {tenant}")

    assert code == 3
    assert "the token that store was given" in said
    value = kept.read_text()
    tool.do_the_clicks("initech", 2, value)
    assert tool.run("apply", "--yes", "--tenant", "initech").code == 0
    assert len(bench.calls("store")) == 1


def test_a_command_that_is_not_there_stops_apply_before_the_first_write(
    simulated: Callable[..., Tool],
) -> None:
    tool = simulated(3)

    code, said = apply(tool, "cmd:no-such-program")

    assert code == 4
    assert "no program no-such-program is found" in read(said)[0].title
    assert {r["method"] for r in tool.simulator.requests()} == {"GET"}


def test_a_token_that_a_command_did_not_take_is_revoked(
    simulated: Callable[..., Tool], bench: Bench
) -> None:
    tool = simulated(3)
    bench.command("store", "cat; exit 1")

    code, said = apply(tool, "cmd:store")

    assert code == 1
    assert "the token can't be given to store: it ended with exit code 1" in said
    assert tool.account(2)["tokens"] == []
