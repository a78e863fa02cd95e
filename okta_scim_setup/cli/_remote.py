"""A run on a cluster: an org's tenants go to one worker, which reports as a run of its own would.

A worker does what the same command does on its machine for its tenants, so a lost worker's tenants
are done again elsewhere as after any run that died: what was done is found done.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from okta_scim_setup import fleet
from okta_scim_setup.cli import _files as files
from okta_scim_setup.cli._echo import echo
from okta_scim_setup.cli._options import Options, org_of
from okta_scim_setup.cli._progress import Progress, Waits, shown
from okta_scim_setup.errors import SetupError, UsageError
from okta_scim_setup.report.merge import exit_code, merged

SCHEME = "dask://"

FORMATS = ("text", "json")
"""What can be put together of several workers' reports."""


@dataclass(frozen=True)
class Order:
    """What one worker does: a verb for the tenants of one org."""

    org: str
    tenants: tuple[str, ...]
    arguments: tuple[str, ...]
    """The command line, the tenants and outputs aside."""


@dataclass(frozen=True)
class Came:
    """What came of an order, without any secret in it."""

    order: Order
    code: int
    text: str
    report: Mapping[str, Any] | None
    """None: there was none, and *text* says why."""


def carry_out(order: Order) -> Came:
    """Do it, in whichever process this is."""
    from okta_scim_setup import cli  # noqa: PLC0415 -- it imports this module's verbs

    names = [word for name in order.tenants for word in ("--tenant", name)]
    with tempfile.TemporaryDirectory() as folder:
        text, report = Path(folder, "text"), Path(folder, "json")
        outputs = ["--output", f"text={text}", "--output", f"json={report}"]
        code = cli.run([*order.arguments, *names, *outputs])
        said = text.read_text(encoding="utf-8") if text.exists() else ""
        found = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
    return Came(order, code, said, found)


def spread(options: Options, verb: str, arguments: Sequence[str]) -> int:
    """Let the cluster at ``--executor`` do *verb*, and put the reports together; the exit code.

    Raises:
        UsageError: there is no such cluster, or a format can't be put together.
        SetupError: a worker could do nothing at all.
    """
    _check_formats(options)
    line = (verb, "--config", str(options.config.resolve()), *options.passed_on(), *arguments)
    orders = _orders(options, line)
    with executor_at(options.executor) as executor:
        came = done(orders, executor)
    return _told(options, came)


def done(orders: Sequence[Order], executor: Executor) -> list[Came]:
    """What came of each order, in their order; any executor will do."""
    tenants = sum(len(order.tenants) for order in orders)
    progress = Progress(tenants, Waits())
    found: dict[int, Came] = {}
    with shown(progress):
        for index, came in fleet.side_by_side(
            orders, carry_out, executor=executor, at_once=len(orders) or 1, org_of=_org
        ):
            found[index] = came
            for name in came.order.tenants:
                progress.ends(name, failed=came.code not in (0, 2, 3))
    return [found[index] for index in sorted(found)]


def _org(order: Order) -> str:
    return order.org


def _orders(options: Options, arguments: tuple[str, ...]) -> list[Order]:
    by_org: dict[str, list[str]] = {}
    for tenant in options.selected():
        by_org.setdefault(org_of(tenant), []).append(tenant.name)
    return [Order(org, tuple(names), arguments) for org, names in by_org.items()]


def _check_formats(options: Options) -> None:
    for output in options.outputs:
        if output.format not in FORMATS:
            raise UsageError(
                f"--executor can't put {output.format} reports together",
                ("do", f"one of {', '.join(FORMATS)}; json holds everything"),
            )


def _told(options: Options, came: Sequence[Came]) -> int:
    reports = [each.report for each in came if each.report is not None]
    silent = [each.order.org for each in came if each.report is None]
    texts = {
        "text": "\n".join(each.text.rstrip("\n") for each in came if each.text),
        "json": json.dumps(
            merged(reports, [each.order.org for each in came if each.report is not None]),
            indent=2,
            ensure_ascii=False,
        )
        if reports
        else "",
    }
    for output in options.outputs:
        if output.file is None:
            echo(texts[output.format], output.format)
        else:
            files.write(output.file, texts[output.format] + "\n")
    if silent:
        raise SetupError(
            f"workers did nothing for {', '.join(silent)}",
            ("do", "their logs say why; the config and its secrets have to be there as well"),
        )
    return exit_code(each.code for each in came)


@contextmanager
def executor_at(address: str) -> Iterator[Executor]:
    """The executor of the cluster at ``dask://HOST:PORT``.

    Raises:
        UsageError: it can't be reached, or dask isn't installed.
    """
    scheme, host = address[: len(SCHEME)], address[len(SCHEME) :]
    if scheme != SCHEME or ":" not in host:
        raise UsageError(
            f'--executor takes {SCHEME}HOST:PORT, not "{address}"', ("do", "name a dask scheduler")
        )
    with _client(host) as client, client.get_executor(pure=False) as executor:
        yield executor


def _client(host: str) -> Any:
    try:
        from distributed import Client  # noqa: PLC0415 -- an extra, and half a second
    except ImportError:
        raise UsageError(
            "--executor needs dask", ("do", "pip install 'okta-scim-setup[dask]'")
        ) from None
    try:
        return Client(f"tcp://{host}", timeout=10, set_as_default=False)
    except OSError as error:
        raise UsageError(
            f"no dask scheduler answers at {host}", ("but", str(error)), ("do", "start one there")
        ) from None


def distributed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option --executor."""
    return click.option(
        "--executor",
        metavar="URL",
        help="Let a cluster do it: dask://HOST:PORT. An org's tenants go to one worker.",
    )(function)
