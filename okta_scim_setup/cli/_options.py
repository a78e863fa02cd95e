"""The options that verbs share, and what becomes of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from okta_scim_setup.cli import _view
from okta_scim_setup.cli._completion import formats, tags, tenant_names
from okta_scim_setup.cli._files import writable
from okta_scim_setup.cli._masking import announcer
from okta_scim_setup.cli._redaction import Redaction
from okta_scim_setup.config import Tenant, load_config, select
from okta_scim_setup.errors import Problem, UsageError
from okta_scim_setup.journal import default_folder
from okta_scim_setup.language.near import near
from okta_scim_setup.paths import path_of
from okta_scim_setup.report.formats import FORMATS
from okta_scim_setup.secret import Keeper, SecretReference

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Output:
    """A format, and the file it goes to; None is stdout."""

    format: str
    file: Path | None


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line, of what verbs share."""

    config: Path
    tenants: tuple[str, ...]
    tags: tuple[str, ...]
    exclude: tuple[str, ...]
    outputs: tuple[Output, ...]
    workers: int | None
    """Tenants at once; None: as the orgs' limits allow."""
    max_failures: int | None
    allow_hosts: frozenset[str]
    keeper: Keeper
    verbose: int
    journal: Path
    """The folder of journals and locks."""
    journal_given: bool = False
    """Whether that folder was named; else each machine has its own."""
    shard: tuple[int, int] | None = None
    """Which part of how many."""
    executor: str = ""
    """The address of a cluster; empty: this process."""

    def selected(self) -> tuple[Tenant, ...]:
        """The tenants that were asked for, of this shard."""
        return self.of_shard(self.fleet())

    def fleet(self) -> tuple[Tenant, ...]:
        """The tenants that were asked for, of all shards."""
        return select(
            load_config(self.config), tenants=self.tenants, tags=self.tags, exclude=self.exclude
        )

    def of_shard(self, found: tuple[Tenant, ...]) -> tuple[Tenant, ...]:
        """Those of *found* that are in this shard."""
        if self.shard is None:
            return found
        from okta_scim_setup.fleet import Shard  # noqa: PLC0415 -- validate has none

        shard = Shard(*self.shard)
        return tuple(tenant for tenant in found if shard.has(org_of(tenant)))

    def passed_on(self) -> tuple[str, ...]:
        """These options for a run elsewhere; what differs from one to the other aside.

        That is: its tenants, where its reports go, and its share of the failures.
        """
        words = [*sorted(self.keeper.allowed), *(["-v"] * self.verbose)]
        for option, value in (
            ("--workers", self.workers),
            ("--journal", self.journal.absolute() if self.journal_given else None),
        ):
            words += [option, str(value)] if value else []
        for host in sorted(self.allow_hosts):
            words += ["--allow-host", host]
        return tuple(words)

    def refusals(self, tenants: Iterable[Tenant]) -> list[Problem]:
        """What speaks against following references to secrets, each once; nothing is resolved."""
        references = (
            reference
            for tenant in tenants
            for settings in tenant.settings.values()
            for _, reference in settings
            if isinstance(reference, SecretReference)
        )
        return list(dict.fromkeys(filter(None, map(self.keeper.refusal, references))))


class _ShardType(click.ParamType[tuple[int, int]]):
    name = "I/N"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        """``2/5`` as (2, 5)."""
        number, _, of = str(value).partition("/")
        if not (number.isascii() and number.isdigit() and of.isascii() and of.isdigit()):
            self.fail(f'takes I/N, such as 1/4, not "{value}"', param, ctx)
        if not 1 <= int(number) <= int(of):
            self.fail(f"there is no part {number} of {of}", param, ctx)
        return int(number), int(of)


SHARD = _ShardType()


def selection(function: F) -> F:
    """Which tenants: --config, --tenant, --tag, --exclude."""
    for option in (
        click.option(
            "--exclude",
            multiple=True,
            metavar="TENANT",
            help="All but this tenant.",
            shell_complete=tenant_names,
        ),
        click.option(
            "--tag",
            multiple=True,
            metavar="TAG",
            help="Tenants with this tag.",
            shell_complete=tags,
        ),
        click.option(
            "--tenant",
            multiple=True,
            metavar="TENANT",
            help="This tenant.",
            shell_complete=tenant_names,
        ),
        click.option(
            "--config",
            default="config.yaml",
            show_default=True,
            metavar="FILE",
            help="Which tenants there are, and what they shall have.",
        ),
        click.option("-v", "--verbose", count=True, help="Show each request on stderr."),
    ):
        function = option(function)
    return function


def running(function: F) -> F:
    """How to run: --output, --workers, --max-failures, --journal, and what is allowed."""
    for option in (
        click.option("--allow-cmd", is_flag=True, help="Follow references !secret cmd:COMMAND."),
        click.option(
            "--allow-outside",
            is_flag=True,
            help="Follow references !secret file:PATH that lead out of the config's folder.",
        ),
        click.option(
            "--journal",
            metavar="DIR",
            help="Where runs note what they mean to do; by default the XDG state folder.",
        ),
        click.option(
            "--allow-host",
            multiple=True,
            metavar="HOST",
            help="A host beyond Okta's and dbt's that may be sent credentials.",
        ),
        click.option(
            "--max-failures",
            type=click.IntRange(1),
            metavar="N",
            help="Start no further tenant after N failed.",
        ),
        click.option(
            "--shard",
            type=SHARD,
            metavar="I/N",
            help="The I-th of N parts of the tenants; those of one org are in one part.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(1, 256),
            metavar="N",
            help="Tenants side by side; by default 4 for each org, up to 192.",
        ),
        click.option(
            "--output",
            multiple=True,
            metavar="FORMAT[=FILE]",
            help=f"{', '.join(FORMATS)}; repeatable, one of them to stdout.",
            shell_complete=formats,
        ),
    ):
        function = option(function)
    return selection(function)


def options(given: Mapping[str, Any]) -> Options:
    """The shared options, checked.

    Raises:
        UsageError: an output's format is unknown, its file can't be written, or two go to stdout.
    """
    from okta_scim_setup import log  # noqa: PLC0415 -- not needed for --help

    outputs = _outputs(given.get("output") or ())
    flags = {"--allow-cmd": "allow_cmd", "--allow-outside": "allow_outside"}
    keeper = Keeper(
        allowed=frozenset(flag for flag, name in flags.items() if given.get(name)),
        announce=announcer([output.format for output in outputs if not output.file], os.environ),
    )
    click.get_current_context().ensure_object(Redaction).masked = keeper.masked
    log.configure(given["verbose"], masked=keeper.masked, aside=_view.aside)
    ambient = os.environ.get("OKTA_SCIM_SETUP_ALLOWED_HOSTS", "")
    return Options(
        config=Path(given["config"]),
        tenants=given["tenant"],
        tags=given["tag"],
        exclude=given["exclude"],
        outputs=outputs,
        workers=given.get("workers"),
        max_failures=given.get("max_failures"),
        allow_hosts=frozenset((*given.get("allow_host", ()), *ambient.replace(",", " ").split())),
        keeper=keeper,
        verbose=given["verbose"],
        journal=_journal(given),
        journal_given=bool(given.get("journal")),
        shard=given.get("shard"),
        executor=given.get("executor") or "",
    )


def _journal(given: Mapping[str, Any]) -> Path:
    """The folder of journals; of a verb that keeps none it is never looked at."""
    if given.get("journal"):
        return path_of(given["journal"])
    return default_folder(os.environ) if "journal" in given else Path()


def org_of(tenant: Tenant) -> str:
    """The org whose limits a tenant uses; the tenant's own name where it has none."""
    return str(getattr(tenant.settings.get("okta"), "url", "") or tenant.name)


def _outputs(texts: Sequence[str]) -> tuple[Output, ...]:
    outputs = tuple(_output(text) for text in texts) or (Output("text", None),)
    named = [output.file for output in outputs if output.file]
    if twice := next((file for file in named if named.count(file) > 1), None):
        raise UsageError(f"two outputs go to {twice}", ("do", "name a file for each"))
    if sum(output.file is None for output in outputs) > 1:
        raise UsageError(
            "only one output can go to stdout", ("do", "name a file: --output json=FILE")
        )
    return outputs


def _output(text: str) -> Output:
    name, to_file, file = text.partition("=")
    if name not in FORMATS:
        raise UsageError(
            f'no output format is called "{name}"',
            *near(name, FORMATS),
            ("do", f"one of {', '.join(FORMATS)}"),
        )
    if to_file and not file:  # a variable that isn't set, say: the report would be lost
        raise UsageError(
            f'--output "{text}" names no file', ("do", f"--output {name}=FILE, or {name} alone")
        )
    return Output(name, writable(file) if file else None)


def terminal() -> bool:
    """Whether a person sits at a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def paint(text: str, colour: str) -> str:
    """*text* in *colour* on a terminal that wants colours (https://no-color.org)."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return click.style(text, bold=True) if colour == "bold" else click.style(text, fg=colour)
