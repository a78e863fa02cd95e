"""The one way by which what services and configs say is printed."""

from __future__ import annotations

import click

from okta_scim_setup.cli import _view
from okta_scim_setup.report.inert import inert


def echo(text: str, of: str = "text", *, err: bool = False) -> None:
    """Print *text* so that nothing in it is a command to a terminal or a CI runner.

    Args:
        text: without any secret in it.
        of: its format.
        err: whether to stderr.
    """
    with _view.aside():
        click.echo(inert(text, of), err=err)
