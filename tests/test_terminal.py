"""A person at a terminal: asked first, shown the steps and the token, and watched doing them."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tool import Tool

PATIENCE = 30.0
"""Seconds until a screen that doesn't come fails the test."""


ACTIONS = "Push New Users, Push Profile Updates, Push Groups"

# The terminal is taken here, so that Ctrl-C reaches the command. Code of ours between fork and exec
# (`preexec_fn`) may wait for ever for a lock that some thread of the simulator held at the fork.
COMMAND = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from okta_scim_setup import cli
from okta_scim_setup.cli import _attendant
_attendant.LOOK_EVERY = 0.2
sys.exit(cli.run(sys.argv[1:]))
"""


class Terminal:
    """The command in a pseudo-terminal of its own."""

    def __init__(self, arguments: list[str]) -> None:
        self.screen = ""
        self._file, theirs = pty.openpty()
        environment = {k: v for k, v in os.environ.items() if k != "CI"}
        self._process = subprocess.Popen(  # noqa: S603 -- our own command
            [sys.executable, "-c", COMMAND, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)

    def until(self, pattern: str) -> re.Match[str]:
        """Read until *pattern* stands on what was printed since the last look."""
        give_up = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.screen)):
            assert self._reads_on(give_up), f"the command ended:\n{self.screen}"
        self.screen = self.screen[found.end() :]
        return found

    def type(self, keys: str) -> None:
        os.write(self._file, keys.encode())

    def code(self) -> int:
        """Wait for the end, reading what is still printed."""
        give_up = time.monotonic() + PATIENCE
        while self._reads_on(give_up):
            pass
        return self._process.wait(PATIENCE)

    def _reads_on(self, give_up: float) -> bool:
        """Read what there is, or nothing for a moment; whether there may be more."""
        assert time.monotonic() < give_up, self.screen
        if not select.select([self._file], [], [], 0.2)[0]:
            return True
        try:
            data = os.read(self._file, 65536)
        except OSError:
            return False
        self.screen += data.decode()
        return bool(data)

    def end(self) -> None:
        """Leave nothing running."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._file)


@contextmanager
def terminal(tool: Tool, *arguments: str) -> Iterator[Terminal]:
    screen = Terminal([*arguments, "--config", str(tool.config)])
    try:
        yield screen
    finally:
        screen.end()


def test_a_person_does_the_step_and_each_click_is_seen(simulated: Callable[..., Tool]) -> None:
    tool = simulated(3)
    with terminal(tool, "apply", "--tenant", "initech", "--token-to", "terminal") as screen:
        screen.until(r"Make these changes to initech\? \[y/N\]")
        screen.type("y\n")
        base_url = screen.until(r"SCIM connector base URL\s+(\S+)")[1]
        screen.until("waiting for you")
        screen.type("t")
        token = screen.until(r"\x1b\[H(dbts_\S+)")[1]
        screen.type("x")
        screen.until(r"\x1b\[\?1049l")
        tool.console({"Enable SCIM provisioning": True}, 2)
        screen.until("seen.* 1  General")
        tool.console(
            {
                "SCIM connector base URL": base_url,
                "Authorization": token,
                "Unique identifier field for users": "userName",
                "Supported provisioning actions": ACTIONS,
                "Authentication Mode": "HTTP Header",
            },
            2,
        )
        screen.until("seen.* 2  Provisioning, Integration")
        tool.console(
            {"Create Users": True, "Update User Attributes": True, "Deactivate Users": True}, 2
        )
        screen.until("seen.* 3  Provisioning, To App")
        tool.console({"Provision User": True}, 2)
        screen.until("seen.* 4  Assignments")

        assert screen.code() == 0
        assert token not in screen.screen
    users = tool.account(2)["users"]
    assert sum(u["scim_managed"] for u in users) == 7


def test_a_no_writes_nothing(simulated: Callable[..., Tool]) -> None:
    tool = simulated()
    with terminal(tool, "apply") as screen:
        screen.until(r"\[y/N\]")
        screen.type("n\n")

        assert screen.code() == 0
        assert "Nothing was written" in screen.screen
    assert {r["method"] for r in tool.simulator.requests()} == {"GET"}


def test_giving_up_leaves_the_step_for_the_next_run(simulated: Callable[..., Tool]) -> None:
    tool = simulated(3)
    with terminal(
        tool, "apply", "--yes", "--tenant", "initech", "--token-to", "terminal"
    ) as screen:
        screen.until("waiting for you")
        screen.type("q")

        assert screen.code() == 3
        assert "run the same command again" in screen.screen


def test_interrupting_says_how_to_go_on(simulated: Callable[..., Tool]) -> None:
    tool = simulated(3)
    with terminal(
        tool, "apply", "--yes", "--tenant", "initech", "--token-to", "terminal"
    ) as screen:
        screen.until("waiting for you")
        screen.type("\x03")

        assert screen.code() == 130
        assert "run the same command again" in screen.screen


def test_a_person_enters_the_new_token_of_a_rotation_and_is_told_what_is_alive(
    simulated: Callable[..., Tool],
) -> None:
    tool = simulated(3)
    first = tool.config.parent / "first"
    tool.run("apply", "--yes", "--tenant", "initech", "--token-to", f"file:{first}")
    tool.do_the_clicks("initech", 2, first.read_text().strip())
    old = tool.app(2)["token_id"]
    with terminal(tool, "rotate", "--tenant", "initech", "--token-to", "terminal") as screen:
        screen.until(rf"initech.*Okta uses {old} \(ours, made today\)")
        screen.until(r"Rotate initech\? \[y/N\]")
        screen.type("y\n")
        new = screen.until(rf"(\d+) made\s+live: {old} \(in Okta\), \1")[1]
        screen.until("Provisioning, Integration, Edit:")
        screen.until("Authorization   press t: shown once")
        screen.until("waiting for you")
        screen.type("t")
        token = screen.until(r"\x1b\[H(dbts_\S+)")[1]
        screen.type("x")
        screen.until(r"\x1b\[\?1049l")
        tool.console({"Authorization": token}, 2)
        screen.until("seen.* 1  Provisioning, Integration")
        screen.until(rf"Okta used {new}.*live: {old}, {new} \(in Okta\)")
        screen.until(f"{old} stays: nothing shows yet .*rotate --confirm {new} --tenant initech")

        assert screen.code() == 0
        assert token not in screen.screen
    assert tool.app(2)["token_id"] == int(new)


def test_interrupting_a_rotation_before_the_token_was_shown_leaves_nothing_behind(
    simulated: Callable[..., Tool],
) -> None:
    tool = simulated(3)
    first = tool.config.parent / "first"
    tool.run("apply", "--yes", "--tenant", "initech", "--token-to", f"file:{first}")
    tool.do_the_clicks("initech", 2, first.read_text().strip())
    with terminal(
        tool, "rotate", "--yes", "--tenant", "initech", "--token-to", "terminal"
    ) as screen:
        screen.until("waiting for you")
        screen.type("\x03")

        assert screen.code() == 130
    assert [token["id"] for token in tool.account(2)["tokens"]] == [tool.app(2)["token_id"]]


def test_interrupting_while_the_token_is_shown_clears_the_screen(
    simulated: Callable[..., Tool],
) -> None:
    tool = simulated(3)
    with terminal(
        tool, "apply", "--yes", "--tenant", "initech", "--token-to", "terminal"
    ) as screen:
        screen.until("waiting for you")
        screen.type("t")
        screen.until(r"\x1b\[H(dbts_\S+)")
        screen.until("press any key")
        screen.type("\x03")
        screen.until(r"\x1b\[2J\x1b\[3J\x1b\[H\x1b\[\?1049l")

        assert screen.code() == 130
