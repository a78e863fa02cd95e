"""``--executor``: a run that others do. What that takes is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from okta_scim_setup.cli._options import Options
from okta_scim_setup.results import Severity


def distributed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option --executor."""
    return click.option(
        "--executor",
        metavar="WHO",
        help="Let others do it: processes:N of this machine, or a cluster at dask://HOST:PORT. "
        "An org's tenants stay together.",
    )(function)


def spread(
    options: Options, verb: str, arguments: Sequence[str], fail_on: Severity = Severity.LOW
) -> int:
    """Let whoever is at ``--executor`` do *verb*; see `_remote.spread`."""
    from okta_scim_setup.cli import _remote  # noqa: PLC0415 -- a run done here needs none of it

    return _remote.spread(options, verb, arguments, fail_on)
