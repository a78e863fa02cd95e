"""Whatever is logged, by us or by a library, has no secret in it."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from okta_scim_setup import log
from okta_scim_setup.secret import Keeper

VALUE = "canary+/=7f3a9b2c"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What our handler writes, with one secret alive."""
    for (
        name
    ) in log.OTHERS:  # the SDK's client, which a test of the simulator uses, switches off its
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
    keeper, stream = Keeper(), io.StringIO()
    keeper.minted(VALUE, origin="x", hosts=frozenset())
    log.configure(1, stream, masked=keeper.masked)
    yield stream
    log.configure(0)


@pytest.mark.parametrize("name", ["okta_scim_setup", "okta_scim_setup.x", *log.OTHERS, "another"])
def test_message_arguments_exception_and_stack_are_masked(written: io.StringIO, name: str) -> None:
    logger = logging.getLogger(name)
    try:
        int(VALUE)
    except ValueError:
        logger.exception(f"said {VALUE} %s %r", VALUE, [VALUE], stack_info=True)  # noqa: G004 -- as somebody might

    said = written.getvalue()
    assert VALUE not in said
    assert "said *** *** ['***']" in said
    assert "with base 10: '***'" in said
    assert "Stack (most recent call last)" in said


def test_runs_side_by_side_hide_the_secrets_of_all(written: io.StringIO) -> None:
    other = Keeper()
    log.configure(1, written, masked=other.masked)
    logging.getLogger("okta_scim_setup").error("said %s", VALUE)
    assert "said ***" in written.getvalue()


def test_no_traceback_is_left_for_the_next_handler_to_show(written: io.StringIO) -> None:
    (handler,) = (h for h in logging.getLogger().handlers if isinstance(h, log._Handler))
    error = ValueError(VALUE)
    record = logging.LogRecord("x", 40, "", 1, "x", (), (ValueError, error, None))

    handler.handle(record)

    assert "ValueError: ***" in written.getvalue()
    assert record.exc_text is None


@pytest.mark.parametrize("name", [*log.OTHERS, "another"])
def test_libraries_are_heard_from_warnings_on(written: io.StringIO, name: str) -> None:
    logging.getLogger(name).info("not this")
    logging.getLogger(name).warning("but this")

    assert "not this" not in written.getvalue()
    assert "but this" in written.getvalue()


def test_configured_twice_it_is_written_once(written: io.StringIO) -> None:
    log.configure(1, written)
    logging.getLogger("okta_scim_setup").warning("once")
    logging.getLogger("another").warning("once")

    assert written.getvalue().count("once") == 2


WARNS = f"""
import sys, threading, warnings
from okta_scim_setup import cli
from okta_scim_setup.cli import plan

def planned(*_, **given):
    from okta_scim_setup.cli._options import options
    keeper = options(given).keeper
    keeper.minted({VALUE!r}, origin="x", hosts=frozenset())
    warnings.warn("warned of {VALUE}")
    thread = threading.Thread(target=lambda: int("{VALUE}"))
    thread.start()
    thread.join()
    raise ValueError("{VALUE}")

plan.command.callback = planned
cli.main(["plan"])
"""


def test_a_warning_a_thread_and_a_bug_of_ours_show_no_secret() -> None:
    done = subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-c", WARNS], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 70
    assert VALUE not in done.stdout + done.stderr
    assert "UserWarning: warned of ***" in done.stderr
    assert "invalid literal for int() with base 10: '***'" in done.stderr
    assert "ValueError: ***" in done.stderr
    assert "this is a bug of okta-scim-setup" in done.stderr
