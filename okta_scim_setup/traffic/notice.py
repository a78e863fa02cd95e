"""One POST to a webhook: all that a run which reads sends besides GET and signing in.

It is no transport: no credential, no cookie, no redirect, no second try, and the answer isn't read.
"""

from __future__ import annotations

from collections.abc import Collection

import requests

from okta_scim_setup import __version__, hosts
from okta_scim_setup.errors import ConfigError
from okta_scim_setup.secret import Secret

WEBHOOK = "webhook"
"""The destination that stands for the webhook which the operator named."""

CONNECT, READ = 5.0, 10.0
"""Seconds for a connection, and for the beginning of an answer."""


def host_allowed(url: Secret, allowed: Collection[str]) -> str:
    """The host of the webhook, if messages may go there.

    Args:
        url: the webhook's address.
        allowed: the hosts that the operator named; this machine needs no name.

    Raises:
        ConfigError: it isn't https or this machine, or nobody named its host.
    """
    try:
        host = hosts.secure_origin(url.reveal(to=WEBHOOK)).partition("://")[2]
    except ValueError as error:
        raise ConfigError(
            f"the webhook's address {url.origin} {error}",
            ("do", "keep an https address there. Nothing was sent."),
        ) from None
    if not hosts.allowed(host, (), allowed):
        raise ConfigError(
            f"the webhook {url.origin} leads to {host}, which isn't allowed",
            ("do", f"if that is right, run with --webhook-host {host}. Nothing was sent."),
        )
    return host


def post(url: Secret, host: str, body: bytes) -> str:
    """Send *body*, which is JSON; why it didn't arrive, or nothing if it did.

    Args:
        url: the webhook's address, which is a secret and isn't repeated.
        host: what `host_allowed` said of it.
        body: what to send.
    """
    about = {"Content-Type": "application/json", "User-Agent": f"okta-scim-setup/{__version__}"}
    with requests.Session() as session:
        session.auth = _no_netrc
        try:
            answer = session.post(
                url.reveal(to=WEBHOOK),
                data=body,
                headers=about,
                timeout=(CONNECT, READ),
                allow_redirects=False,
                stream=True,
                proxies=_DIRECT if hosts.is_loopback(host) else None,
            )
        except (requests.RequestException, OSError) as error:
            return f"gave no answer ({type(error).__name__})"
        with answer:
            taken = answer.status_code < requests.codes.multiple_choices
            return "" if taken else f"answered {answer.status_code}"


_DIRECT = {"http": "", "https": ""}


def _no_netrc(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """Being there keeps requests from asking netrc for a credential."""
    return prepared
