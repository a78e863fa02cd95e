"""References to secrets through the command line: followed late, once, and only where wanted."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Alive, Bench
from messages import Said, read
from tool import Came, Tool

Start = Callable[..., Tool]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return Bench(folder)


def refer(tool: Tool, reference: str, tenant: str = "acme", service: str = "okta") -> None:
    """Let a tenant's token be kept elsewhere."""
    old = f"!secret file:secrets/{service}-{tenant}.token"
    text = tool.config.read_text()
    assert old in text
    tool.config.write_text(text.replace(old, f"!secret {reference}"))


def kept(tool: Tool, tenant: str = "acme", service: str = "okta") -> Path:
    return tool.config.parent / f"secrets/{service}-{tenant}.token"


def stores(tool: Tool, bench: Bench) -> None:
    """All tokens are in a vault that is asked by its command line."""
    bench.command("vault", f'cat "{tool.config.parent}/secrets/$4.token"')
    text = re.sub(r"file:secrets/([\w-]+)\.token", r'"vault:\1#value"', tool.config.read_text())
    tool.config.write_text(text)


def wrong(tool: Tool, verb: str, *arguments: str, code: int = 1) -> list[Said]:
    """What is said; nothing was sent."""
    before = len(tool.simulator.requests())
    came = tool.run(verb, *arguments)
    assert tool.simulator.requests()[before:] == []
    assert came.code == code, came.out + came.err
    return read(came.out + came.err)


def test_a_run_with_every_scheme_sets_everything_up(
    simulated: Start, bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = simulated(3)
    bench.command("vault", f'cat "{kept(tool)}"')
    bench.command("op", f'cat "{kept(tool, "acme", "dbt")}"')
    monkeypatch.setenv("GLOBEX", kept(tool, "globex").read_text().strip())
    outside = tmp_path / "outside.token"
    outside.write_text(kept(tool, "initech").read_text())
    refer(tool, '"vault:kv/{{ tenant }}#token"')
    refer(tool, "op://tokens/acme/dbt", service="dbt")
    refer(tool, "env:GLOBEX", "globex")
    refer(tool, "cmd:cat secrets/dbt-globex.token", "globex", "dbt")
    refer(tool, f"file:{outside}", "initech")

    came = tool.run("plan", "--allow-cmd", "--allow-outside")

    assert came.code == 0, came.out + came.err
    assert "0 unreadable" in came.out
    assert bench.calls("vault") == [["kv", "get", "-field=token", "kv/acme"]]


@pytest.mark.parametrize(
    ("selected", "asked"),
    [
        (["--tenant", "acme"], {"okta-acme", "dbt-acme"}),
        (["--exclude", "acme", "--exclude", "initech"], {"okta-globex", "dbt-globex"}),
    ],
)
def test_secrets_are_fetched_for_the_selected_tenants_alone_and_once(
    simulated: Start, bench: Bench, selected: list[str], asked: set[str]
) -> None:
    tool = simulated(3)
    stores(tool, bench)

    assert tool.run("apply", "--yes", *selected).code == 0

    found = [call[-1] for call in bench.calls("vault")]
    assert sorted(found) == sorted(asked)


@pytest.mark.parametrize("verb", ["validate", "kinds"])
def test_what_is_offline_fetches_nothing(simulated: Start, bench: Bench, verb: str) -> None:
    tool = simulated()
    stores(tool, bench)

    if verb == "validate":
        assert tool.run(verb).code == 0
    assert tool.simulator.requests() == []
    assert bench.calls("vault") == []


def test_nothing_is_fetched_where_the_config_is_wrong(simulated: Start, bench: Bench) -> None:
    tool = simulated(2)
    stores(tool, bench)
    tool.config.write_text(tool.config.read_text().replace("variables:", "varaibles:", 1))

    assert wrong(tool, "plan")
    assert bench.calls("vault") == []


def test_tenants_of_one_org_with_one_reference_fetch_it_once(
    simulated: Start, bench: Bench
) -> None:
    tool = simulated(3, orgs=1)
    bench.command("vault", f'cat "{kept(tool)}"')
    for tenant in ("acme", "globex", "initech"):
        refer(tool, '"vault:org#token"', tenant)

    assert tool.run("plan", "--workers", "3").code == 0
    assert len(bench.calls("vault")) == 1


def test_tenants_do_not_wait_for_each_others_stores(
    simulated: Start, bench: Bench, tmp_path: Path
) -> None:
    tool = simulated(2)
    stores(tool, bench)
    os.mkfifo(tmp_path / "both")
    meet = 'case "$4" in okta-acme) echo >"$BOTH";; okta-globex) cat "$BOTH" >&2;; esac'
    both = f"BOTH={tmp_path}/both"
    bench.command("vault", f'{both}; {meet}; cat "{tool.config.parent}/secrets/$4.token"')

    assert tool.run("plan", "--workers", "2").code == 0


def test_a_flag_that_is_missing_is_said_of_every_reference_before_the_first_request(
    simulated: Start, bench: Bench
) -> None:
    tool = simulated(2)
    bench.command("get", "echo never")
    refer(tool, "cmd:get it")
    refer(tool, "file:/nowhere/else", "globex")

    said = wrong(tool, "apply", "--yes")

    assert [one.title for one in said] == [
        "the secret cmd:get ... is followed only with --allow-cmd",
        "the secret file:/nowhere/else is followed only with --allow-outside",
    ]
    assert all(re.fullmatch(r".*config\.yaml:\d+", one.note("from")) for one in said)
    assert bench.calls("get") == []
    assert wrong(tool, "apply", "--yes", "--allow-cmd") == said[1:]


def test_validate_says_which_flags_a_run_will_need(simulated: Start) -> None:
    tool = simulated(2)
    refer(tool, "cmd:get it")
    refer(tool, "file:../else", "globex")

    came = tool.run("validate")

    assert came.code == 0
    assert "Valid." in came.out
    assert re.search(
        r"yaml:\d+: the secret cmd:get ... is followed only with --allow-cmd", came.out
    )
    assert "the secret file:../else is followed only with --allow-outside" in came.out


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (":", "is empty"),
        ("echo", "is empty"),
        ("echo one-value; echo another", "has 2 lines where one is wanted"),
        ("echo one-value; exit 2", "can't be had: vault ended with exit code 2"),
    ],
)
@pytest.mark.parametrize("verb", ["plan", "doctor", "audit", "test", "apply"])
def test_a_store_that_gives_no_secret_is_told_and_nothing_is_sent(
    simulated: Start, bench: Bench, verb: str, script: str, said: str
) -> None:
    tool = simulated()
    bench.command("vault", script)
    refer(tool, '"vault:a#b"')

    (one,) = wrong(tool, verb, *(["--yes"] if verb == "apply" else []))

    assert one.title == f"acme: the secret vault:a#b {said}"
    assert one.note("from").endswith("config.yaml:7")
    assert one.note("do")


def test_one_tenants_store_that_fails_changes_nothing_for_another(
    simulated: Start, bench: Bench
) -> None:
    tool = simulated(2)
    bench.command("vault", "exit 2")
    refer(tool, '"vault:a#b"')

    came = tool.run("apply", "--yes")

    assert came.code == 1
    assert "acme: the secret vault:a#b can't be had" in came.out
    assert tool.account(0)["tokens"] == []
    assert len(tool.account(1)["tokens"]) == 1


def test_a_store_that_hangs_is_given_up_and_nothing_is_sent(
    simulated: Start, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("okta_scim_setup.secret.command.Commands.__init__.__defaults__", (1.0,))
    monkeypatch.setenv("ALIVE", str(tmp_path / "alive"))
    alive, tool = Alive(tmp_path / "alive"), simulated()
    bench.command("vault", 'exec 9>"$ALIVE"; echo held >&9; sleep 1000')
    refer(tool, '"vault:a#b"')

    (one,) = wrong(tool, "apply", "--yes")

    assert one.title.endswith("can't be had: vault didn't end within 1 s")
    assert alive.all_ended()


@pytest.mark.parametrize(
    ("workers", "number"), [("1", signal.SIGINT), ("4", signal.SIGINT), ("4", signal.SIGTERM)]
)
def test_interrupting_ends_what_is_being_fetched(
    simulated: Start, bench: Bench, tmp_path: Path, workers: str, number: signal.Signals
) -> None:
    alive, tool = Alive(tmp_path / "alive"), simulated(3)
    os.mkfifo(tmp_path / "started")
    stores(tool, bench)
    bench.command(
        "vault",
        f'exec 9>"{tmp_path}/alive"; echo held >&9; sleep 1000 &'
        f'echo now >"{tmp_path}/started"; sleep 1000',
    )
    command = [sys.executable, "-m", "okta_scim_setup", "plan", "--workers", workers]
    process = subprocess.Popen(  # noqa: S603 -- our own command
        [*command, "--config", tool.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )

    assert "now" in (tmp_path / "started").read_text()
    process.send_signal(number)
    told, said = process.communicate(timeout=20)

    assert process.returncode == 130
    assert b"stopping: what was read is reported" in said
    assert b"interrupted before all of it was read" in told
    assert alive.all_ended()


def test_a_tenants_name_slips_nothing_into_a_command(simulated: Start, bench: Bench) -> None:
    tool = simulated()
    bench.command("get", f'cat "{kept(tool)}"')
    refer(tool, "cmd:get --for={{ tenant }} '{{ tenant }} of ours' {{ tenant }}")
    name = "a';$(id)&--all"
    tool.config.write_text(tool.config.read_text().replace("  acme:", f'  "{name}":'))

    came = tool.run("plan", "--allow-cmd")

    assert came.code == 0, came.out + came.err
    assert bench.calls("get") == [[f"--for={name}", f"{name} of ours", name]]


def test_a_tenants_name_is_never_an_option(simulated: Start, bench: Bench) -> None:
    tool = simulated()
    bench.command("get", "echo never")
    refer(tool, '"cmd:get {{ tenant }}"')
    tool.config.write_text(tool.config.read_text().replace("  acme:", '  "--all":'))

    (one,) = wrong(tool, "plan", "--allow-cmd")

    assert one.title.endswith("what a template fills in here would be an option")
    assert bench.calls("get") == []


def shown(came: Came) -> str:
    return came.out + came.err


def test_a_wrong_flag_is_wrong_usage(simulated: Start) -> None:
    assert "--allow-cmd" in shown(simulated().run("plan", "--alow-cmd"))
