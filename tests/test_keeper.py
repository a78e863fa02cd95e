"""References are followed late and once, for the hosts they are for, and no value is forgotten."""

from __future__ import annotations

import ast
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from commands import Alive, Bench

import okta_scim_setup
from okta_scim_setup.errors import ConfigError, Place
from okta_scim_setup.secret import Keeper, SecretReference
from okta_scim_setup.secret.command import LARGEST, Commands
from okta_scim_setup.secret.schemes import GROUP

VALUE = "canary-7f3a9b2c"
HOST = "acme.okta.com"
HERE = frozenset({HOST})
PLACE = Place("config.yaml", 7)
ALL = frozenset({"--allow-cmd", "--allow-outside"})

PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return Bench(folder)


def reference(text: str, folder: Path) -> SecretReference:
    return SecretReference.parse(text, PLACE, folder)


def resolved(text: str, folder: Path, *, lines: bool = False) -> str:
    return Keeper(allowed=ALL).resolve(reference(text, folder), HERE, text=lines).reveal(to=HOST)


def refused(text: str, folder: Path, keeper: Keeper | None = None) -> str:
    """What is said where *text* leads to nothing: with its place and what to do, not its value."""
    with pytest.raises(ConfigError) as caught:
        (keeper or Keeper(allowed=ALL)).resolve(reference(text, folder), HERE)
    (problem,) = caught.value.problems
    notes = dict(problem.notes)
    assert notes["from"] == "config.yaml:7"
    assert notes["do"]
    assert VALUE not in str(problem)
    return problem.title


# -- what is followed


def test_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", VALUE)

    assert resolved("env:A_TOKEN", tmp_path) == VALUE


def test_a_file_is_looked_up_from_the_configs_folder_and_may_end_in_a_line_break(
    tmp_path: Path,
) -> None:
    for end in ("", "\n", "\r\n"):
        (tmp_path / "token").write_bytes(VALUE.encode() + end.encode())
        assert resolved("file:token", tmp_path) == VALUE


def test_a_command_is_run_in_the_configs_folder_without_a_shell(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text(VALUE)

    assert resolved("cmd:cat kept", tmp_path) == VALUE
    assert resolved("cmd:printf '%s' '$HOME;`id`'", tmp_path) == "$HOME;`id`"


def test_vault_is_asked_through_its_own_command_line(bench: Bench, tmp_path: Path) -> None:
    bench.command("vault", f"printf {VALUE}")

    assert resolved("vault:secret/dbt/acme#service_token", tmp_path) == VALUE
    assert bench.calls("vault") == [["kv", "get", "-field=service_token", "secret/dbt/acme"]]


def test_1password_is_asked_through_its_own_command_line(bench: Bench, tmp_path: Path) -> None:
    bench.command("op", f"echo {VALUE}")

    assert resolved("op://SCIM tokens/acme/okta/token", tmp_path) == VALUE
    assert bench.calls("op") == [["read", "op://SCIM tokens/acme/okta/token"]]


def test_a_key_may_have_lines_and_a_token_may_not(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(PEM)

    assert resolved("cmd:cat key.pem", tmp_path, lines=True) == PEM
    assert "has 4 lines where one is wanted" in refused("cmd:cat key.pem", tmp_path)


# -- what isn't


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (":", "is empty"),
        ("echo", "is empty"),
        ("echo short", "is shorter than 8 characters"),
        (f"echo {VALUE}; echo second", "has 2 lines where one is wanted"),
        (f"echo {VALUE}; echo", "holds a space, a line break or a control character"),
        (f"printf '{VALUE} {VALUE}'", "holds a space, a line break or a control character"),
        (f"printf '{VALUE}\\033[0m'", "holds a space, a line break or a control character"),
        (f"printf '{VALUE}\\377'", "isn't text in UTF-8"),
        (f"yes {VALUE}", f"can't be had: get printed more than {LARGEST} bytes"),
        (f"echo {VALUE}; exit 3", "can't be had: get ended with exit code 3"),
        (f"echo {VALUE} >&2; kill -9 $$", "can't be had: get was ended by signal 9"),
    ],
)
def test_what_a_command_prints_that_is_no_secret_is_told_with_its_place(
    bench: Bench, tmp_path: Path, script: str, said: str
) -> None:
    bench.command("get", script)

    assert refused("cmd:get it", tmp_path) == f"the secret cmd:get ... {said}"


def test_a_command_that_hangs_is_given_up(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIVE", str(tmp_path / "alive"))
    alive = Alive(tmp_path / "alive")
    bench.command("vault", 'exec 9>"$ALIVE"; echo held >&9; sleep 1000')
    keeper = Keeper(commands=Commands(deadline=1.0))

    assert refused("vault:a#b", tmp_path, keeper).endswith("vault didn't end within 1 s")
    assert alive.all_ended()


def test_a_program_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    for text, program in (("vault:a#b", "vault"), ("op://a/b/c", "op"), ("cmd:x", "x")):
        said = refused(text, tmp_path)
        assert (
            said
            == f"the secret {text} can't be had: {program} can't be run: No such file or directory"
        )


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda p: None, "can't be read: No such file or directory"),
        (lambda p: p.mkdir(), "can't be read: it isn't a regular file"),
        (os.mkfifo, "can't be read: it isn't a regular file"),
        (lambda p: p.write_bytes(b"x" * (LARGEST + 1)), f"has more than {LARGEST} bytes"),
        (lambda p: p.write_bytes(b"canary\xff-7f3a"), "isn't text in UTF-8"),
        (lambda p: p.symlink_to(p), "can't be read: Too many levels of symbolic links"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, prepare: object, said: str) -> None:
    prepare(tmp_path / "kept")  # type: ignore[operator]

    assert refused("file:kept", tmp_path) == f"the secret file:kept {said}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_of_somebody_else_is_told(tmp_path: Path) -> None:
    (tmp_path / "kept").touch(mode=0o000)

    assert refused("file:kept", tmp_path).endswith("can't be read: Permission denied")


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    said = refused("env:OKTA_SCIM_SETUP_UNSET", tmp_path)

    assert said == "the secret env:OKTA_SCIM_SETUP_UNSET isn't set"


# -- what needs a flag


def test_a_command_is_run_only_with_its_flag(bench: Bench, tmp_path: Path) -> None:
    bench.command("get", f"echo {VALUE}")

    said = refused("cmd:get it", tmp_path, Keeper(allowed=frozenset({"--allow-outside"})))

    assert said == "the secret cmd:get ... is followed only with --allow-cmd"
    assert bench.calls("get") == []


def test_a_file_outside_of_the_configs_folder_is_read_only_with_its_flag(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (tmp_path / "kept").write_text(VALUE)
    (folder / "link").symlink_to("../kept")
    (folder / "inside").write_text(VALUE)
    (folder / "link-inside").symlink_to("inside")

    for path in ("../kept", str(tmp_path / "kept"), "link", "../config/../kept"):
        said = refused(f"file:{path}", folder, Keeper())
        assert said == f"the secret file:{path} is followed only with --allow-outside"
        assert resolved(f"file:{path}", folder) == VALUE
    for path in ("inside", "./inside", "../config/inside", str(folder / "inside"), "link-inside"):
        assert Keeper().resolve(reference(f"file:{path}", folder), HERE)


# -- the form


@pytest.mark.parametrize(
    "text",
    [
        "hunter2hunter2",
        "SWW+abc:def",
        "env:",
        ":x",
        "env: ",
        "env:A B",
        "env:A=B",
        "file:",
        "cmd:",
        "cmd:echo 'open",
        "cmd:--help",
        "vault:secret/x",
        "vault:#field",
        "vault:-format=json#field",
        "vault:a#b#c",
        "vault:a/../b#c",
        "vault:a//b#c",
        "vault:a b#c",
        "vault:a#b c",
        "vault:/a#b",
        "op:vault/item/field",
        "op://vault/item",
        "op://vault//field",
        "op://a/b/c/d/e",
        "op:///a/b",
        "op:// a/b/c",
    ],
)
def test_a_wrong_form_is_told_offline_with_its_place_and_repeats_nothing(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        reference(text, tmp_path)

    (problem,) = caught.value.problems
    behind = text.partition(":")[2].strip()
    assert ("from", "config.yaml:7") in problem.notes
    assert "write !secret" in dict(problem.notes)["do"]
    assert len(behind) < 3 or behind not in str(problem).replace("//VAULT/ITEM/FIELD", "")
    assert "hunter2" not in str(problem)


def test_an_unknown_scheme_is_answered_with_its_like_and_all_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        reference("valt:a#b", tmp_path)

    notes = dict(caught.value.problems[0].notes)
    assert notes["near"] == '"vault:"'
    assert notes["do"].endswith("one of env:, file:, cmd:, vault:, op:")


def test_of_a_command_only_the_program_is_shown(tmp_path: Path) -> None:
    assert str(reference("cmd:curl -H 'X: literal' https://x", tmp_path)) == "cmd:curl ..."
    assert str(reference("cmd:get-it", tmp_path)) == "cmd:get-it"
    assert "literal" not in str(reference("cmd:curl literal", tmp_path))


# -- once, and for whom


def test_it_is_fetched_once_for_many_threads_and_bound_each_time_anew(
    bench: Bench, tmp_path: Path
) -> None:
    bench.command("vault", f"cat {tmp_path}/gate; echo {VALUE}")
    os.mkfifo(tmp_path / "gate")
    keeper, hosts = Keeper(), [f"{n}.okta.com" for n in range(8)]

    def one(host: str) -> str:
        found = keeper.resolve(reference("vault:a#b", tmp_path), frozenset({host}))
        assert found.hosts == {host}
        return found.reveal(to=host)

    with ThreadPoolExecutor(8) as pool:
        came = [pool.submit(one, host) for host in hosts]
        (tmp_path / "gate").write_text("")  # all may go on once one asks
        assert {each.result() for each in came} == {VALUE}
    assert len(bench.calls("vault")) == 1


def test_what_failed_once_is_not_tried_again_and_told_with_each_place(
    bench: Bench, tmp_path: Path
) -> None:
    bench.command("vault", "exit 1")
    keeper = Keeper()

    for line in (7, 8):
        there = SecretReference.parse("vault:a#b", Place("config.yaml", line), tmp_path)
        with pytest.raises(ConfigError) as caught:
            keeper.resolve(there, HERE)
        found = [note for note in caught.value.problems[0].notes if note[0] == "from"]
        assert found == [("from", f"config.yaml:{line}")]
    assert len(bench.calls("vault")) == 1


def test_nothing_is_fetched_once_the_run_was_stopped(bench: Bench, tmp_path: Path) -> None:
    bench.command("vault", f"echo {VALUE}")
    keeper = Keeper()
    keeper.stop()

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            keeper.resolve(reference("vault:a#b", tmp_path), HERE)
    assert bench.calls("vault") == []


# -- nothing is forgotten


def test_each_value_is_announced_before_anybody_has_it_and_hidden_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_TOKEN", VALUE)
    (tmp_path / "key.pem").write_text(PEM)
    told: list[str] = []
    keeper = Keeper(announce=told.append)

    keeper.resolve(reference("env:A_TOKEN", tmp_path), HERE)
    assert told == [VALUE]
    keeper.resolve(reference("env:A_TOKEN", tmp_path), frozenset({"other"}))
    keeper.minted("minted-by-dbt", origin="x", hosts=HERE)
    keeper.resolve(reference("file:key.pem", tmp_path), HERE, text=True)

    assert told == [VALUE, "minted-by-dbt", "MIIEvQIBADANBg", "kqhkiG9w0BAQEF"]
    assert keeper.masked(f"{VALUE} minted-by-dbt kqhkiG9w0BAQEF") == "*** *** ***"
    assert VALUE not in repr(vars(keeper)["_flights"])


def test_what_is_no_secret_is_never_announced_and_mangles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    keeper = Keeper(announce=told.append)
    for value in ("", "error", "two words here"):
        monkeypatch.setenv("A_TOKEN", value)
        with pytest.raises(ConfigError):
            Keeper.resolve(keeper, reference("env:A_TOKEN", tmp_path), HERE)
        with pytest.raises(ConfigError):
            keeper.minted(value, origin="x", hosts=HERE)

    assert told == []
    assert keeper.masked("an error of two words here") == "an error of two words here"


def test_nobody_else_makes_secrets() -> None:
    root = Path(okta_scim_setup.__file__).parent
    makers = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Secret"
    }

    # The SCIM probe makes one up that is good for nothing.
    assert makers == {"secret/keeper.py", "scim.py"}


# -- other packages' schemes

PLUGIN = '''
"""Keeps secrets in a safe."""
def resolve(reference: str, *, deadline: float) -> str:
    if reference == "fails":
        raise OSError("the safe says canary-7f3a9b2c")
    if reference == "odd":
        return None
    if reference == "ends":
        raise SystemExit(3)
    if reference == "half":
        return "abcdefgh\\udc80"
    return f"{reference}-within-{deadline:g}s"
'''


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with an entry point, as pip would leave it."""
    site = tmp_path / "site"
    (site / "safe_secrets-1.0.dist-info").mkdir(parents=True)
    (site / "safe_secrets.py").write_text(PLUGIN)
    (site / "safe_secrets-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: safe-secrets\nVersion: 1.0\n"
    )
    (site / "safe_secrets-1.0.dist-info" / "entry_points.txt").write_text(
        f"[{GROUP}]\nsafe = safe_secrets:resolve\n"
    )
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "safe_secrets", raising=False)
    return site


def test_a_scheme_of_another_package_is_loaded_when_it_is_used(
    installed: Path, tmp_path: Path
) -> None:
    found = reference("safe:drawer", tmp_path)
    assert "safe_secrets" not in sys.modules

    value = Keeper(commands=Commands(deadline=5)).resolve(found, HERE).reveal(to=HOST)

    assert value == "drawer-within-5s"
    assert str(found) == "safe:drawer"


def test_what_a_scheme_of_another_package_raises_is_told_by_its_type(
    installed: Path, tmp_path: Path
) -> None:
    odd, fails = refused("safe:odd", tmp_path), refused("safe:fails", tmp_path)
    ends, half = refused("safe:ends", tmp_path), refused("safe:half", tmp_path)

    assert fails == "the secret safe:fails can't be had: safe_secrets:resolve raised OSError"
    assert odd.endswith("safe_secrets:resolve returned NoneType, not text")
    assert ends.endswith("safe_secrets:resolve raised SystemExit")
    assert half == "the secret safe:half isn't text that can be sent"


def test_two_packages_with_one_scheme_are_told(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = installed.parent / "other" / "other_secrets-1.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: other-secrets\nVersion: 1.0\n")
    (other / "entry_points.txt").write_text(f"[{GROUP}]\nsafe = other_secrets:resolve\n")

    monkeypatch.syspath_prepend(str(other.parent))
    said = refused("safe:x", tmp_path)

    assert said.endswith("is offered by several: other_secrets:resolve, safe_secrets:resolve")


def test_a_known_scheme_is_nobody_elses(installed: Path, tmp_path: Path) -> None:
    entries = installed / "safe_secrets-1.0.dist-info" / "entry_points.txt"
    entries.write_text(f"[{GROUP}]\nenv = safe_secrets:resolve\n")

    assert refused("env:NOT_SET_ANYWHERE", tmp_path).endswith("isn't set")


def test_threads_of_a_run_share_one_keeper_without_losing_a_value() -> None:
    keeper, start = Keeper(), threading.Barrier(8)

    def mint(number: int) -> None:
        start.wait()
        for n in range(50):
            keeper.minted(f"minted-{number}-{n:04d}", origin="x", hosts=HERE)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(mint, range(8)))

    assert keeper.masked(" ".join(f"minted-{n}-{49:04d}" for n in range(8))) == " ".join(
        ["***"] * 8
    )
