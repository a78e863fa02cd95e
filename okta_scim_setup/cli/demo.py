"""``demo``: the whole story on the simulator: three tenants, one with a step for a person."""

from __future__ import annotations

import json
import select
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import click

from okta_scim_setup import cli
from okta_scim_setup.cli._attendant import Watch, tell
from okta_scim_setup.cli._execution import Present
from okta_scim_setup.cli._options import options, paint
from okta_scim_setup.cli._session import start
from okta_scim_setup.cli.apply import Wish, execute
from okta_scim_setup.engine import Remaining
from okta_scim_setup.errors import SetupError
from okta_scim_setup.outcome import Visit
from okta_scim_setup.report import text
from okta_scim_setup.results import Click
from okta_scim_setup.sink import FileSink

A_DAY = 24 * 3600.0 + 60
"""Seconds, and a minute more."""

READING = 5.0
"""Seconds for a screen, on a terminal; Enter goes on at once."""


_THREE_ACCOUNTS = """\
Three dbt accounts, each with an SSO app in Okta. Two of the apps have an API for
provisioning; initech's is a custom SAML app, as every real dbt app is."""

_A_PERSON = """\
Okta has no API for a custom SAML app's provisioning. A scripted person does the
clicks in the simulated console; each is seen as it is done."""


_ROTATION = """\
The old token stays until a day after the new one was seen in use; the demo's clock
moves on by a day. Whatever dies in between, the same command goes on."""


@click.command("demo")
def command() -> int:
    """Plan, apply, people arriving, drift found and put right; all of it on loopback."""
    from okta_scim_setup.simulator import Simulator  # noqa: PLC0415 -- this verb and simulate only

    with Simulator(tenants=3) as simulator, tempfile.TemporaryDirectory() as folder:
        config = simulator.write_config(Path(folder))
        Story(simulator, config).tell()
    return 0


class Scene(NamedTuple):
    """A screen of the story."""

    title: str
    about: str
    play: Callable[[], None]


@dataclass
class Story:
    """The screens, in order; each command's exit code is what it has to be."""

    simulator: Any
    config: Path

    def tell(self) -> None:
        """Tell it.

        Raises:
            SetupError: a command answered something else than the story says.
        """
        for number, scene in enumerate(self._scenes(), 1):
            if number > 1:
                _pause()
            click.echo(f"\n{paint(f'{number}. {scene.title}', 'bold')}\n{scene.about}\n")
            scene.play()

    def _scenes(self) -> Iterator[Scene]:
        yield Scene("What would change", _THREE_ACCOUNTS, self._plans)
        yield Scene(
            "Make it so, where there is an API",
            "acme and globex: SCIM on in dbt, a token made and handed to Okta, groups pushed.",
            lambda: self._run("apply", "--yes", "--tenant", "acme", "--tenant", "globex"),
        )
        yield Scene("Make it so, where only a person can", _A_PERSON, self._by_hand)
        yield Scene(
            "People and groups have arrived through SCIM",
            "What the simulated dbt accounts hold now:",
            self._arrived,
        )
        yield Scene(
            "A second apply has nothing to do",
            "The providers are the state; there is no state file.",
            lambda: self._run("apply", "--yes"),
        )
        yield Scene(
            "Somebody changes a setting by hand",
            "An admin clears Deactivate Users on acme's app: people who leave would keep access.",
            self._drift,
        )
        yield Scene(
            "Put right", "The same command as before; then the audit is clean.", self._put_right
        )
        yield Scene("Another token, without a broken moment", _ROTATION, self._rotate)

    def _plans(self) -> None:
        self._run("plan", "--tenant", "acme")
        _pause()
        self._run("plan", "--tenant", "initech")

    def _by_hand(self) -> None:
        token = self.config.parent / "scim-token.txt"
        click.echo("$ okta-scim-setup apply --tenant initech --token-to file:scim-token.txt")
        given: dict[str, Any] = {"config": str(self.config), "tenant": ("initech",)}
        given |= {"tag": (), "exclude": (), "verbose": 0, "journal": str(self._journal)}
        wish = Wish(Present(ScriptedPerson(self.simulator, token), FileSink(str(token))))
        with start(options(given), read_only=False) as session:
            _expect(0, execute(session, wish))

    def _arrived(self) -> None:
        with urllib.request.urlopen(f"{self.simulator.url}/_simulator/state") as answer:  # noqa: S310 -- loopback
            accounts = json.load(answer)["dbt_cloud"]
        for account in accounts:
            managed = [u for u in account["users"] if u["scim_managed"]]
            click.echo(f"account {account['account_id']}")
            click.echo("  users   " + ", ".join(u["userName"] for u in managed))
            groups = [g for g in account["groups"] if g["scim_managed"]]
            named = (f"{g['displayName']} ({len(g['members'])})" for g in groups)
            click.echo("  groups  " + ", ".join(named))
            if not managed or not groups:
                raise SetupError(f"nobody arrived in account {account['account_id']}")

    def _drift(self) -> None:
        app = next(
            app
            for org in self.simulator.summary()["okta"]
            for app in org["apps"]
            if app["label"] == "dbt acme"
        )
        self.simulator.console(app["id"], {"Deactivate Users": False})
        self._run("audit", code=2)

    def _put_right(self) -> None:
        self._run("apply", "--yes", "--tenant", "acme")
        self._run("audit")

    def _rotate(self) -> None:
        self._run("rotate", "--yes", "--tenant", "acme")
        self.simulator.clock.advance(A_DAY)
        self._run("rotate", "--yes", "--finish", "--tenant", "acme")

    def _run(self, *arguments: str, code: int = 0) -> None:
        click.echo(f"$ okta-scim-setup {' '.join(arguments)}")
        where = ("--config", str(self.config), "--journal", str(self._journal))
        _expect(code, cli.run([*arguments, *where]))

    @property
    def _journal(self) -> Path:
        return self.config.parent / "journal"


@dataclass
class ScriptedPerson:
    """Does each click of a visit in the simulated console, and is watched doing it."""

    simulator: Any
    token: Path

    def attend(self, visit: Visit, look: Remaining) -> bool:
        """Click, look, tell; as on a terminal."""
        click.echo(text.visit(visit, paint))
        watch = Watch(visit)
        for _, asked in visit.clicks:
            self.simulator.console(_app_of(self.simulator, asked), self._fields(asked))
            tell(watch, watch.update(look()))
        return watch.complete

    def _fields(self, asked: Click) -> dict[str, Any]:
        fields: dict[str, Any] = {**dict(asked.ticks), **dict(asked.fields)}
        if asked.secret:
            fields[asked.secret] = self.token.read_text(encoding="utf-8").strip()
        if asked.press:
            fields[asked.press] = True
        return fields


def _app_of(simulator: Any, asked: Click) -> str:
    """The app whose page the click's link leads to."""
    apps = (app for org in simulator.summary()["okta"] for app in org["apps"])
    return next(str(app["id"]) for app in apps if app["id"] in asked.link)


def _expect(code: int, came: int) -> None:
    if came != code:
        raise SetupError(f"the demo's command answered {came}, not {code}")


def _pause() -> None:
    if sys.stdin.isatty():
        click.echo(f"\n[Enter, or {READING:.0f} s]", nl=False)
        if select.select([sys.stdin], [], [], READING)[0]:
            sys.stdin.readline()
        else:
            click.echo()
