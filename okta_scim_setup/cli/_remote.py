"""A run whose tenants are done elsewhere: dealt out by org, put together when they come back.

Whoever does them does what the same command does on its machine, so a lost worker's tenants are
done again elsewhere as after any run that died: what was done is found done.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from okta_scim_setup.cli import INTERRUPTED, _crew
from okta_scim_setup.cli import _files as files
from okta_scim_setup.cli._dispatch import Dispatch, Ended, Overview, stopped_by_signals
from okta_scim_setup.cli._echo import echo
from okta_scim_setup.cli._options import Options
from okta_scim_setup.cli._order import Order, by_org, dealt
from okta_scim_setup.cli._progress import Waits, shown, span
from okta_scim_setup.cli._session import declared
from okta_scim_setup.cli._together import Asked, together
from okta_scim_setup.config import Tenant
from okta_scim_setup.errors import UsageError
from okta_scim_setup.results import Severity

FORMATS = ("text", "json")
"""What can be put together of several workers' reports."""


def spread(
    options: Options, verb: str, arguments: Sequence[str], fail_on: Severity = Severity.LOW
) -> int:
    """Let whoever is at ``--executor`` do *verb*, and put the reports together; the exit code.

    Raises:
        UsageError: nobody is there, or a format can't be put together.
        SetupError: config or a playbook is wrong, or nobody came to do it.
        KeyboardInterrupt: the run was stopped; what is known was reported.
    """
    began = time.monotonic()
    _check_formats(options)
    _crew.check(options.executor)
    fleet = options.fleet()
    tenants = options.of_shard(fleet)
    declared(options, tenants)
    selected = [tenant.name for tenant in fleet]
    line = (verb, "--config", str(options.config.resolve()), *options.passed_on(), *arguments)
    orders = _orders(options, tenants, line)
    overview = Overview(len(tenants), Waits())
    with _crew.crew_at(options.executor, overview.seen) as crew:
        ended = _done(Dispatch(crew, orders, overview, options.max_failures))
        asked = Asked(verb, tenants, selected, options.shard, fail_on, crew.trouble)
        report, text = together(asked, ended, f"In {span(time.monotonic() - began)}")
    _write(options, report, text)
    if report["exit_code"] == INTERRUPTED:
        raise KeyboardInterrupt
    return int(report["exit_code"])


def _done(dispatch: Dispatch) -> list[Ended]:
    try:
        with shown(dispatch.overview), stopped_by_signals(dispatch):
            return dispatch.run()
    except KeyboardInterrupt:
        names = [name for order in dispatch.under_way for name in order.tenants]
        echo(dispatch.crew.abandon(names), err=True)
        raise


def _orders(options: Options, tenants: Sequence[Tenant], line: tuple[str, ...]) -> list[Order]:
    """An order for each process, as each loads everything anew; on a cluster one for each org."""
    hands, number = by_org(tenants), _crew.processes(options.executor)
    if number:
        hands = dealt(hands, number)
        if options.workers:
            line += ("--workers", str(max(1, options.workers // max(1, len(hands)))))
    return [Order(tuple(names), line, whole=len(hands) == 1) for names in hands]


def _check_formats(options: Options) -> None:
    for output in options.outputs:
        if output.format not in FORMATS:
            raise UsageError(
                f"--executor can't put {output.format} reports together",
                ("do", f"one of {', '.join(FORMATS)}; json holds everything"),
            )


def _write(options: Options, report: dict[str, Any], text: str) -> None:
    said: dict[str, Callable[[], str]] = {
        "text": lambda: text,
        "json": lambda: json.dumps(report, indent=2, ensure_ascii=False),
    }
    for output in options.outputs:
        if output.file is None:
            echo(said[output.format](), output.format)
        else:
            files.write(output.file, said[output.format]() + "\n")
