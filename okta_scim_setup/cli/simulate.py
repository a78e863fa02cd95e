"""``simulate``: Okta, dbt Cloud and its SCIM endpoint on loopback, until interrupted."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import click

from okta_scim_setup.errors import UsageError

if TYPE_CHECKING:
    from okta_scim_setup.simulator import Chance, Fault

LAST_PORT = 65535


@click.command("simulate")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8080,
    show_default=True,
    help="The first org, all dbt accounts and /_simulator; further orgs follow.",
)
@click.option("--tenants", type=click.IntRange(1, 10000), default=3, show_default=True)
@click.option(
    "--bare", is_flag=True, help="People and groups only: no app, no SSO, empty accounts."
)
@click.option("--orgs", type=click.IntRange(1, 10000), help="Default: an org for each tenant.")
@click.option(
    "--latency",
    type=click.Choice(["none", "lan", "recorded", "even"]),
    default="none",
    show_default=True,
    help="recorded: latency and rate limits as on a real org; even: 0.2 s each, for benchmarks.",
)
@click.option("--write-config", metavar="DIR", help="Write a config.yaml that works as it is.")
@click.option(
    "--faults",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What goes wrong, scripted or by chance (YAML or JSON).",
)
@click.option(
    "--state",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep everything in this file until the next run; it has tokens in it.",
)
@click.option(
    "--limits",
    type=click.Choice(["real", "relaxed"]),
    help="Rate limits as they are, or 20 times as high (usual).",
)
@click.option(
    "--history",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    help="How many entries each log keeps.",
)
def command(
    *,
    port: int,
    tenants: int,
    orgs: int | None,
    latency: str,
    write_config: str | None,
    faults: Path | None,
    state: Path | None,
    limits: str | None,
    history: int,
    bare: bool,
) -> int:
    """Serve until interrupted; prints one line of JSON once all ports listen."""
    if port + (orgs or tenants) > LAST_PORT + 1:
        raise UsageError(
            f"{orgs or tenants} orgs need as many ports from {port} on; the last is {LAST_PORT}",
            ("do", "name a lower --port"),
        )
    from okta_scim_setup.simulator import (  # noqa: PLC0415 -- this verb and demo only
        Simulator,
        StateFileError,
    )

    try:
        simulator = Simulator(
            tenants=tenants,
            orgs=orgs,
            port=port,
            latency=latency,
            limits=limits,
            history=history,
            faults=_faults(faults) if faults else (),
            keep_in=state,
            bare=bare,
        )
    except StateFileError as error:
        raise UsageError(str(error), ("do", "name another --state")) from None
    ends = _signals_to_end()
    try:
        simulator.start()
    except OSError as error:
        raise UsageError(
            f"port {port} can't be served: {error.strerror or error}", ("do", "name another --port")
        ) from None
    try:
        if write_config:
            _write(simulator, Path(write_config))
        click.echo(json.dumps(simulator.summary()))
        ends.get()
    finally:
        simulator.stop()
    return 0


def _faults(path: Path) -> list[Fault | Chance]:
    """The faults of a file: a list, or one.

    Raises:
        UsageError: it can't be read, or isn't on the menu.

    """
    import yaml  # noqa: PLC0415 -- only where there is a file

    from okta_scim_setup.simulator import fault_from_json  # noqa: PLC0415 -- see above

    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
        return [fault_from_json(each) for each in (given if isinstance(given, list) else [given])]
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        raise UsageError(f"{path}: {error}", ("do", "compare docs/simulator.md, Faults")) from None


def _write(simulator: object, folder: Path) -> None:
    """Write the config, but never over one that is about another place than this machine."""
    from okta_scim_setup.language import schemas  # noqa: PLC0415 -- only where a config is written

    try:
        there = folder / "config.yaml"
        if there.exists() and "http://127.0.0.1:" not in there.read_text(encoding="utf-8"):
            raise UsageError(
                f"{there} exists, and it isn't a simulator's", ("do", "name another folder")
            )
        simulator.write_config(folder, schemas.modeline("config"))  # type: ignore[attr-defined]
    except OSError as error:
        raise UsageError(
            f"{folder} can't be written: {error.strerror}", ("do", "name another folder")
        ) from None


def _signals_to_end() -> SimpleQueue[int]:
    """A queue of the signals that ask for an end, from now on."""
    ends: SimpleQueue[int] = SimpleQueue()
    # A handler may interrupt anything, also another handler: `put` allows for that, while
    # `Event.set` waits for ever for a lock that the code it interrupted holds.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: ends.put(received))
    return ends
