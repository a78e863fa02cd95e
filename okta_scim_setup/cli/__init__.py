"""The command line: one file per verb; the only folder that prints.

A verb's module is imported when the verb is asked for, so that ``--help`` and ``validate`` load
neither the okta SDK nor requests.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from importlib import import_module
from typing import Any

import click

from okta_scim_setup import __version__
from okta_scim_setup.cli._part import PART
from okta_scim_setup.cli._redaction import Redaction
from okta_scim_setup.errors import Label, SetupError, UsageError
from okta_scim_setup.language.near import near

VERBS = {
    "validate": "Check config and playbooks, offline; all problems at once.",
    "doctor": "Check credentials, clocks, e-mails and each app's channel.",
    "plan": "Show what would change, for how many people and seats.",
    "apply": "Execute a plan, verify it, and say what is left to a person.",
    "rotate": "Replace SCIM tokens without a broken moment.",
    "audit": "Report drift, read-only.",
    "test": "Gather outside evidence that the connection works.",
    "merge": "Put the JSON reports of several runs together.",
    "kinds": "Say what each kind of resource takes.",
    "render": "Show the playbook filled in for a tenant, offline.",
    "schema": "Write JSON Schemas for editors and for reports.",
    "simulate": "Serve Okta, dbt Cloud and its SCIM endpoint on loopback.",
    "demo": "Tell the whole story on the simulator.",
}
"""Each verb, and what it does in one line."""

GARBAGE = 10_000
"""Objects more than before, among which garbage is looked for: most of what is read is kept."""

BUG = 70
INTERRUPTED = 130
"""The exit code of a run that was stopped."""


class Verbs(click.Group):
    """Loads a verb's module when the verb is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of their use."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of ``cli/<verb>.py``."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name}").command
        _collect_from_here_on()
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown verb is answered with the nearest one."""
        completing = ctx.resilient_parsing
        if args and args[0] not in VERBS and not args[0].startswith("-") and not completing:
            do = f"one of {', '.join(VERBS)}"
            raise UsageError(f'no verb is called "{args[0]}"', *near(args[0], VERBS), ("do", do))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Do what a verb does; if it is a part that was stopped, whoever gave the order says so."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            if PART.get():
                return INTERRUPTED
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs' summaries, without loading them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="okta-scim-setup")
@click.pass_context
def cli(context: click.Context) -> None:
    """Declare, per tenant, how Okta provisions users and groups into a cloud account over SCIM.

    Exit codes, the first that applies: 70 a bug of ours; 130 interrupted; 64 wrong usage;
    4 refused by a guard; 1 something failed or couldn't be read; 3 waiting for a person;
    2 something to change (plan --detailed-exitcode) or drift (audit); 0 done or in sync.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(UsageError.exit_code)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    alone()
    # Plugins of other packages are nothing to us, and to look for them takes time.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    redaction = Redaction()
    threading.excepthook = partial(_thread_failed, redaction)
    _leave(run(arguments, redaction))


_ALONE: ContextVar[bool] = ContextVar("alone", default=False)


def alone() -> None:
    """This process is ours: until a verb is loaded it isn't looked for garbage.

    All that is loaded stays, and to look through it took a tenth of a plan (measured).
    """
    gc.disable()
    _ALONE.set(True)


def _collect_from_here_on() -> None:
    """Look for garbage again, among what is made from here on; only where it is `alone`."""
    if _ALONE.get() and not gc.isenabled():
        gc.freeze()
        gc.set_threshold(GARBAGE)
        gc.enable()


def _leave(code: int) -> None:
    """End the process; of a run that was stopped whatever its threads may still wait for.

    Python would wait for them: for a name server, or the rest of a body, as long as a minute. What
    they were at is as after ``kill -9``.
    """
    gc.freeze()  # memory goes back to the system without being looked through
    main = threading.main_thread()
    if code == INTERRUPTED and any(t is not main and not t.daemon for t in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # gone, or closed
                stream.flush()
        os._exit(code)
    sys.exit(code)


def run(arguments: Sequence[str] | None = None, redaction: Redaction | None = None) -> int:
    """Run the command line; the exit code.

    Args:
        arguments: by default the process's.
        redaction: is told how to hide the run's secrets, once there are any.
    """
    redaction = redaction or Redaction()
    try:
        code = cli.main(
            list(arguments) if arguments is not None else None,
            prog_name="okta-scim-setup",
            standalone_mode=False,
            obj=redaction,
        )
    except click.UsageError as error:
        return _usage(error, redaction)
    except click.FileError as error:
        return _told(UsageError(error.format_message()), redaction)
    except (click.Abort, KeyboardInterrupt):
        with suppress(OSError):  # the terminal may be gone, which is what interrupted
            click.echo("\ninterrupted: run the same command again, it goes on from there", err=True)
        return INTERRUPTED
    except SetupError as error:
        return _told(error, redaction)
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away; nothing is left to tell
        return 0
    except Exception as error:  # noqa: BLE001 -- the last resort: whatever it is, it is our bug
        if isinstance(error, OSError) and isinstance(error.__context__, KeyboardInterrupt):
            return INTERRUPTED  # by the terminal's end: nobody is left to be told
        return _bug(redaction)
    finally:
        _restore_interrupt()
    return int(code or 0)


def _restore_interrupt() -> None:
    """A verb may have put its own handler in place."""
    if threading.current_thread() is threading.main_thread() and not PART.get():
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _told(error: SetupError, redaction: Redaction) -> int:
    from okta_scim_setup.cli._echo import echo  # noqa: PLC0415 -- as below
    from okta_scim_setup.report import text  # noqa: PLC0415 -- only when there is an error

    for problem in error.problems:
        echo(redaction.masked(text.problem(problem, error.word)), err=True)
    return error.exit_code


def _usage(error: click.UsageError, redaction: Redaction) -> int:
    """click's message, with the nearest option where one was misspelt."""
    title, like = error.format_message(), []
    if isinstance(error, click.NoSuchOption):
        title = f'no option is called "{error.option_name}"'
        like = [f'"{option}"' for option in error.possibilities or ()]
    command = error.ctx.command_path if error.ctx else "okta-scim-setup"
    notes: tuple[tuple[Label, str], ...] = (("near", ", ".join(like)),) if like else ()
    do: tuple[Label, str] = ("do", f"{command} --help lists what it takes")
    return _told(UsageError(title, *notes, do), redaction)


def _thread_failed(redaction: Redaction, failed: threading.ExceptHookArgs) -> None:
    """A thread of ours ended with an exception that nobody waits for."""
    if failed.exc_type is SystemExit:
        return
    import traceback  # noqa: PLC0415 -- only when there is a bug

    said = traceback.format_exception(failed.exc_type, failed.exc_value, failed.exc_traceback)
    click.echo(redaction.masked("".join(said)), err=True)


def _bug(redaction: Redaction) -> int:
    import traceback  # noqa: PLC0415 -- only when there is a bug

    click.echo(redaction.masked(traceback.format_exc()), err=True)
    click.echo("error: this is a bug of okta-scim-setup. Please report the lines above.", err=True)
    return BUG
